"""run.json and run.prom: when a run began and ended, why, with which alarms, versions and settings."""

import logging
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from scrapy.crawler import Crawler

import scraper
from scraper.envelopes.envelope import codes_of
from scraper.fetch.network.options import NetworkOptions
from scraper.monitoring.monitors import Monitors
from scraper.platform.modules import find_broken
from scraper.runs.folder import run_name
from scraper.runs.recorder import Recorder
from scraper.runs.results import read_run, write_run
from scraper.runtime import signals
from scraper.version import VERSION

logger = logging.getLogger(__name__)

_SETTINGS = ("MEDIA", "WATERMARK", "CONTENT", "RETRY", "POLITE", "OPEN_SEEDS", "MEDIA_CONCURRENCY", "CA_FILE")
_PART = ("started", "ended", "reason")
"""What is kept of each earlier process of the same run; one without ``ended`` was killed."""
_PACKAGES = ("scrapy", "scrapy-playwright", "playwright", "itemloaders", "av")


class RunInfo:
    """Writes both when the folder is ours, and again at the end: a run.json without ``ended`` was cut off."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._info: dict[str, Any] = {}
        crawler.signals.connect(self._begin, signals.outputs_opened)
        crawler.signals.connect(self._end, signals.outputs_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RunInfo":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _begin(self) -> None:
        settings = self._crawler.settings
        outputs = Recorder.of(self._crawler)
        # On Scrapyd this tells the egg from a copy of the code that lies in its way.
        logger.info("version %s of %s writes to %s", VERSION, scraper.__file__, outputs.folder.absolute())
        for line in find_broken(tuple(settings.getlist("SPIDER_MODULES"))):
            logger.error("%s", line)  # it was told before there was a log
        earlier = read_run(outputs.folder) if outputs.is_continued else {}
        self._info = {
            "run": run_name(outputs.started),
            "spider": getattr(self._crawler.spider, "name", None),
            "started": _now(),
            "ended": None,
            "reason": None,
            "problem": None,
            "codes": {},
            "results": {},
            "left": None,
            "alarms": [],
            "earlier": [*earlier.get("earlier", []), {key: earlier.get(key) for key in _PART}] if earlier else [],
            "versions": {"scraper": VERSION, "python": platform.python_version()}
            | {name: version(name) for name in _PACKAGES},
            "settings": {name: settings.get(name) for name in _SETTINGS}
            | {"PROXY": NetworkOptions.from_settings(settings).proxy_name},
        }
        self._write()

    def _end(self, reason: str) -> None:
        outputs = Recorder.of(self._crawler)
        codes = {str(code): number for code, number in sorted(codes_of(outputs.results).items())}
        self._info |= {"ended": _now(), "reason": reason, "problem": outputs.problem or None}
        self._info |= {"codes": codes, "results": outputs.results, "left": outputs.left, "stats": self._stats()}
        monitors = Monitors.of(self._crawler)
        monitors.look(self._info, outputs.folder)
        self._info |= {"alarms": [asdict(alarm) for alarm in monitors.alarms], "stats": self._stats()}
        self._write()

    def _stats(self) -> dict[str, int | float]:
        """Return the numbers that were counted, of this process alone."""
        stats = self._crawler.stats.get_stats()
        return {name: value for name, value in sorted(stats.items()) if isinstance(value, int | float)}

    def _write(self) -> None:
        write_run(Recorder.of(self._crawler).folder, self._info)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
