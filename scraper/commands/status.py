"""``scrapy status``: how far a ledger's run has come, from another terminal."""

import argparse
import asyncio
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.live import Live
from scrapy.commands import ScrapyCommand

from scraper.core.errors import UsageError
from scraper.core.ledger import Ledger
from scraper.core.record import dump_line
from scraper.ledger.outside import open_ledger
from scraper.status import Status, look
from scraper.terminal import forgive, interruptible

_EVERY = 1.0
"""Seconds between two looks, or five times as long as one takes."""


class Command(ScrapyCommand):
    """Exit code 0: it was shown; 2: wrong use, or the ledger cannot be read."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

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
        parser.add_argument("-o", "--output-dir", metavar="DIR", help="the folder (OUTPUT_DIR)")
        parser.add_argument("-l", "--ledger", metavar="ADDRESS", help="a ledger that workers share (LEDGER)")
        parser.add_argument("--once", action="store_true", help="look once")
        parser.add_argument("--json", action="store_true", help="one JSON line for programs")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Show the ledger that *opts* name."""
        forgive()
        try:
            if args:
                raise UsageError(f"{args[0][:60]!a}: expected no argument: give the folder with -o DIR")
            with suppress(KeyboardInterrupt), interruptible():
                asyncio.run(self._show(opts))
        except (UsageError, OSError, sqlite3.Error) as error:
            print(f"scrapy status: {error}", file=sys.stderr)
            self.exitcode = 2

    async def _show(self, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        address = opts.ledger or ("" if opts.output_dir else str(self.settings["LEDGER"]))
        async with open_ledger(Path(opts.output_dir or self.settings["OUTPUT_DIR"]), address) as ledger:
            console = Console(highlight=False, soft_wrap=True)
            status = await look(ledger)
            if opts.json:
                print(dump_line(status.as_json()))
            elif opts.once or not console.is_terminal:
                print("\n".join(status.lines()))
            else:
                await _watch(ledger, status, console)


async def _watch(ledger: Ledger, status: Status, console: Console) -> None:
    """Show *status* and what comes after it, until the run is over."""
    with Live("\n".join(status.lines()), console=console, auto_refresh=False) as live:
        while not status.is_over:
            began = time.monotonic()
            status = await look(ledger)
            live.update("\n".join(status.lines()), refresh=True)
            await asyncio.sleep(max(_EVERY, 5 * (time.monotonic() - began)))
