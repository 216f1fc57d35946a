"""``scrapy get``: download one post and print its facts and the paths of its files."""

import argparse
import json
from pathlib import Path
from typing import Any

from scraper.cli.oneshot import OneShotCommand, show
from scraper.cli.post_facts import list_files, list_losses, measure
from scraper.envelopes.envelope import status_of
from scraper.media.storage.local import LocalStorage
from scraper.runs.results import Result, read_results
from scraper.runs.run import Run

NOT_READ = 4


class Command(OneShotCommand):
    """Exit code 0: done; 1: the post was read, but some of its media are missing; 2: wrong use; 4: no post was read."""

    name = "get"

    def syntax(self) -> str:
        return "[options] <link> | -"

    def short_desc(self) -> str:
        return "Download one post; print its metrics and files"

    def long_desc(self) -> str:
        return (
            "Download the post that a link or share text names, or standard input (-), and print id, author, counters, "
            "duration, resolution and the paths of its files. Example: scrapy get -o out https://vm.tiktok.com/ZMabc123/"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.add_download_options(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def print_result(self, run: Run, opts: argparse.Namespace) -> int:
        result = next(read_results(run.folder), None)
        if result is None:
            self.warn("the run was cut short: run the same command again to continue")
            return 1
        facts = describe(result, run.folder)
        if opts.json:
            print(json.dumps(facts, ensure_ascii=False))
        elif result.record is not None:
            _print(facts)
        for line in _problems(result):
            self.warn(line)
        return rate(result)


def describe(result: Result, folder: Path) -> dict[str, Any]:
    """Return the facts of a post as JSON values."""
    error = result.envelope["error"] or {}
    facts: dict[str, Any] = {"code": status_of(result.envelope), "error": error.get("code")}
    facts |= {"message": result.envelope["message"], "url": result.envelope["params"]["url"]}
    if result.record is None:
        return facts
    files = list(map(LocalStorage(folder).address, list_files(result.record)))
    return facts | measure(result.record) | {"files": files, "warnings": result.record["warnings"]}


def rate(result: Result) -> int:
    """Return the exit code for one post."""
    if result.record is None:
        return NOT_READ
    return 0 if status_of(result.envelope) == 200 and not list_losses(result.record) else 1


def _print(facts: dict[str, Any]) -> None:
    for name in ("video_id", "author", "likes", "comments", "shares", "plays", "duration_ms", "resolution"):
        show(name, facts[name])
    for warning in facts["warnings"]:
        show("warning", warning, "yellow")
    for path in facts["files"]:
        show("file", path, "green")


def _problems(result: Result) -> list[str]:
    if status_of(result.envelope) != 200:
        return [f"{result.envelope['error']['code']}: {result.envelope['message']}"]
    return list_losses(result.record) if result.record is not None else []
