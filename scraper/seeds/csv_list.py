"""Seed lists as CSV: one column holds the links; the other columns are not read."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain, islice
from typing import NamedTuple, NoReturn

from scraper.errors import UsageError
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.seeds.lines import MAX_LINE, Line, parse_line
from scraper.text.unicode import clean_text

LINK_COLUMNS = (
    *("url", "link", "href", "share_url", "share_link", "video_url", "video_link", "post_url", "post_link"),
    *("tweet_url", "webpage_url", "permalink", "链接", "分享链接", "视频链接", "作品链接"),
)
"""Headings of a column of links, in any case, with ``_``, ``-`` or a space between words."""
_DELIMITERS = ("\t", ";", ",")
"""In order of preference for a tie: a comma may stand in a number, the others are rare within cells."""
_SAMPLE = 20
"""Number of lines that determine the delimiter."""
_ROWS = 100
"""Number of rows that determine the column."""
_NAMED = 8
"""Most columns that an error message names."""
_SHOWN = 40
_MOST = 1 << 16
"""Characters that a row may always have on its further lines: a quote that stays open for longer is a mistake."""
_EXCEL = re.compile(r"sep=([^\w\s\"]|\t)\s*", re.IGNORECASE)
"""A first line that names the delimiter for Excel."""
_SEPARATORS = re.compile(r"[\s_\-]+")


class CsvRow(NamedTuple):
    """One record of a CSV file."""

    line: int
    """Number of its first line."""
    cells: list[str]
    problem: str | None = None
    """Reason why it cannot be read; its only cell is then the first line."""


class _Feed(Iterator[str]):
    """
    Lines for the csv module that can be taken back: a quote that is never closed consumes all lines that follow.

    A quote that opens on a line of such a row would fail in the same way: it is reported at once, so that the lines
    that follow are not read again for each of them.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self._size = 0
        """Characters after the first line of the record."""
        self._lost = 0
        """Number of next lines on which a quote that opens is known to stay open."""
        self.taken: list[str] = []
        """Lines read since the last record."""
        self.is_short = False
        """Whether the lines ended, or were cut off, within the record."""

    def __next__(self) -> str:
        if not self.taken:
            self._size = 0
            self._lost -= 1
        elif self._lost >= 0:
            return self._stop()
        line = self._waiting.popleft() if self._waiting else next(self._lines, None)
        if line is None:
            return self._stop()
        self._size += len(line) if self.taken else 0
        self.taken.append(line)
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line of more than {MAX_LINE} characters")
        if self._size > 2 * _MOST:
            raise csv.Error(f"a row of more than {2 * _MOST} characters on its further lines")
        return line

    def _stop(self) -> NoReturn:
        self.is_short = bool(self.taken)
        raise StopIteration

    def take_back(self) -> None:
        """Take back all lines but the first."""
        later, size = self.taken[1:], 0
        if later:
            self._lost = len(later)
            while self._lost and size < _MOST and not self.is_short:
                self._lost -= 1
                size += len(later[self._lost])
        self._waiting.extendleft(reversed(later))
        del self.taken[1:]
        self.is_short = False


def parse_sheet(
    lines: Iterable[str],
    recogniser: Recogniser,
    *,
    name: str,
    column: str | None = None,
    delimiter: str | None = None,
    first_line: int = 1,
) -> Iterator[Seed]:
    """
    Yield the seeds of the CSV file *name*, whose first line has the number *first_line*.

    *column* is a heading or a number from 1; None = found by its heading, or by its links. Raise UsageError if there is
    no such column.
    """
    lines = iter(lines)
    sample = list(islice(lines, _SAMPLE))
    named = _EXCEL.fullmatch(sample[0]) if sample else None
    delimiter = named[1] if named is not None else delimiter or find_delimiter(sample)
    start = 1 if named is not None else 0
    rows = read_rows(chain(sample[start:], lines), delimiter, first_line + start)
    head = next((row for row in rows if any(map(str.strip, row.cells))), None)
    if head is None:
        return
    number = find_heading(head.cells, column, name)
    first = [head, *islice(rows, _ROWS if number is None else 0)]
    if number is None:
        number = find_column(first, column, recogniser, name)
    if _has_link(head, number, recogniser) or head.problem is not None:
        yield from _parse_row(head, number, recogniser)
    for row in chain(first[1:], rows):
        yield from _parse_row(row, number, recogniser)


