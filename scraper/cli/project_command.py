"""The base class of all commands of the project: it reads the configuration file and the paths that a person typed."""

import argparse
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings

from scraper.errors import UsageError
from scraper.media.storage.options import OUTPUT_DIR
from scraper.options.catalogue import LOG_FILE, LOG_LEVEL
from scraper.options.config_file import read_values
from scraper.settings import defaults
from scraper.text.values import read_path


class ProjectCommand(ScrapyCommand):
    """Takes ``--config FILE``; exit code 2, with a line for each fault, where the file cannot be used."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--config", metavar="FILE", help="read settings from FILE instead of your own config.toml")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read what Scrapy reads, then the configuration file."""
        super().process_options(args, opts)
        try:
            self._configure(opts.config)
        except UsageError as error:
            self.complain(str(error).splitlines())
            sys.exit(2)

    def complain(self, lines: Iterable[str]) -> None:
        """Print *lines* for a person, with the name of the command."""
        name = type(self).__module__.rpartition(".")[2]
        for line in lines:
            print(f"scrapy {name}: {line}", file=sys.stderr)

    def _configure(self, config: str | None) -> None:
        assert self.settings is not None
        found = read_values(defaults, os.environ, config)
        if config is not None:
            self.settings.setdict({**defaults, **found.values}, priority="project")
        self.complain(found.warnings)
        if (log := LOG_FILE.read(self.settings)) is not None:
            self.settings.set("LOG_FILE", str(log), priority=self.settings.getpriority("LOG_FILE") or 0)
        with suppress(UsageError):  # the checks before a crawl report it
            level = LOG_LEVEL.read(self.settings).upper()
            self.settings.set("LOG_LEVEL", level, priority=self.settings.getpriority("LOG_LEVEL") or 0)


def choose_folder(settings: BaseSettings, given: str | None) -> Path:
    """Return the output folder *given* by a person, else OUTPUT_DIR."""
    return OUTPUT_DIR.read(settings) if given is None else read_path("-o", given)
