"""A value as the text of a CSV cell."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scraper.system.atomic import open_whole

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters of texts that a spreadsheet runs as formulas (OWASP, "CSV Injection")."""


def to_cell(value: Any, *, guard: bool) -> str:
    """
    Return *value* as text: None is empty, lists and objects are JSON.

    With *guard* a text that a spreadsheet would run begins with ``'``; numbers are never changed.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if guard and value.startswith(_FORMULAS) else value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@contextmanager
def open_table(path: Path, columns: Sequence[str], *, guard: bool) -> Iterator[Callable[[Iterable[Any]], object]]:
    """Open the table *path* (RFC 4180 in UTF-8, with a header); give a function that adds a row. Raises OSError."""
    with open_whole(path, errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        yield lambda values: writer.writerow([to_cell(value, guard=guard) for value in values])
