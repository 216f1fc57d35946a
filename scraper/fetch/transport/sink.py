"""Write a streamed body into its sink, a file that an earlier transfer may have begun."""

import os
from typing import BinaryIO

from scraper.fetch.sink import HEAD, Sink


def _open_no_link(path: str, flags: int) -> int:
    """Open a file, but not a symbolic link: it may point outside the output folder."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


class SinkError(Exception):
    """The sink does not accept the body."""


class SinkTooLargeError(SinkError):
    """The body is larger than the sink accepts."""


class SinkChangedError(SinkError):
    """The received bytes do not continue those on disk: the file on the server has changed."""


class SinkWriter:
    """Hashes and writes chunks; creates no file before the first bytes were accepted."""

    def __init__(self, sink: Sink, start: int = 0) -> None:
        """Write from byte *start*; bytes already on disk are compared, not written. Raise OSError."""
        self._sink = sink
        self._hash = sink.digest
        self._file: BinaryIO | None = None
        self._held = bytearray()
        self._known = b""
        """Bytes on disk with which the next chunks must begin."""
        if sink.bytes:
            self._file = sink.path.open("r+b")
            self._file.seek(start)
            self._known = self._file.read(sink.bytes - start)
            self._file.truncate(sink.bytes)
            self._file.seek(sink.bytes)

    def write(self, chunk: bytes) -> None:
        """Write the next chunk; raise SinkError, OSError, or the error of ``accept``."""
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
        """Write the held bytes; the sink then has size and digest."""
        if self._known:
            raise SinkChangedError("the file is now shorter than the part on disk")
        if self._file is None:
            self._open()
        self._sink.sha256 = self._hash.hexdigest()

    def close(self) -> None:
        """Close the file after success or failure; bytes that were not written do not count."""
        if self._file is None:
            self._sink.restart()
        else:
            self._file.close()

    def _compare(self, chunk: bytes) -> bytes:
        """Return the new bytes of *chunk*."""
        size = min(len(chunk), len(self._known))
        if chunk[:size] != self._known[:size]:
            raise SinkChangedError("bytes that differ from those on disk")
        self._known = self._known[size:]
        return chunk[size:]

    def _open(self) -> None:
        if self._sink.is_given_up:
            raise SinkError("the caller has abandoned it")
        self._sink.head = bytes(self._held[:HEAD])
        self._sink.accept(self._sink.head)
        self._file = open(self._sink.path, "wb", opener=_open_no_link)  # noqa: SIM115 - closed by close()
        self._file.write(self._held)
        self._held.clear()
