"""The resolver of a crawl, made once for its crawler."""

from scrapy.crawler import Crawler

from scraper.crawl.resolver import Resolver
from scraper.platform.registry import load, recogniser
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class CrawlServices(PerCrawler):
    """What the spider and the media step share: the way from a ref to its post."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        only = getattr(crawler.spidercls, "platform", None)
        platforms = load(tuple(crawler.settings.getlist("SPIDER_MODULES")))
        self.recogniser = recogniser(platforms.values(), only=None if only is None else only.name)
        self.platforms = platforms if only is None else {only.name: only}
        """Those whose posts this crawl takes."""
        self.resolver = Resolver(
            send=RuntimeServices.of(crawler).send,
            platforms=self.platforms,
            recogniser=self.recogniser,
            switch=crawler.settings.getbool,
        )
