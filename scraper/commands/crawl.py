"""``scrapy crawl``: Scrapy's own, with checks before, a table after, and an exit code that tells the truth."""

import argparse
import sys
from collections.abc import Iterator

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import Crawler

from scraper.core.errors import UsageError
from scraper.modules import find_spider
from scraper.outputs import Outputs
from scraper.preflight import check
from scraper.table import print_table
from scraper.terminal import forgive


class Command(CrawlCommand):
    """Exit code 0: every seed succeeded; 1: some seed failed or the run was cut short; 2: wrong use."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything before Scrapy starts anything: a person who mistyped reads one line, not a log."""
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            if len(args) != 1:
                raise UsageError('give the name of one spider: scrapy crawl tiktok -a urls="LINK"')
            self._spider = find_spider(self.settings, args[0])
            check(self.settings, opts.spargs, getattr(self._spider, "platform", None))
        except UsageError as error:
            for line in str(error).splitlines():
                print(f"scrapy crawl: {line}", file=sys.stderr)
            sys.exit(2)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl with the one spider in *args*."""
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(self._spider)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self.exitcode = 1 if self.crawler_process.bootstrap_failed else _report(crawler)


def _report(crawler: Crawler) -> int:
    """Print how the run ended; return its exit code."""
    outputs = Outputs.of(crawler)
    outputs.close("forced")
    total, ok = sum(outputs.codes.values()), outputs.codes.get(200, 0)
    is_finished = outputs.reason == "finished"
    problem = outputs.problem
    if is_finished and not total and getattr(crawler.spider, "shard", None) is None:  # a shard may be empty
        problem = "seeds: the list holds no seed: write one link or share text a line"
    if total or not problem:
        forgive()
        print_table([*outputs.rows, *outputs.failures], total, str(outputs.folder))
        print(f"{ok} of {total} seeds ok, {total - ok} failed; everything is in {outputs.folder}")
        for line in _describe_known(crawler):
            print(line)
        if not is_finished or outputs.left:
            print(_describe_rest(outputs))
    if problem:
        print(f"scrapy crawl: {problem}", file=sys.stderr)
        return 2
    return 0 if total == ok and is_finished and not outputs.left else 1


def _describe_known(crawler: Crawler) -> Iterator[str]:
    """Yield what was not fetched because it is known."""
    names = ("files", "reused", "archived")
    fetched, reused, archived = (crawler.stats.get_value(f"media/{name}", 0) for name in names)
    if reused:
        yield f"{reused} files were there already, whole, and {fetched} were downloaded"
    if archived:
        yield f"{archived} media were left out, as they are done in the archive: FORCE=1 fetches them again"


def _describe_rest(outputs: Outputs) -> str:
    if outputs.left is None:
        left, advice = "the list was not read to its end", "the same command goes on with it"
    else:
        left, advice = f"{outputs.left} seeds are left", "the same command goes on with them"
    if not outputs.can_go_on:
        advice = "what comes through a pipe cannot go on, give the whole list again"
    return f"the run was cut short ({outputs.reason}), {left}: {advice}"
