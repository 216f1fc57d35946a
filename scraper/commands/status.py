"""``scrapy status``: how far a ledger's run has come, from another terminal."""

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
"""Seconds between two looks, or five times as long as one takes."""


class Command(LedgerCommand):
    """Exit code 0: it was shown; 2: wrong use, or the ledger cannot be read."""

    name = "status"
    interrupted = 0

    def syntax(self) -> str:
        return "[-o DIR | -l LEDGER]"

    def short_desc(self) -> str:
        return "Show how far a run has come, while it goes on"

    def long_desc(self) -> str:
        return (
            "Show how many seeds of a ledger wait, are open, done and failed, how fast it goes, when it will be over, "
            "who crawls, and which platforms are paused. On a terminal it goes on until Ctrl-C or the end of the run; "
            "elsewhere, or with --once, it looks once. Example: scrapy status -l redis://localhost/0"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--once", action="store_true", help="look once")
        parser.add_argument("--json", action="store_true", help="one JSON line for programs")

    async def work(self, args: Sequence[str], opts: argparse.Namespace) -> int:
        """Show the ledger that *opts* name."""
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
    """Show *status* and what comes after it, until the run is over."""
    with Live("\n".join(status.lines()), console=console, auto_refresh=False) as live:
        while not status.is_over:
            began = time.monotonic()
            status = await read_status(ledger)
            live.update("\n".join(status.lines()), refresh=True)
            await asyncio.sleep(max(_EVERY, 5 * (time.monotonic() - began)))
