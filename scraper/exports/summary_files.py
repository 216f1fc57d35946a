"""``summary.csv`` and ``summary.json``: the rows of the answers, in the order of add()."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from scraper.exports.csv_table import open_table
from scraper.exports.summary_columns import COLUMNS, ERROR
from scraper.system.atomic import open_whole
from scraper.text.unicode import clean_text

CSV, JSON = "summary.csv", "summary.json"


class Summary:
    """Takes rows; leaving it without an error writes both files into *folder*, if there was a row. Raises OSError."""

    def __init__(self, folder: Path, generated_from: str, *, guard: bool) -> None:
        self._folder, self._from, self._guard = folder, generated_from, guard
        self.count = 0
        self.failed = 0
        # the columns and the number of rows are known only after the last row
        self._rows = tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder)  # noqa: SIM115 - closed by __exit__

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self._rows.write(clean_text(json.dumps(row, ensure_ascii=False)) + "\n")
        self.count += 1
        self.failed += ERROR in row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._rows:
            if kind is None and self.count:
                self._write_csv()
                self._write_json()

    def _write_csv(self) -> None:
        names = sorted([*COLUMNS, ERROR]) if self.failed else COLUMNS
        with open_table(self._folder / CSV, names, guard=self._guard) as add:
            for line in self._lines():
                row = json.loads(line)
                add(row.get(name) for name in names)

    def _write_json(self) -> None:
        with open_whole(self._folder / JSON) as file:
            head = {"generated_from": self._from, "video_count": self.count}
            file.write(json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "videos": [')
            separator = "\n"
            for line in self._lines():
                indented = json.dumps(json.loads(line), ensure_ascii=False, indent=2).replace("\n", "\n    ")
                file.write(f"{separator}    {indented}")
                separator = ",\n"
            file.write("\n  ]\n}\n")

    def _lines(self) -> Iterator[str]:
        self._rows.seek(0)
        yield from self._rows
