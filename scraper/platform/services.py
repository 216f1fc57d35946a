"""The platforms of one crawl."""

from scrapy.crawler import Crawler

from scraper.platform.registry import load_platforms
from scraper.runtime.per_crawler import PerCrawler


class PlatformServices(PerCrawler):
    """An instance of each platform: what one learns is shared by the parts of this crawl, and seen by no other."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.platforms = load_platforms(crawler.settings)
