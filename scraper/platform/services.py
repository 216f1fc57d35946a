"""The platforms of one crawl."""

from scrapy.crawler import Crawler

from scraper.platform.registry import load_platforms
from scraper.runtime.per_crawler import PerCrawler


class PlatformServices(PerCrawler):
    """An instance of each platform; the parts of this crawl share what it learns, other crawls do not see it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.platforms = load_platforms(crawler.settings)
