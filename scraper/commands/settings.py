"""``scrapy settings``: Scrapy's own, with a list of what can be set, what it is now, and where that comes from."""

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from scrapy.commands.settings import Command as SettingsCommand
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import print_columns, tolerate_terminal, write_utf8
from scraper.options.catalogue import SETTINGS
from scraper.options.config_file import read_values
from scraper.settings import defaults
from scraper.text.jsonline import dump_line
from scraper.text.setting import Setting

_ASIDE, _LINK = re.compile(r" \(\[[^]]*\]\([^)]*\)\)"), re.compile(r"\[([^]]*)\]\([^)]*\)")
"""Links of Markdown, in brackets and in a sentence."""


class Command(ProjectCommand, SettingsCommand):
    """Exit code 0: it was printed; 2: wrong use, or the configuration file cannot be used."""

    def short_desc(self) -> str:
        return "Print the settings: each with its value and its source"

    def long_desc(self) -> str:
        return (
            "Print all settings of the project with --list: name, value now, where it comes from (default, file, "
            "environment, -s) and one sentence. Passwords and tokens are left out. --get and the like print the value "
            "of one, Scrapy's own included, without a change. Example: scrapy settings --list"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--list", action="store_true", help="print every setting of the project")
        parser.add_argument("--json", action="store_true", help="--list: one JSON line a setting, for programs")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print what *opts* ask for."""
        assert self.settings is not None
        if not opts.list:
            super().run(args, opts)
            return
        sources = read_values(defaults, os.environ, opts.config).sources
        found = list(describe(self.settings, sources))
        if opts.json:
            for line in found:
                write_utf8(f"{dump_line(line)}\n")
            return
        tolerate_terminal()
        print_columns(("setting", "value", "from", "what it does"), [tuple(line.values()) for line in found])


def describe(settings: BaseSettings, sources: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield each setting of the project as a person may see it; *sources* names those that are no defaults."""
    for name, row in SETTINGS.items():
        yield {
            "name": name,
            "value": row.show(settings.get(name)),
            "source": _source(settings, row, sources),
            "says": _LINK.sub(r"\1", _ASIDE.sub("", row.says)),
        }


def _source(settings: BaseSettings, row: Setting[Any], sources: Mapping[str, str]) -> str:
    is_given = (settings.getpriority(row.name) or 0) > SETTINGS_PRIORITIES["project"]
    return "-s" if is_given else sources.get(row.name, "default")
