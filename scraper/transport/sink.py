"""Where a streamed body goes."""

import builtins
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

HEAD = 4096
"""Bytes kept from the beginning, enough to tell what a file is."""


@dataclass(slots=True, kw_only=True)
class Sink:
    """Set as ``meta["sink"]``: the body is written to *path* while it arrives, and only on 200."""

    path: Path
    maxsize: int
    """Bytes."""
    idle_timeout: float
    """Seconds without a byte after which the transfer is given up."""
    accept: Callable[[builtins.bytes], None]
    """Called with the first bytes before anything is written; raises what the request shall fail with."""
    bytes: int = 0
    sha256: str = ""
    head: builtins.bytes = field(default=b"", repr=False)
    is_given_up: bool = False
    """Nobody waits for it any more, so no file is made that nobody would clear up."""


class SinkError(Exception):
    """The body is none that the sink takes."""


class SinkTooLargeError(SinkError):
    """The body is larger than the sink takes."""


class SinkWriter:
    """Hashes and writes chunks; nothing touches the disk before the first bytes were accepted."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._held = bytearray()

    def write(self, chunk: bytes) -> None:
        """Take the next chunk; raise SinkError, OSError, or what ``accept`` raises."""
        self._sink.bytes += len(chunk)
        if self._sink.bytes > self._sink.maxsize:
            raise SinkTooLargeError(f"more than the {self._sink.maxsize} bytes allowed here (MEDIA_MAXSIZE)")
        self._hash.update(chunk)
        if self._file is not None:
            self._file.write(chunk)
            return
        self._held += chunk
        if len(self._held) >= HEAD:
            self._open()

    def finish(self) -> None:
        """Write what is held and close; the sink then has size and digest."""
        if self._file is None:
            self._open()
        self._sink.sha256 = self._hash.hexdigest()

    def close(self) -> None:
        """Close the file, whatever happened."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> None:
        if self._sink.is_given_up:
            raise SinkError("nobody waits for it any more")
        self._sink.head = bytes(self._held[:HEAD])
        self._sink.accept(self._sink.head)
        self._file = self._sink.path.open("wb")
        self._file.write(self._held)
        self._held.clear()
