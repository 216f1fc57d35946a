"""``scrapy crawl``: Scrapy's own command, with checks before, a table after, and an exit code for the result."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import Crawler

from scraper.cli.project_command import ProjectCommand
from scraper.cli.table import print_table
from scraper.cli.terminal import tolerate_terminal
from scraper.crawl.preflight import check
from scraper.crawl.spider import PlatformSpider
from scraper.envelopes.messages import OK
from scraper.errors import UsageError
from scraper.monitoring.services import MonitorServices
from scraper.platform.modules import find_spider
from scraper.runs.options import LEDGER
from scraper.runs.run import Run
from scraper.runs.services import RunServices


class Command(ProjectCommand, CrawlCommand):
    """Exit code 0: every seed succeeded; 1: some failed or the run was cut short; 2: wrong use; 3: an alarm."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything before Scrapy starts anything, so that a typing error gives one line instead of a log."""
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            if len(args) != 1:
                raise UsageError('give the name of one spider: scrapy crawl tiktok -a urls="LINK"')
            self._spider = find_spider(self.settings, args[0])
            check(self.settings, opts.spargs, getattr(self._spider, "platform", None))
        except UsageError as error:
            self.complain(str(error).splitlines())
            sys.exit(2)

    def complain(self, lines: Iterable[str]) -> None:
        """Print *lines*, and log them where a log is kept: of a job of Scrapyd that is all that is shown."""
        assert self.settings is not None
        said = [f"scrapy crawl: {line}" for line in lines]
        _print_lines(said, self.settings["LOG_FILE"])

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl with the one spider in *args*."""
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(self._spider)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self.exitcode = 1 if self.crawler_process.bootstrap_failed else _report(crawler)


def _print_lines(lines: Sequence[str], log_file: str | None) -> None:
    if not lines:
        return
    print(*lines, sep="\n", file=sys.stderr)
    if log_file:
        with suppress(OSError), Path(log_file).open("a", encoding="utf-8", errors="backslashreplace") as log:
            print(*lines, sep="\n", file=log)


def _report(crawler: Crawler) -> int:
    """Print the result of the run; return the exit code."""
    runs = RunServices.of(crawler)
    asyncio.run(runs.recorder.close("forced"))
    run, monitors = runs.recorder.run, MonitorServices.of(crawler).monitors
    total, ok, problem = sum(run.results.values()), run.results.get(OK, 0), run.problem
    spider = crawler.spider
    may_be_empty = LEDGER.read(crawler.settings) or (isinstance(spider, PlatformSpider) and spider.arguments.shard)
    if run.is_finished and not total and not may_be_empty:  # another worker or another shard may have all the seeds
        problem = "seeds: the list holds no seed: write one link or share text a line"
    is_shown = bool(total or not problem)
    if is_shown:
        tolerate_terminal()
        print_table(runs.tally.rows, total, str(run.folder))
        print(f"{ok} of {total} seeds ok, {total - ok} failed; everything is in {run.folder}")
        for line in _describe_known(crawler):
            print(line)
        if not run.is_finished or run.left != 0:
            print(_describe_rest(run))
    for alarm in monitors.alarms:
        print(f"alarm: {alarm.monitor}: {alarm.message}", file=sys.stdout if is_shown else sys.stderr)
    if is_shown:
        sys.stdout.flush()
    monitors.alert(run.folder)
    if problem:
        print(f"scrapy crawl: {problem}", file=sys.stderr)
        return 2
    if monitors.alarms:
        return 3
    return 0 if total == ok and run.is_finished and run.left == 0 else 1


def _describe_known(crawler: Crawler) -> Iterator[str]:
    """Yield a line for each kind of medium that was not downloaded, as it was known from earlier."""
    names = ("files", "reused", "archived")
    fetched, reused, archived = (crawler.stats.get_value(f"media/{name}", 0) for name in names)
    if reused:
        yield f"{reused} files were there already, whole, and {fetched} were downloaded"
    if archived:
        yield f"{archived} media were left out, as they are done in the archive: FORCE=1 fetches them again"


def _describe_rest(run: Run) -> str:
    if run.left is None:
        left, advice = "the list was not read to its end", "run the same command again to continue"
    else:
        left, advice = f"{run.left} seeds are left", "run the same command again to continue"
    if not run.can_go_on:
        advice = "a list from a pipe cannot be continued, give the whole list again"
    return f"the run was cut short ({run.reason}), {left}: {advice}"
