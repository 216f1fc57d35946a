"""Writes tables, summary and report when a run ends, for any reason."""

import logging

from scrapy.crawler import Crawler

from scraper.exports.export import export
from scraper.exports.options import ExportOptions
from scraper.media.storage.options import OUTPUT_DIR
from scraper.platform.services import PlatformServices
from scraper.runtime import signals
from scraper.runtime.services import RuntimeServices

logger = logging.getLogger(__name__)


class Exports:
    """Writes the exports from the files of the run alone: ``scrapy report`` and ``scrapy summary`` make them again."""

    def __init__(self, crawler: Crawler) -> None:
        self._folder = OUTPUT_DIR.read(crawler.settings)
        self._platforms = PlatformServices.of(crawler).platforms.values()
        self._stats = RuntimeServices.of(crawler).stats
        self._options = ExportOptions.from_settings(crawler.settings)
        crawler.signals.connect(self._write, signals.outputs_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Exports":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _write(self) -> None:
        """Write the exports; a failure is logged and counted, and does not change the run's result."""
        for problem in export(self._folder, self._options, self._platforms):
            logger.error("%s", problem)
            self._stats.inc_value("exports/failed")
