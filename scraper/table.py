"""The table at the end of a crawl."""

from collections.abc import Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from scraper.outputs import Row

_SHOWN = 200
_TEXT = 60


def print_table(rows: Sequence[Row], total: int, folder: str, console: Console | None = None) -> None:
    """Print seed, result, files, bytes, seconds and, where it failed, what to do; then where everything lies."""
    console = console or Console()
    if not console.is_terminal:
        console.width = max(console.width, 160)
    shown = rows if total <= _SHOWN else [row for row in rows if row.code != 200][:_SHOWN]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("seed", "link", "result"):
        table.add_column(name, overflow="fold")
    for name in ("files", "bytes", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what to do", overflow="fold")
    for row in shown:
        style = "green" if row.code == 200 else "red"
        size = decimal(row.bytes) if row.bytes else "-"
        text = row.text if len(row.text) <= _TEXT else row.text[: _TEXT - 1] + "…"
        cells = (row.seed, text, f"[{style}]{row.result}[/]", str(row.files), size, f"{row.seconds:.1f}", row.advice)
        table.add_row(*(cell if cell.startswith("[") else _plain(cell) for cell in cells))
    console.print(table)
    if total > len(shown):
        console.print(f"… {total - len(shown)} more seeds in {folder}/envelopes.jsonl", markup=False, highlight=False)


def _plain(text: str) -> str:
    """Return *text* with nothing that rich would read as markup."""
    return text.replace("[", r"\[")