def find_delimiter(sample: Sequence[str]) -> str:
    """Return the delimiter with which most lines of *sample* have as many cells as the first, and the most cells."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(row.cells) for row in read_rows(sample, delimiter) if row.cells and row.problem is None]
        first = widths[0] if widths else 1
        return (widths.count(first) if first > 1 else 0), first

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[0] else ","


def read_rows(lines: Iterable[str], delimiter: str, first_line: int = 1) -> Iterator[CsvRow]:
    """Yield the records of *lines*; of a record that cannot be read, only the first line is lost."""
    feed, number = _Feed(iter(lines)), first_line
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.taken.clear()
        problem = None
        try:
            cells = next(reader)
            if feed.is_short:
                problem = "expected a quote that closes the one that opens here"
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"expected a row of CSV, found {error}"
        if problem is not None:
            feed.take_back()
            cells = [feed.taken[0]]
        yield CsvRow(line=number, cells=cells, problem=problem)
        number += len(feed.taken)


def find_heading(heading: Sequence[str], column: str | None, name: str) -> int | None:
    """Return the index of *column*, or of the only link column, in *heading*; None if the heading does not show it."""
    names = [_fold(cell) for cell in heading]
    wanted = LINK_COLUMNS if column is None else (_fold(column),)
    found = [place for place, each in enumerate(names) if each in wanted]
    if column is not None and len(found) > 1:
        numbers = " or ".join(str(place + 1) for place in found)
        raise UsageError(f"column: {len(found)} columns of {name} are called {_show(column)}: give {numbers} instead")
    return found[0] if len(found) == 1 else None


def find_column(rows: Sequence[CsvRow], column: str | None, recogniser: Recogniser, name: str) -> int:
    """Return the index of the column with the number *column*, or with the most links; raise UsageError."""
    width = max(len(row.cells) for row in rows)
    if column is not None:
        if column.strip().isascii() and column.strip().isdecimal():
            number = int(column.strip()[:_SHOWN])
            if 1 <= number <= width:
                return number - 1
            raise UsageError(f"column: expected 1 to {width}, got {_show(column)}: {name} {_describe(rows[0])}")
        near = get_close_matches(_fold(column), {_fold(cell): cell for cell in rows[0].cells}, n=1)
        advice = f"did you mean -a column={_show(near[0])}?" if near else "give one of them, or a number from 1"
        raise UsageError(f"column: {name} has none called {_show(column)}, it {_describe(rows[0])}: {advice}")
    counts = [sum(_has_link(row, place, recogniser, Ref) for row in rows) for place in range(width)]
    # of several link columns the one with the most links to posts: others link to profiles or media servers
    titled = [place for place, cell in enumerate(rows[0].cells) if _fold(cell) in LINK_COLUMNS]
    best = max(titled or range(width), key=counts.__getitem__)
    if counts[best] or titled:
        return best
    raise UsageError(f"seeds: no column of {name} holds a link, it {_describe(rows[0])}: name one: -a column=NAME")


def _has_link(row: CsvRow, place: int, recogniser: Recogniser, kind: type = object) -> bool:
    """Whether the cell holds a link of *kind*."""
    if row.problem is not None or place >= len(row.cells):
        return False
    return any(isinstance(found, kind) for found in recogniser.find(row.cells[place]))


def _parse_row(row: CsvRow, place: int, recogniser: Recogniser) -> Iterator[Seed]:
    if not any(map(str.strip, row.cells)):
        return
    problem, text = row.problem, row.cells[0] if row.problem is not None else "".join(row.cells[place : place + 1])
    if problem is None and not text.strip():
        text, problem = ", ".join(row.cells), f"expected a link in column {place + 1}, found nothing"
    yield from parse_line(Line(text=clean_text(text).strip(), problem=problem), row.line, recogniser)


def _fold(heading: str) -> str:
    """Normalise *heading* for comparison."""
    return _SEPARATORS.sub("_", heading.strip("\ufeff \t\r\n").casefold())


def _describe(heading: CsvRow) -> str:
    shown = ", ".join(_show(cell) for cell in heading.cells[:_NAMED])
    more = f" and {len(heading.cells) - _NAMED} more" if len(heading.cells) > _NAMED else ""
    return f"has {shown}{more}"


def _show(text: str) -> str:
    """Return *text* for a message, short and on one line."""
    text = clean_text(text).strip()
    shown = "".join(char if char.isprintable() else "?" for char in text[:_SHOWN])
    return f"'{shown}{'…' if len(text) > _SHOWN else ''}'"
