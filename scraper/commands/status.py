"""``scrapy status``: show the progress of a ledger's run, from another terminal."""

import argparse
import asyncio
import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live

from scraper.cli.ledger_command import LedgerCommand
from scraper.errors import UsageError
from scraper.ledger.interface import Ledger
from scraper.runs.status import RunStatus, read_status
from scraper.text.jsonline import dump_line

_EVERY = 1.0
"""Least seconds between two reads of the ledger; at least five times as long as one read takes."""


class Command(LedgerCommand):
    """Exit code 0: the status was shown; 2: wrong use, or the ledger cannot be read."""

    name = "status"
    interrupted = 0

    def syntax(self) -> str:
        return "[-o DIR | -l LEDGER]"

    def short_desc(self) -> str:
        return "Show the progress of a run, also while it runs"

    def long_desc(self) -> str:
        return (
            "Show how many seeds of a ledger are waiting, open, done and failed, the speed, the time left, the "
            "workers, and the paused platforms. On a terminal the display is refreshed until Ctrl-C or the end of the "
            "run; elsewhere, or with --once, it is printed once. Example: scrapy status -l redis://localhost/0"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--once", action="store_true", help="print the status once")
        parser.add_argument("--json", action="store_true", help="print one JSON line for programs")

    async def work(self, args: Sequence[str], opts: argparse.Namespace) -> int:
        """Show the status of the ledger that *opts* name."""
        if args:
            raise UsageError(f"{args[0][:60]!a}: expected no argument: give the folder with -o DIR")
        async with self.open(opts) as ledger:
            console = Console(highlight=False, soft_wrap=True)
            status = await read_status(ledger)
            if opts.json:
                print(dump_line(status.as_json()))
            elif opts.once or not console.is_terminal:
                print("\n".join(status.lines()))
            else:
                await _watch(ledger, status, console)
        return 0


async def _watch(ledger: Ledger, status: RunStatus, console: Console) -> None:
    """Show *status*, and refresh it until the run is over."""
    with Live("\n".join(status.lines()), console=console, auto_refresh=False) as live:
        while not status.is_over:
            began = time.monotonic()
            status = await read_status(ledger)
            live.update("\n".join(status.lines()), refresh=True)
            await asyncio.sleep(max(_EVERY, 5 * (time.monotonic() - began)))
