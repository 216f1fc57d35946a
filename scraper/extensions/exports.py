"""Writes tables, summary and report once a run has ended, however it ended."""

import logging

from scrapy.crawler import Crawler

from scraper.exports.export import export
from scraper.exports.options import ExportOptions
from scraper.platform.services import PlatformServices
from scraper.runs.recorder import Recorder
from scraper.runtime import signals

logger = logging.getLogger(__name__)


class Exports:
    """What it writes is made of the files of the run alone: ``scrapy report`` and ``scrapy summary`` make it again."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._options = ExportOptions.from_settings(crawler.settings)
        crawler.signals.connect(self._write, signals.outputs_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Exports":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _write(self) -> None:
        """Write them; what cannot be written is said, and costs the run nothing else."""
        platforms = PlatformServices.of(self._crawler).platforms.values()
        for problem in export(Recorder.of(self._crawler).folder, self._options, platforms):
            logger.error("%s", problem)
            self._crawler.stats.inc_value("exports/failed")
