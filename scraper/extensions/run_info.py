"""run.json and run.prom: times, end reason, results, alarms, versions and settings of a run."""

import logging
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from scrapy.crawler import Crawler

import scraper
from scraper.envelopes.envelope import codes_of
from scraper.fetch.network.options import NetworkOptions
from scraper.monitoring.services import MonitorServices
from scraper.options.catalogue import SETTINGS
from scraper.platform.modules import find_broken
from scraper.runs.info import RunInfo
from scraper.runs.results import read_run, write_run
from scraper.runs.services import RunServices
from scraper.runtime import signals
from scraper.runtime.services import RuntimeServices
from scraper.version import VERSION

logger = logging.getLogger(__name__)

_PACKAGES = ("scrapy", "scrapy-playwright", "playwright", "itemloaders", "av")


class RunInfoExtension:
    """Writes both files when the folder is open, and again at the end: a run.json without ``ended`` was cut off."""

    def __init__(self, crawler: Crawler) -> None:
        self._settings = crawler.settings
        self._spider = None if crawler.spider is None else crawler.spider.name
        self._stats = RuntimeServices.of(crawler).stats
        self._monitors = MonitorServices.of(crawler).monitors
        self._recorder = RunServices.of(crawler).recorder
        self._info = RunInfo()
        crawler.signals.connect(self._begin, signals.outputs_opened)
        crawler.signals.connect(self._end, signals.outputs_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RunInfoExtension":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _begin(self) -> None:
        run = self._recorder.run
        # on Scrapyd this shows whether the egg runs, or another copy of the code that was imported first
        logger.info("version %s of %s writes to %s", VERSION, scraper.__file__, run.folder.absolute())
        for line in find_broken(tuple(self._settings.getlist("SPIDER_MODULES"))):
            logger.error("%s", line)  # it was printed before there was a log
        self._info = RunInfo(
            run=run.name,
            spider=self._spider,
            started=_now(),
            earlier=_list_earlier(read_run(run.folder)) if run.is_continued else (),
            versions={"scraper": VERSION, "python": platform.python_version()}
            | {name: version(name) for name in _PACKAGES},
            settings={name: self._settings.get(name) for name, row in SETTINGS.items() if row.is_recorded}
            | {"PROXY": NetworkOptions.from_settings(self._settings).proxy_name},
        )
        write_run(run.folder, self._info)

    def _end(self, reason: str) -> None:
        run = self._recorder.run
        self._info = replace(
            self._info,
            ended=_now(),
            reason=reason,
            problem=run.problem or None,
            codes={str(code): number for code, number in sorted(codes_of(run.results).items())},
            results=run.results,
            left=run.left,
            stats=self._count(),
        )
        self._monitors.check(self._info, run.folder)
        self._info = replace(self._info, alarms=self._monitors.alarms, stats=self._count())
        write_run(run.folder, self._info)

    def _count(self) -> dict[str, int | float]:
        """Return the numeric stats of this process."""
        stats = self._stats.get_stats()
        return {name: value for name, value in sorted(stats.items()) if isinstance(value, int | float)}


def _list_earlier(before: RunInfo) -> tuple[Mapping[str, Any], ...]:
    """Return the earlier processes of a continued run, with the one that wrote *before*."""
    if before == RunInfo():
        return ()
    return (*before.earlier, {"started": before.started, "ended": before.ended, "reason": before.reason})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
