"""From a ref to a Post: the one way, for crawl callbacks and for whoever needs a fresh Post."""

from dataclasses import replace

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.exchange import Exchange, FollowUp
from scraper.fetch.session import Session
from scraper.model.post import Post, Provenance
from scraper.model.ref import Ref
from scraper.platform.contract import Platform


class CrawlerWeb:
    """The network through Scrapy's engine, as the session that got the first answer of *exchange*."""

    def __init__(self, crawler: Crawler, platform: Platform, exchange: Exchange) -> None:
        self._crawler = crawler
        self._platform = platform
        self._exchange = exchange
        first = ask_of(exchange.first)
        self._session, self._refused = first.session, first.refused

    async def fetch(self, request: Request) -> Response:
        """Send *request* in the platform's name; what was refused before counts on."""
        ask = replace(ask_of(request), platform=self._platform.name, session=self._session, refused=self._refused)
        ask.put_on(request)
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except SeedError as error:
            self._exchange.follow_ups.append(FollowUp(request.url, error))
            raise
        self._exchange.follow_ups.append(FollowUp(request.url, response))
        self._refused = ask_of(response).refused or self._refused
        return response

    def read_from(self, response: Response) -> None:
        """Note that the post stands in *response*."""
        self._exchange.read_from(response)

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* is on."""
        return self._crawler.settings.getbool(name)


class Extractor:
    """Runs a platform's ``post_request`` and ``parse_post``."""

    def __init__(self, crawler: Crawler, platform: Platform) -> None:
        self._crawler = crawler
        self._platform = platform

    def request(self, ref: Ref) -> Request:
        """Return the request for the answer that holds the post."""
        request = self._platform.post_request(ref)
        replace(ask_of(request), platform=self._platform.name).put_on(request)
        return request

    async def finish(self, ref: Ref, exchange: Exchange) -> Post:
        """Read the answer; raise SeedError or PayloadError. What else was asked for is noted in *exchange*."""
        post = await self._platform.parse_post(ref, exchange.first, CrawlerWeb(self._crawler, self._platform, exchange))
        ask, session = ask_of(exchange.first), exchange.session
        latency = exchange.first.meta.get("download_latency", 0.0)
        post.provenance = Provenance(
            session=session.id if session is not None else None,
            via=ask.via,
            tries=len(ask.refused) + ask.tries,
            seconds={"fetch": round(float(latency), 3)},
        )
        return post

    async def extract(self, ref: Ref) -> tuple[Post, Session | None]:
        """Fetch and read the post of *ref* afresh, outside the scheduler; return it with the session that got it."""
        assert self._crawler.engine is not None
        exchange = Exchange(await self._crawler.engine.download_async(self.request(ref)))
        return await self.finish(ref, exchange), exchange.session
