"""Says once a run and platform that the platform seems to have changed."""

import logging
from collections import Counter

from scrapy.crawler import Crawler

from scraper.core.drift import DriftWindow
from scraper.percrawler import PerCrawler

logger = logging.getLogger(__name__)

MAX_KEPT = 100
"""Payloads of a platform that are kept in one run: the first show what has changed."""
FOLDER = "drift"
"""In OUTPUT_DIR."""


class Drift(PerCrawler):
    """Counts the payloads that could not be read; ``stats`` has them as ``drift/<platform>``."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._windows: dict[str, DriftWindow] = {}
        self._counts: Counter[str] = Counter()
        self._told: set[str] = set()

    def note(self, platform: str, path: str | None) -> bool:
        """Note a payload, with the path at which it could not be read; return whether it is one to keep."""
        change = self._windows.setdefault(platform, DriftWindow()).add(path)
        if path is None:
            return False
        self._counts[platform] += 1
        self._crawler.stats.inc_value(f"drift/{platform}")
        if change is not None and platform not in self._told:
            self._told.add(platform)
            logger.warning(
                "%s seems to have changed: %d of its last %d posts could not be read, mostly for want of %s; "
                "what came is in %s/%s: look for a newer version, and report it",
                *(platform, change.unread, change.seen, change.path, FOLDER, platform),
            )
        return self._counts[platform] <= MAX_KEPT
