"""Refuse requests to hosts that their platform does not own."""

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from scraper.errors import ErrorCode, SeedError
from scraper.fetch.ask import ask_of
from scraper.platform.services import PlatformServices


class HostsMiddleware:
    """Check the scheme and the host of every request, including media and redirect hops."""

    def __init__(self, crawler: Crawler) -> None:
        self._platforms = PlatformServices.of(crawler).platforms
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "HostsMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise SeedError(redirect_not_allowed) for a foreign host, an IP literal, an odd port, or not https."""
        ask = ask_of(request)
        if ask.is_list and urlsplit(request.url).scheme in ("http", "https"):
            return  # a list that the user named, on any site: sent without cookies, session and redirects
        platform = self._platforms.get(ask.platform)
        try:
            parts = urlsplit(request.url)
            host, is_web = (parts.hostname or "").lower(), parts.port in (None, 443) and parts.username is None
        except ValueError:
            host, is_web = "?", False
        if platform is None or not is_web or not request.url.startswith("https://") or not platform.owns(host):
            self._crawler.stats.inc_value("hosts/refused")
            raise SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message=f"{host} is foreign, or the URL is not https")
