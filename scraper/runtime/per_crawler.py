"""One instance of a class per crawler, for objects that several components share."""

from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler


class PerCrawler:
    """``Class.of(crawler)`` returns the crawler's one instance; the first call makes it with ``Class(crawler)``."""

    _instances: ClassVar["WeakKeyDictionary[Crawler, dict[type, Any]]"] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """Return the one instance of *crawler*."""
        known = PerCrawler._instances.setdefault(crawler, {})
        if cls not in known:
            known[cls] = cls(crawler)
        found: Self = known[cls]
        return found
