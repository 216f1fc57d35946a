"""Standard output, with any encoding of the terminal."""

import io
import os
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scraper.text.redaction import printable


def tolerate_terminal() -> None:
    """Print ``?`` for characters that the terminal cannot show; replace a closed output by ``/dev/null``."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the program runs
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def write_utf8(text: str) -> bool:
    """Write *text* as UTF-8, for programs that read it; return False once the reader has closed the pipe."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # at exit Python would flush once more, and report an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def print_columns(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* below the *names* of their columns; lines are not wrapped unless the output is a terminal."""
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
