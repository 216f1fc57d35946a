"""Gives a request its session, and a refused one another try."""

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.browser.visit import Visit
from scraper.core.errors import ErrorCode, SeedError
from scraper.core.sessions import SessionRules, TokenRules
from scraper.options import NetworkOptions
from scraper.platform import load
from scraper.sessions import SessionKeeper

_BROWSER = frozenset({"page", "navigate", "mint"})


class SessionMiddleware:
    """Proxy for every request; a guest session for those that ask for one."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._platforms = load(tuple(crawler.settings.getlist("SPIDER_MODULES")))
        self._proxy = NetworkOptions.from_settings(crawler.settings).proxy
        self._tries = crawler.settings.getint("SESSION_TRIES")
        self._keeper = SessionKeeper(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SessionMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Attach proxy and session; raise SeedError(challenge) when no session can be had."""
        if self._proxy is not None and request.meta.get("via", "http") not in _BROWSER:
            request.meta["proxy"] = self._proxy
        platform = self._platforms.get(request.meta.get("platform", ""))
        if platform is None:
            return
        rules = platform.session
        if isinstance(rules, TokenRules) and request.meta.get("guest"):
            session = request.meta["session"] = await self._keeper.get(platform, rules)
            request.headers.update({**rules.headers, rules.header: session.token})
        elif isinstance(rules, SessionRules) and request.meta.get("via") in _BROWSER:
            reads_cookies = any(rule.cookies for rule in platform.cdn)
            visit = Visit(platform=platform.name, rules=rules, owns=platform.owns, reads_cookies=reads_cookies)
            request.meta["visit"] = visit
            if "session" not in request.meta:
                request.meta["session"] = await self._keeper.get(platform, rules)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Answer a refusal with a new session, then with a real navigation, then give up as ``challenge``."""
        platform = self._platforms.get(request.meta.get("platform", ""))
        if platform is None:
            return response
        rules, via = platform.session, request.meta.get("via", "http")
        if rules is None or not (via in ("page", "navigate") or request.meta.get("guest")):
            return response
        reason = platform.refusal(response)
        if reason is None:
            return response
        tried: list[str] = request.meta.get("refused", [])
        self._crawler.stats.inc_value(f"session/refused/{platform.name}")
        if len(tried) >= self._tries:
            history = ", ".join([*tried, f"{via}: {reason}"])
            raise SeedError(ErrorCode.CHALLENGE, raw_message=f"refused {len(tried) + 1} times ({history})")
        await self._keeper.replace(platform, rules, request.meta["session"])
        meta = {key: value for key, value in request.meta.items() if key not in ("session", "visit")}
        if isinstance(rules, SessionRules):
            meta["via"] = "navigate" if len(tried) == self._tries - 1 else "page"
        meta["refused"] = [*tried, f"{via}: {reason}"]
        return request.replace(meta=meta, dont_filter=True)
