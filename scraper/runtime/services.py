"""The objects that the parts of one crawl share, made once per crawler."""

from functools import partial

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from scraper.runtime.engine import Send, is_running, is_stopping, make_send
from scraper.runtime.pauses import Pauses
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.progress import Progress


class RuntimeServices(PerCrawler):
    """The engine, as far as parts need it, and the state that all stages of a crawl share."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.stats: StatsCollector = crawler.stats
        self.send: Send = make_send(crawler)
        self.is_running = partial(is_running, crawler)
        self.is_stopping = partial(is_stopping, crawler)
        self.pauses = Pauses(self.stats, self.is_stopping)
        self.progress = Progress()
