"""The table at the end of a crawl."""

import sys
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scraper.runs.seed_row import ResultRow
from scraper.text.redaction import printable

SHOWN = 200
"""Seeds of a run whose table has a line for each."""
_WIDE = 150
"""Least width, in columns, at which the advice stands beside its seed; below that it stands under the table."""
_LINK = 50


def print_table(rows: Sequence[ResultRow], total: int, folder: str) -> None:
    """Print seed, result, files, bytes, seconds and, for a failure, the advice; of a long run only the failures."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    shown = sorted(rows if total <= SHOWN else [row for row in rows if row.code != 200][:SHOWN], key=_place)
    is_wide = console.width >= _WIDE
    parts: list[RenderableType] = [_table(shown, console.width, is_wide)]
    if not is_wide:
        parts += [Padding(Text(printable(f"{row.seed} {row.advice}")), (0, 0, 0, 2)) for row in shown if row.advice]
    if total > len(shown):
        parts.append(Text(f"… {total - len(shown)} more seeds in {folder}/envelopes.jsonl"))
    with console.capture() as captured:
        console.print(Group(*parts))
    # rich pads every line with blanks
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def _table(rows: Sequence[ResultRow], width: int, is_wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", width=width)
    longest = max((len(row.result) for row in rows), default=0)
    sizes = (("seed", 6), ("result", min(longest, 24)), ("files", 5), ("bytes", 8), ("seconds", 7))
    for name, least in sizes:
        is_text = name in ("seed", "result")
        table.add_column(name, no_wrap=True, min_width=least, justify="left" if is_text else "right")
    table.add_column("link", no_wrap=True, overflow="ellipsis", ratio=1, max_width=_LINK)
    if is_wide:
        table.add_column("what to do", overflow="fold", ratio=2)
    for row in rows:
        size = decimal(row.bytes) if row.bytes else "-"
        cells = [row.seed, row.result, str(row.files), size, f"{row.seconds:.1f}", _short(row.text)]
        styles = ["", "green" if row.code == 200 else "red", "", "", "", ""]
        if is_wide:
            cells, styles = [*cells, row.advice], [*styles, "dim"]
        table.add_row(*(Text(printable(cell), style) for cell, style in zip(cells, styles, strict=True)))
    return table


def _place(row: ResultRow) -> tuple[int, ...]:
    return tuple(int(part) for part in row.seed.split("."))


def _short(text: str) -> str:
    """Shorten a link for the table: drop the scheme and ``www.``, elide the middle."""
    text = text.removeprefix("https://").removeprefix("www.")
    return text if len(text) <= _LINK else f"{text[: _LINK - 21]}…{text[-20:]}"
