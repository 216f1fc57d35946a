"""A file of JSON lines that only grows."""

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
    """Each line is handed to the system whole, or not at all."""

    def __init__(self, path: Path) -> None:
        # Unbuffered: what could not be written must not come later, with another line.
        self._file = path.open("ab", buffering=0)
        self._reader = path.open("rb")
        self.size = self._file.tell()

    def append(self, value: Any) -> int:
        """Add a line and return the byte where it begins; raise OSError when there is no room for all of it."""
        offset = self.size
        line = dump_line(value).encode() + b"\n"
        if self._file.write(line) != len(line):
            self._file.truncate(offset)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.size += len(line)
        return offset

    def cut(self, size: int) -> None:
        """Take back the lines from byte *size* on."""
        self._file.truncate(size)
        self.size = size

    def read(self, offset: int) -> Any:
        """Return what the line that begins at byte *offset* says."""
        self._reader.seek(offset)
        return json.loads(self._reader.readline())

    def close(self) -> None:
        with self._file:
            self._reader.close()


def keep_lines(path: Path, keep: Callable[[Any], bool]) -> None:
    """Leave out the lines that *keep* does not want."""
    with rewritten(path) as target:
        target.writelines(line for line, value in read_whole(path) if keep(value))


@contextmanager
def rewritten(path: Path, start: int = 0) -> Iterator[BinaryIO]:
    """Give a file with all of *path* up to byte *start*, which takes its place when it is left without an error."""
    path.touch()
    part = path.with_name(f".{path.name}.part")
    with replacing(path, part), path.open("rb") as source, part.open("wb") as target:
        _copy(source, target, min(start, path.stat().st_size))
        yield target


def read_whole(path: Path, start: int = 0) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield the whole lines of *path* from byte *start* on, each with its object; make the file if it is not there."""
    path.touch()
    with path.open("rb") as lines:
        lines.seek(min(start, path.stat().st_size))
        yield from whole_lines(lines)


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)
