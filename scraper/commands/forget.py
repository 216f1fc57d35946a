"""``scrapy forget``: take a post or an author out of an output folder."""

import argparse
import asyncio
import re
import sqlite3
import sys

from scraper.cli.project_command import ProjectCommand, choose_folder
from scraper.errors import UsageError
from scraper.exports.forget import Target, count, find, forget
from scraper.exports.options import ExportOptions
from scraper.media.storage.local import LocalStorage
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.platform.registry import load_platforms, recogniser
from scraper.runs.folder import ENVELOPES
from scraper.system.lock import take_lock

_USER = "user"
"""The kind of a link that names an author."""
_NAMED = re.compile(r"(?:(?P<platform>[a-z]+):)?(?P<at>@?)(?P<name>[\w.\-]{2,80})")


class Command(ProjectCommand):
    """Exit code 0: removed; 1: nothing was found; 2: wrong use, or something could not be removed."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[options] <link | [platform:]id | [platform:]@author>"

    def short_desc(self) -> str:
        return "Remove a post or an author from an output folder"

    def long_desc(self) -> str:
        return (
            "Remove the files, answers, records, envelopes and rows of a post (its link or id) or of an author "
            "(@handle, or @id) from an output folder and its earlier runs. The seed list is yours: take the link out "
            "of it, or the next run fetches it again. Example: scrapy forget -o out tiktok:@somebody --dry-run"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output-dir", metavar="DIR", help="the folder (OUTPUT_DIR)")
        parser.add_argument("--dry-run", action="store_true", help="print what would be removed, and remove nothing")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Remove the post or author that *args* name."""
        try:
            self.exitcode = self._forget(args, opts)
        except (UsageError, OSError, sqlite3.Error) as error:
            print(f"scrapy forget: {error}", file=sys.stderr)
            self.exitcode = 2

    def _forget(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        if len(args) != 1:
            raise UsageError(f"expected one post or author, got {len(args) or 'none'}: scrapy forget -o out @somebody")
        platforms = load_platforms(self.settings)
        folder = choose_folder(self.settings, opts.output_dir)
        if not (folder / ENVELOPES).is_file():
            raise UsageError(f"{folder}: no run has been here: give the folder with -o DIR")
        target = read_target(args[0], platforms)
        with take_lock(folder):
            storage = LocalStorage(folder)
            found = asyncio.run(find(folder, storage, target, recogniser(platforms.values())))
            facts = ", ".join(f"{number} {name}" for name, number in count(found).items())
            if not found.seeds and not found.media and not found.answers:
                print(f"nothing of {args[0]} is in {folder}")
                return 1
            if opts.dry_run:
                print(f"{args[0]}: {facts}; nothing was removed")
                return 0
            options = ExportOptions.from_settings(self.settings)
            problems = asyncio.run(forget(folder, storage, found, options, platforms.values()))
        print(f"{args[0]} is gone: {facts}")
        for line in problems:
            print(f"scrapy forget: {line}", file=sys.stderr)
        return 2 if problems else 0


def read_target(text: str, platforms: dict[str, Platform]) -> Target:
    """Return the post or author that *text* names; raise UsageError."""
    for _, found in recogniser(platforms.values()).scan(text):
        if isinstance(found, Ref) and found.kind in (*platforms[found.platform].kinds, _USER):
            return Target(name=found.id, is_author=found.kind == _USER, platform=found.platform)
        break
    named = _NAMED.fullmatch(text)
    if named is None or (named["platform"] is not None and named["platform"] not in platforms):
        expected = "a post's own link or id, or an author's @handle, with or without the platform (tiktok:@somebody)"
        raise UsageError(f"{text[:60]!a}: expected {expected}")
    return Target(name=named["name"], is_author=bool(named["at"]), platform=named["platform"])
