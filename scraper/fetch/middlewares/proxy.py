"""Send every request through the proxy of its session, and note requests without an answer."""

from scrapy import Request
from scrapy.crawler import Crawler

from scraper.fetch.ask import ask_of
from scraper.fetch.services import FetchServices
from scraper.fetch.transport.errors import NETWORK_ERRORS, ProxyDeadError


class ProxyMiddleware:
    """Our middleware nearest to the downloader: it sees each try before the retry middleware judges it."""

    def __init__(self, crawler: Crawler) -> None:
        services = FetchServices.of(crawler)
        self._proxies, self._sessions = services.proxies, services.sessions

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ProxyMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set the proxy: the session's own, else the one of the platform."""
        ask = ask_of(request)
        request.meta["proxy"] = (
            ask.session.proxy if ask.session is not None else self._proxies.of_platform(ask.platform)
        )

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Bury a dead proxy; lower the score of a session whose request had no answer."""
        ask = ask_of(request)
        if isinstance(exception, ProxyDeadError):
            self._proxies.bury(request.meta.get("proxy"), str(exception))
        elif isinstance(exception, NETWORK_ERRORS) and ask.session is not None and ask.sink is None:
            self._sessions.doubt(ask.session)
