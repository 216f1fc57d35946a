"""Append-only files of JSON lines."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from scraper.system.atomic import replacing
from scraper.text.jsonline import dump_line, whole_lines


class LineFile:
    """An append-only file of JSON lines; each line is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        # Unbuffered: bytes that could not be written must not appear later, with another line.
        self._file = path.open("ab", buffering=0)
        self._reader = path.open("rb")
        self.size = self._file.tell()

    def append(self, value: Any) -> int:
        """Append *value* as a line and return its offset; raise OSError if the disk has no room for the whole line."""
        offset = self.size
        line = dump_line(value).encode() + b"\n"
        if self._file.write(line) != len(line):
            self._file.truncate(offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.size += len(line)
        return offset

    def cut(self, size: int) -> None:
        """Truncate the file to *size* bytes."""
        self._file.truncate(size)
        self.size = size

    def read(self, offset: int) -> Any:
        """Return the value of the line at byte *offset*."""
        self._reader.seek(offset)
        return json.loads(self._reader.readline())

    def close(self) -> None:
        with self._file:
            self._reader.close()


def keep_lines(path: Path, keep: Callable[[Any], bool]) -> None:
    """Rewrite *path* with only those lines whose value *keep* accepts."""
    with rewritten(path) as target:
        target.writelines(line for line, value in read_whole(path) if keep(value))


@contextmanager
def rewritten(path: Path, start: int = 0) -> Iterator[BinaryIO]:
    """Open a copy of the first *start* bytes of *path*; it replaces *path* when the block ends without an error."""
    path.touch()
    part = path.with_name(f".{path.name}.part")
    with replacing(path, part), path.open("rb") as source, part.open("wb") as target:
        _copy(source, target, min(start, path.stat().st_size))
        yield target


def read_whole(path: Path, start: int = 0) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield the whole lines of *path* from byte *start* on, each with its object; create a missing file."""
    path.touch()
    with path.open("rb") as lines:
        lines.seek(min(start, path.stat().st_size))
        yield from whole_lines(lines)


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)
