"""Base class of the commands that open a ledger outside a crawl."""

import argparse
import asyncio
import sqlite3
import sys
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from scraper.cli.project_command import ProjectCommand, choose_folder
from scraper.cli.terminal import tolerate_terminal
from scraper.errors import UsageError
from scraper.ledger.access import open_ledger
from scraper.ledger.interface import Ledger
from scraper.runs.options import LEDGER
from scraper.system.interrupt import interruptible


class LedgerCommand(ProjectCommand):
    """Opens a ledger by its folder or address; a subclass implements the work on it."""

    name = ""
    """The command's name, for messages."""
    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}
    interrupted = 130
    """The exit code after Ctrl-C."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output-dir", metavar="DIR", help="the folder (OUTPUT_DIR)")
        parser.add_argument("-l", "--ledger", metavar="ADDRESS", help="a ledger that workers share (LEDGER)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the command; exit code 2 for wrong use, or a ledger that cannot be used."""
        tolerate_terminal()
        try:
            with interruptible():
                self.exitcode = asyncio.run(self.work(args, opts))
        except (UsageError, OSError, sqlite3.Error) as error:
            for line in str(error).splitlines():
                print(f"scrapy {self.name}: {line}", file=sys.stderr)
            self.exitcode = 2
        except KeyboardInterrupt:
            self.exitcode = self.interrupted

    @abstractmethod
    async def work(self, args: Sequence[str], opts: argparse.Namespace) -> int:
        """Do the command's work, and return the exit code; raise UsageError."""

    def open(self, opts: argparse.Namespace, *, make: bool = False) -> AbstractAsyncContextManager[Ledger]:
        """Open the ledger that *opts* name, else that of the settings; see open_ledger()."""
        assert self.settings is not None
        address = opts.ledger or ("" if opts.output_dir else LEDGER.read(self.settings))
        return open_ledger(choose_folder(self.settings, opts.output_dir), address, make=make)
