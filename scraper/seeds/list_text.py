"""The text of a seed list, whatever it comes in: unpacked, decoded, and in lines that no memory is too small for."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import IO, Protocol, cast
from zlib import error as ZlibError  # noqa: N812 - a class, for all its name

from scraper.errors import UsageError
from scraper.seeds.lines import MAX_LINE

_CHUNK = 1 << 16
_SKIP = 1 << 20
"""Bytes unpacked at a time where nobody reads them."""
_HEAD = 8
"""Bytes that tell what a list is packed in."""
_LOOK = 512
"""Bytes that tell whether it is text, of those that come at once."""
_GZIP = b"\x1f\x8b"
_PACKED = (b"BZh", b"\x28\xb5\x2f\xfd", b"%PDF", b"SQLite format 3\0")
"""How bzip2, zstd, PDF and SQLite begin; other files that are no text have control characters there."""
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Readable(Protocol):
    """A binary file, or a pipe."""

    def read1(self, size: int, /) -> bytes:
        """Return what is there, *size* bytes at most; nothing at the end."""


class ListText:
    """
    The lines of *file*: plain or gzip, UTF-8 or, with a byte order mark, UTF-16. *name* is for messages.

    What cannot be decoded is replaced. A line of more than MAX_LINE characters is cut to one more than that. Who reads
    it gets a UsageError for what is no text, for a gzip that is cut or damaged, and for one of more than *most* bytes.
    """

    def __init__(self, file: Readable, name: str, most: int | None = None) -> None:
        self._name = name
        self._most = most
        self._stream = _Stream(file)
        self._text: TextIOWrapper | None = None
        self._number = 0
        """Lines that were given."""
        self.is_packed = False

    def __iter__(self) -> Iterator[str]:
        with self._told():
            text = self._open()
            while line := text.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE and not line.endswith("\n"):
                    _skip_line(text)
                self._number += 1
                yield line

    def skip(self) -> None:
        """Unpack what is left, unread: what is damaged shows there."""
        with self._told():
            self._open()
            while self._stream.read1(_SKIP):
                pass

    @contextmanager
    def _told(self) -> Iterator[None]:
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
    """Whether a list may begin so: its first bytes show it, and a few odd ones behind them are lines of their own."""
    odd = len(head) - len(head.translate(None, _CONTROL))
    starts_odd = len(head[:_HEAD].translate(None, _CONTROL)) < len(head[:_HEAD])
    return not head.startswith(_PACKED) and not starts_odd and odd * 10 <= len(head)


def _skip_line(text: TextIOWrapper) -> None:
    """Read on to the end of a line that is too long."""
    while (more := text.readline(MAX_LINE)) and not more.endswith("\n"):
        pass


class _Stream(RawIOBase):
    """The bytes of a file as they come: who waits for a full buffer waits long for a quiet pipe."""

    def __init__(self, file: Readable, name: str = "", most: int | None = None) -> None:
        self._file = file
        self._name = name
        self._most = most
        self._head = b""
        self._size = 0
        self.lines = 0
        """How many have come."""

    def peek(self) -> bytes:
        """Return the first bytes, which are read again later."""
        while len(self._head) < _HEAD and (more := self._read(_LOOK - len(self._head))):
            self._head += more
        return self._head

    def readable(self) -> bool:
        return True

    def read1(self, size: int, /) -> bytes:
        """Return what is there."""
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
