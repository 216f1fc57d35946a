"""Standard output, whatever the terminal says of its encoding."""

import io
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scraper.core.messages import printable


def forgive() -> None:
    """Let what the terminal has no sign for be shown as ``?``, and not end the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def write_utf8(text: str) -> None:
    """Write *text* as UTF-8, for programs that read it."""
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def print_columns(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* below the *names* of their columns; what is no terminal gets wide lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
