"""``scrapy batch``: download the posts of a list and print one line for each, sorted by URL."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from scraper.cli.oneshot import OneShotCommand, show
from scraper.cli.post_facts import list_files, list_losses
from scraper.errors import UsageError
from scraper.media.storage.local import LocalStorage
from scraper.runs.results import Result, read_results
from scraper.runs.run import Run
from scraper.text.values import read_int

_MOST_WORKERS = 10
_HUGE = 10**9


class Command(OneShotCommand):
    """Exit code 0: every post was downloaded; 1: one was not, or the run was cut short; 2: wrong use, or no links."""

    name = "batch"

    def syntax(self) -> str:
        return "[options] <file> | -"

    def short_desc(self) -> str:
        return "Download the posts of a list; print OK or FAIL for each"

    def long_desc(self) -> str:
        return (
            "Download every post in a list (links, share texts, JSON lines or CSV, a folder of lists), or in standard "
            "input (-). Print OK or FAIL for each link, sorted by URL, then the totals. "
            "Example: scrapy batch links.txt --max-workers 4"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.add_download_options(parser)
        parser.add_argument("--max-workers", metavar="N", help="posts and files to fetch at the same time, 1 to 10")

    def choose_settings(self, opts: argparse.Namespace) -> Mapping[str, object]:
        given = super().choose_settings(opts)
        if opts.max_workers is None:
            return given
        workers = min(max(read_int("--max-workers", opts.max_workers, -_HUGE), 1), _MOST_WORKERS)
        return {**given, "OPEN_SEEDS": workers, "MEDIA_CONCURRENCY": workers}

    def choose_links(self, args: Sequence[str]) -> dict[str, str]:
        if len(args) != 1:
            raise UsageError(f"expected one file, got {len(args) or 'none'}: scrapy batch links.txt, or - for a pipe")
        return {"seeds": args[0]}

    def print_result(self, run: Run, opts: argparse.Namespace) -> int:
        lines = sorted(_line(result, run.folder) for result in read_results(run.folder))
        for url, is_ok, text in lines:
            show("OK" if is_ok else "FAIL", f"{url}  {text}", "" if is_ok else "red")
        failed = sum(not is_ok for _, is_ok, _ in lines)
        if not lines and run.is_finished:
            self.warn("the list holds no link: write one link or share text a line")
            return 2
        print(f"{len(lines) - failed} ok, {failed} failed; everything is in {run.folder}")
        is_whole = run.is_finished and not run.left
        if not is_whole:
            self.warn(f"the run was cut short ({run.reason}): run the same command again to continue")
        return 0 if is_whole and not failed else 1


def _line(result: Result, folder: Path) -> tuple[str, bool, str]:
    envelope = result.envelope
    url, error = str(envelope["params"]["url"]), envelope["error"]
    if error is not None:
        return url, False, f"{error['code']}: {envelope['message']}"
    if "duplicate_of" in envelope:
        return url, True, f"as seed {envelope['duplicate_of']}"
    files = map(LocalStorage(folder).address, list_files(result.record) if result.record is not None else [])
    losses = list_losses(result.record) if result.record is not None else []
    text = ", ".join(files) or "no file"
    return url, not losses, "; missing: ".join([text, *losses[:1]])
