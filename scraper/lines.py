"""A file of JSON lines that only grows."""

import errno
import json
import os
from pathlib import Path
from typing import Any

from scraper.core.record import dump_line


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
