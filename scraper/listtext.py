"""The text of a seed list, whatever it comes in: unpacked, decoded, and in lines that no memory is too small for."""

import codecs
from collections.abc import Iterator
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import IO, Protocol, cast
from zlib import error as ZlibError  # noqa: N812 - a class, for all its name

from scraper.core.errors import UsageError
from scraper.core.seeds import MAX_LINE

_CHUNK = 1 << 16
_HEAD = 8
"""Bytes that tell what a list is packed in."""
GZIP = b"\x1f\x8b"
_PACKED = (b"BZh", b"\x28\xb5\x2f\xfd", b"%PDF")
"""How bzip2, zstd and PDF begin; other files that are no text have control characters there."""
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Readable(Protocol):
    """A binary file, or a pipe."""

    def read1(self, size: int, /) -> bytes:
        """Return what is there, *size* bytes at most; nothing at the end."""


def read_text(file: Readable, name: str) -> Iterator[str]:
    """
    Yield the lines of *file*: plain or gzip, UTF-8 or, with a byte order mark, UTF-16. *name* is for messages.

    What cannot be decoded is replaced. A line of more than MAX_LINE characters is cut to one more than that. Raise
    UsageError for what is no text, and for a gzip that is cut or damaged.
    """
    number = 0
    try:
        text = _open_text(file, name)
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE and not line.endswith("\n"):
                _skip_line(text)
            number += 1
            yield line
    except (EOFError, BadGzipFile, ZlibError) as error:
        words = "it ends too early" if isinstance(error, EOFError) else str(error)
        raise UsageError(f"seeds: {name} is damaged after line {number} ({words}): pack it again") from error


def _skip_line(text: TextIOWrapper) -> None:
    """Read on to the end of a line that is too long."""
    while (more := text.readline(MAX_LINE)) and not more.endswith("\n"):
        pass


def _open_text(file: Readable, name: str) -> TextIOWrapper:
    stream = _Stream(file)
    packed = stream.peek()
    if packed.startswith(GZIP):
        stream = _Stream(GzipFile(fileobj=cast("IO[bytes]", stream), mode="rb"))
    head = stream.peek()
    encoding = next((name for bom, name in _BOMS.items() if head.startswith(bom)), None)
    if encoding is None and (head.startswith(_PACKED) or not _CONTROL.isdisjoint(head)):
        raise UsageError(f"seeds: {name} is no text: expected links, CSV or JSON lines, as they are or packed by gzip")
    return TextIOWrapper(BufferedReader(stream, _CHUNK), encoding or "utf-8", "replace")


class _Stream(RawIOBase):
    """The bytes of a file as they come: who waits for a full buffer waits long for a quiet pipe."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._head = b""

    def peek(self) -> bytes:
        """Return the first bytes, which are read again later."""
        while len(self._head) < _HEAD and (more := self._file.read1(_HEAD - len(self._head))):
            self._head += more
        return self._head

    def readable(self) -> bool:
        return True

    def read1(self, size: int, /) -> bytes:
        """Return what is there."""
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._file.read1(size)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self.read1(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
