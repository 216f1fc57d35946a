"""The monitors of one crawl, made once for its crawler."""

from scrapy.crawler import Crawler

from scraper.monitoring.monitors import Monitors
from scraper.monitoring.options import MonitorOptions
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class MonitorServices(PerCrawler):
    """The monitors, shared by the run's end and the command that started it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        stats = RuntimeServices.of(crawler).stats
        self.monitors = Monitors(MonitorOptions.from_settings(crawler.settings), stats)
