"""``scrapy resolve``: print the record of a post without downloading anything."""

import argparse
import atexit
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from scraper.cli.curl import curl_lines, netscape, wanted
from scraper.cli.oneshot import OneShotCommand
from scraper.cli.terminal import write_utf8
from scraper.commands.get import NOT_READ
from scraper.envelopes.outcome import Outcome
from scraper.fetch.network.options import NetworkOptions
from scraper.model.record import to_record
from scraper.runs.results import read_results
from scraper.runs.run import Run
from scraper.runtime import signals
from scraper.system.atomic import write_secret
from scraper.text.jsonline import dump_line
from scraper.text.values import read_path

_OFF = {"MEDIA": "none", "RAW": "0", "TABLES": "0", "SUMMARY": "0", "REPORT": "0"}


class Command(OneShotCommand):
    """Exit code 0: the record was printed; 1: interrupted; 2: wrong use; 4: no post was read."""

    name = "resolve"

    def syntax(self) -> str:
        return "[options] <link> | -"

    def short_desc(self) -> str:
        return "Print the record of one post, without its media"

    def long_desc(self) -> str:
        return (
            "Print the record of the post that a link or share text names, or standard input (-). With --cookies FILE "
            "write the cookies that its media servers want (Netscape format, mode 0600) and print a curl line for each "
            "file, without any value of a cookie. Example: scrapy resolve --cookies jar.txt https://x.com/a/status/20"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--cookies", metavar="FILE", help="write the media's cookies to FILE, print curl lines")

    def choose_settings(self, opts: argparse.Namespace) -> Mapping[str, object]:
        self._jar = None if opts.cookies is None else read_path("--cookies", opts.cookies, "FILE")
        folder = tempfile.TemporaryDirectory(prefix="scrapy-resolve-")
        atexit.register(folder.cleanup)
        return {**_OFF, "OUTPUT_DIR": folder.name}

    def listen(self, crawler: Crawler) -> None:
        self._outcomes: list[Outcome] = []
        # a bound method, as the dispatcher keeps only weak references
        crawler.signals.connect(self._keep, signals.seed_finished)

    def _keep(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)

    def print_result(self, run: Run, opts: argparse.Namespace) -> int:
        result = next(read_results(run.folder), None)
        if result is None or not self._outcomes:
            self.warn("the run was cut short: try again")
            return 1
        outcome = self._outcomes[0]
        if outcome.post is None:
            self.warn(f"{result.envelope['error']['code']}: {result.envelope['message']}")
            return NOT_READ
        _print(to_record(outcome.post))
        return 0 if self._jar is None else self._tell_curl(outcome, self._jar)

    def _tell_curl(self, outcome: Outcome, path: Path) -> int:
        assert self.settings is not None
        assert outcome.post is not None
        variants = wanted(outcome.post)
        try:
            write_secret(path, netscape(variants))
        except OSError as error:
            self.warn(f"--cookies: cannot write {path}: {error.strerror}: give another file")
            return 2
        agent = outcome.session.user_agent if outcome.session is not None else ""
        network = NetworkOptions.from_settings(self.settings)
        for line in curl_lines(variants, path, agent or str(self.settings["USER_AGENT"]), network):
            print(line)
        if not variants:
            self.warn("its media come in pieces, which curl cannot join: use scrapy get")
        return 0


def _print(record: Mapping[str, Any]) -> None:
    """Print *record* on one line; on a terminal, indented."""
    line = dump_line(record)
    if sys.stdout.isatty():
        line = json.dumps(json.loads(line), ensure_ascii=False, indent=2)
    write_utf8(f"{line}\n")
