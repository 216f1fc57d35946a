"""The text of a seed list: unpacked, decoded, and split into lines of bounded length."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import IO, Protocol, cast
from zlib import error as ZlibError  # noqa: N812 - it is a class

from scraper.errors import UsageError
from scraper.seeds.lines import MAX_LINE

_CHUNK = 1 << 16
_SKIP = 1 << 20
"""Bytes to unpack at a time when the text is not needed."""
_HEAD = 8
"""Number of bytes that show the format of a packed file."""
_LOOK = 512
"""Most bytes of the first read that show whether the file is text."""
_GZIP = b"\x1f\x8b"
_PACKED = (b"BZh", b"\x28\xb5\x2f\xfd", b"%PDF", b"SQLite format 3\0")
"""First bytes of bzip2, zstd, PDF and SQLite; other binary files have control characters there."""
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Readable(Protocol):
    """A binary file, or a pipe."""

    def read1(self, size: int, /) -> bytes:
        """Return the available bytes, *size* at most; b"" at the end."""


class ListText:
    """
    The lines of *file*: plain or gzip, UTF-8 or, with a byte order mark, UTF-16. *name* is for messages.

    Bytes that cannot be decoded are replaced. A line of more than MAX_LINE characters is cut to one more than that.
    Reading raises UsageError for a binary file, for a gzip that is cut or damaged, and for one of more than *most*
    bytes.
    """

    def __init__(self, file: Readable, name: str, most: int | None = None) -> None:
        self._name = name
        self._most = most
        self._stream = _Stream(file)
        self._text: TextIOWrapper | None = None
        self._number = 0
        """Number of lines returned so far."""
        self.is_packed = False

    def __iter__(self) -> Iterator[str]:
        with self._as_usage_error():
            text = self._open()
            while line := text.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE and not line.endswith("\n"):
                    _skip_line(text)
                self._number += 1
                yield line

    def skip(self) -> None:
        """Unpack the rest of the file, to find damage in it."""
        with self._as_usage_error():
            self._open()
            while self._stream.read1(_SKIP):
                pass

    @contextmanager
    def _as_usage_error(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, BadGzipFile, ZlibError) as error:
            words = "it ends too early" if isinstance(error, EOFError) else str(error)
            place = f"after line {max(self._number, self._stream.lines)}"
            raise UsageError(f"seeds: {self._name} is damaged {place} ({words}): pack it again") from error

    def _open(self) -> TextIOWrapper:
        if self._text is not None:
            return self._text
        self.is_packed = self._stream.peek().startswith(_GZIP)
        if self.is_packed:
            packed = GzipFile(fileobj=cast("IO[bytes]", self._stream), mode="rb")
            self._stream = _Stream(packed, self._name, self._most)
        head = self._stream.peek()
        encoding = next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)
        if encoding is None and not _is_text(head):
            expected = "expected links, CSV or JSON lines, as they are or packed by gzip"
            raise UsageError(f"seeds: {self._name} is no text: {expected}")
        self._text = TextIOWrapper(BufferedReader(self._stream, _CHUNK), encoding or "utf-8", "replace")
        return self._text


def _is_text(head: bytes) -> bool:
    """Whether *head* may begin a list: no control character at its start, and at most a tenth after it."""
    odd = len(head) - len(head.translate(None, _CONTROL))
    starts_odd = len(head[:_HEAD].translate(None, _CONTROL)) < len(head[:_HEAD])
    return not head.startswith(_PACKED) and not starts_odd and odd * 10 <= len(head)


def _skip_line(text: TextIOWrapper) -> None:
    """Skip the rest of a line that is too long."""
    while (more := text.readline(MAX_LINE)) and not more.endswith("\n"):
        pass


class _Stream(RawIOBase):
    """The bytes of a file, returned as soon as they arrive: a pipe may take long to fill a buffer."""

    def __init__(self, file: Readable, name: str = "", most: int | None = None) -> None:
        self._file = file
        self._name = name
        self._most = most
        self._head = b""
        self._size = 0
        self.lines = 0
        """Number of line ends read so far."""

    def peek(self) -> bytes:
        """Return the first bytes, which are read again later."""
        while len(self._head) < _HEAD and (more := self._read(_LOOK - len(self._head))):
            self._head += more
        return self._head

    def readable(self) -> bool:
        return True

    def read1(self, size: int, /) -> bytes:
        """Return the available bytes, *size* at most."""
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._read(size)

    def _read(self, size: int) -> bytes:
        piece = self._file.read1(size)
        self._size += len(piece)
        self.lines += piece.count(b"\n")
        if self._most is not None and self._size > self._most:
            raise UsageError(f"seeds: {self._name} unpacks to more than {self._most} bytes, DOWNLOAD_MAXSIZE: split it")
        return piece

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self.read1(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
