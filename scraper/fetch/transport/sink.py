"""Where a streamed body goes: into a file that can be gone on with."""

import builtins
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

HEAD = 4096
"""Bytes kept from the beginning, enough to tell what a file is."""
OVERLAP = 16_384
"""Bytes asked for again when a file is gone on with: they must be those that are there, or it is another file."""
_BLOCK = 1 << 20


@dataclass(slots=True, kw_only=True)
class Sink:
    """Set as ``meta["sink"]``: the body is written to *path* while it arrives, and only on 200 or the 206 asked for."""

    path: Path
    maxsize: int
    """Bytes."""
    idle_timeout: float
    """Seconds without a byte after which the transfer is given up."""
    accept: Callable[[builtins.bytes], None]
    """Called with the first bytes before anything is written; raises what the request shall fail with."""
    min_speed: int = 0
    """Bytes a second, over *idle_timeout* seconds, below which the transfer is given up; 0 = any will do."""
    on_start: Callable[["Sink"], None] | None = None
    """Called when an answer is taken, before its body: *total* and *validator* are known then."""
    bytes: int = 0
    """How many of the file are there."""
    fetched: int = 0
    """How many came over the network, those that came twice included."""
    total: int | None = None
    """How many the file has, as the server says."""
    validator: str | None = None
    """A strong ETag, else Last-Modified: with ``If-Range`` it tells whether the file is still the same."""
    sha256: str = ""
    head: builtins.bytes = field(default=b"", repr=False)
    is_given_up: bool = False
    """Nobody waits for it any more, so no file is made that nobody would clear up."""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)
    """Of the bytes that are there."""

    @property
    def offset(self) -> int:
        """The first byte to ask for."""
        return max(0, self.bytes - OVERLAP)

    def restart(self) -> None:
        """Forget what is there."""
        self.bytes, self.total, self.validator = 0, None, None
        self.sha256, self.head, self.digest = "", b"", hashlib.sha256()

    def load(self) -> None:
        """Take over what an earlier run left in *path*; raise OSError. Blocking."""
        self.restart()
        with self.path.open("rb") as file:
            self.head = file.read(HEAD)
            file.seek(0)
            while block := file.read(_BLOCK):
                self.digest.update(block)
                self.bytes += len(block)


def _open_no_link(path: str, flags: int) -> int:
    """Open a file that is one: a link may lead out of the output folder."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


class SinkError(Exception):
    """The body is none that the sink takes."""


class SinkTooLargeError(SinkError):
    """The body is larger than the sink takes."""


class SinkChangedError(SinkError):
    """What came does not go on with what is there: the file on the server is another one now."""


class SinkWriter:
    """Hashes and writes chunks; nothing touches the disk before the first bytes were accepted."""

    def __init__(self, sink: Sink, start: int = 0) -> None:
        """Write from byte *start* on; what is there beyond it is compared, not written. Raise OSError."""
        self._sink = sink
        self._hash = sink.digest
        self._file: BinaryIO | None = None
        self._held = bytearray()
        self._known = b""
        """What the next chunks must begin with."""
        if sink.bytes:
            self._file = sink.path.open("r+b")
            self._file.seek(start)
            self._known = self._file.read(sink.bytes - start)
            self._file.truncate(sink.bytes)
            self._file.seek(sink.bytes)

    def write(self, chunk: bytes) -> None:
        """Take the next chunk; raise SinkError, OSError, or what ``accept`` raises."""
        self._sink.fetched += len(chunk)
        if self._known:
            chunk = self._compare(chunk)
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
        """Write what is held; the sink then has size and digest."""
        if self._known:
            raise SinkChangedError("the file is shorter now than what is there of it")
        if self._file is None:
            self._open()
        self._sink.sha256 = self._hash.hexdigest()

    def close(self) -> None:
        """Close the file, whatever happened; what never got into it does not count."""
        if self._file is None:
            self._sink.restart()
        else:
            self._file.close()

    def _compare(self, chunk: bytes) -> bytes:
        """Return what of *chunk* is new."""
        size = min(len(chunk), len(self._known))
        if chunk[:size] != self._known[:size]:
            raise SinkChangedError("other bytes than those that are there")
        self._known = self._known[size:]
        return chunk[size:]

    def _open(self) -> None:
        if self._sink.is_given_up:
            raise SinkError("nobody waits for it any more")
        self._sink.head = bytes(self._held[:HEAD])
        self._sink.accept(self._sink.head)
        self._file = open(self._sink.path, "wb", opener=_open_no_link)  # noqa: SIM115 - closed by close()
        self._file.write(self._held)
        self._held.clear()
