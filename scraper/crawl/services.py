"""The resolver of a crawl, made once for its crawler."""

from scrapy.crawler import Crawler

from scraper.crawl.resolver import Resolver
from scraper.platform.registry import recogniser
from scraper.platform.services import PlatformServices
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class CrawlServices(PerCrawler):
    """The resolver and its collaborators, shared by the spider and the media step."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        known, chosen = PlatformServices.of(crawler).platforms, getattr(crawler.spidercls, "platform", None)
        only = None if chosen is None else chosen.name
        self.recogniser = recogniser(known.values(), only=only)
        self.platforms = known if chosen is None else {chosen.name: known.get(chosen.name) or chosen()}
        """The platforms whose posts this crawl accepts."""
        self.resolver = Resolver(
            send=RuntimeServices.of(crawler).send,
            platforms=self.platforms,
            recogniser=self.recogniser,
            switch=crawler.settings.getbool,
        )
