"""From a ref to a Post: the one way, for crawl callbacks and for whoever needs a fresh Post."""

from typing import Any, NamedTuple

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.errors import SeedError
from scraper.fetch.session import Session
from scraper.model.post import Post, Provenance
from scraper.model.ref import Ref
from scraper.platform.contract import Platform


class FollowUp(NamedTuple):
    """What a further request about a post came to."""

    url: str
    end: Response | SeedError


class CrawlerWeb:
    """The network through Scrapy's engine, as the session that got the *first* answer about a post."""

    def __init__(self, crawler: Crawler, platform: Platform, first: Response) -> None:
        self._crawler = crawler
        self._platform = platform
        self.heard: list[FollowUp] = []
        """What further requests came to, as they ended."""
        self._meta: dict[str, Any] = {name: first.meta[name] for name in ("session", "refused") if name in first.meta}

    async def fetch(self, request: Request) -> Response:
        """Send *request* in the platform's name; what was refused before counts on."""
        for name, value in {"platform": self._platform.name, **self._meta}.items():
            request.meta.setdefault(name, value)
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except SeedError as error:
            self.heard.append(FollowUp(request.url, error))
            raise
        self.heard.append(FollowUp(request.url, response))
        if "refused" in response.meta:
            self._meta["refused"] = response.meta["refused"]
        return response

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
        request.meta["platform"] = self._platform.name
        return request

    async def finish(self, ref: Ref, response: Response) -> Post:
        """Read the answer; raise SeedError or PayloadError. What else was asked for is in ``meta["heard"]``."""
        web, meta = CrawlerWeb(self._crawler, self._platform, response), response.meta
        meta["heard"] = web.heard
        post = await self._platform.parse_post(ref, response, web)
        session = meta.get("session")
        post.provenance = Provenance(
            session=session.id if session is not None else None,
            via=meta.get("via", "http"),
            tries=1 + len(meta.get("refused", ())) + int(meta.get("retry_times", 0)),
            seconds={"fetch": round(float(meta.get("download_latency", 0.0)), 3)},
        )
        return post

    async def extract(self, ref: Ref) -> tuple[Post, Session | None]:
        """Fetch and read the post of *ref* afresh, outside the scheduler; return it with the session that got it."""
        assert self._crawler.engine is not None
        response = await self._crawler.engine.download_async(self.request(ref))
        return await self.finish(ref, response), response.meta.get("session")
