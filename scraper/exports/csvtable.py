"""A CSV file that is there whole or not at all."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from scraper.core.cells import to_cell


class CsvTable:
    """RFC 4180 in UTF-8, with a header; leaving it without an error puts the file in its place. Raises OSError."""

    def __init__(self, path: Path, columns: Sequence[str], *, guard: bool) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._guard = guard
        self._file = self._part.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def write(self, values: Iterable[Any]) -> None:
        """Add a row."""
        self._writer.writerow([to_cell(value, guard=self._guard) for value in values])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)
