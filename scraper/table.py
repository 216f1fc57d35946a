"""The table at the end of a crawl."""

from collections.abc import Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from scraper.core.messages import printable
from scraper.outputs import Row

_SHOWN = 200
_LINK = 52
_WIDTH = 170
"""Columns where the output is no terminal."""


def print_table(rows: Sequence[Row], total: int, folder: str) -> None:
    """Print seed, result, files, bytes, seconds and, where it failed, what to do; of a long run only the failures."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    shown = rows if total <= _SHOWN else [row for row in rows if row.code != 200][:_SHOWN]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("seed", no_wrap=True)
    table.add_column("link", no_wrap=True, max_width=_LINK)
    table.add_column("result", no_wrap=True)
    for name in ("files", "bytes", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what to do", overflow="fold", min_width=30)
    for row in sorted(shown, key=_place):
        size = decimal(row.bytes) if row.bytes else "-"
        cells = (row.seed, _short(row.text), row.result, str(row.files), size, f"{row.seconds:.1f}", row.advice)
        styles = ("", "", "green" if row.code == 200 else "red", "", "", "", "dim")
        table.add_row(*(Text(printable(cell), style) for cell, style in zip(cells, styles, strict=True)))
    console.print(table)
    if total > len(shown):
        console.print(Text(f"… {total - len(shown)} more seeds in {folder}/envelopes.jsonl"))


def _place(row: Row) -> tuple[int, ...]:
    return tuple(int(part) for part in row.seed.split("."))


def _short(text: str) -> str:
    """Return a link without what every link has, cut in the middle of nothing that tells it apart."""
    text = text.removeprefix("https://").removeprefix("www.")
    return text if len(text) <= _LINK else f"{text[: _LINK - 21]}…{text[-20:]}"
