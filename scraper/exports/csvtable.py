"""A CSV file that is there whole or not at all."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scraper.core.cells import to_cell
from scraper.wholefile import open_whole


@contextmanager
def open_table(path: Path, columns: Sequence[str], *, guard: bool) -> Iterator[Callable[[Iterable[Any]], object]]:
    """Give what adds a row to the table *path*: RFC 4180 in UTF-8, with a header. Raises OSError."""
    with open_whole(path, errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield lambda values: writer.writerow([to_cell(value, guard=guard) for value in values])
