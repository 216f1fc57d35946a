"""Gives a request its session, and a refused one another try."""

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.errors import ErrorCode, SeedError
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session
from scraper.fetch.sessions.headers import attach_account, attach_token, strip_session
from scraper.fetch.sessions.keeper import Rules, SessionManager
from scraper.fetch.sessions.options import SessionOptions
from scraper.platform.contract import Platform
from scraper.platform.services import PlatformServices
from scraper.platform.session_rules import SessionRules, TokenRules

_BROWSER = frozenset({"page", "navigate", "mint"})


class SessionMiddleware:
    """A session for each request that asks for one; what an answer says of the session is noted."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._platforms = PlatformServices.of(crawler).platforms
        self._tries = SessionOptions.from_settings(crawler.settings).tries
        self._keeper = SessionManager.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SessionMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Attach a session; raise SeedError(challenge) when none can be had."""
        platform = self._platforms.get(request.meta.get("platform", ""))
        if platform is None:
            return
        rules, via = platform.session, request.meta.get("via", "http")
        if isinstance(rules, SessionRules) and via in _BROWSER:
            reads_cookies = any(rule.cookies for rule in platform.cdn)
            visit = BrowserScope(platform=platform.name, rules=rules, owns=platform.owns, reads_cookies=reads_cookies)
            request.meta["visit"] = visit
            if via != "mint":
                await self._give(request, platform, rules)
        elif isinstance(rules, TokenRules) and request.meta.get("guest"):
            attach_token(request, await self._give(request, platform, rules), rules)
        elif rules is not None and _is_for_members(request, rules):
            strip_session(request)
            member = await self._keeper.find_member(platform, rules)
            if member is not None:
                request.meta["session"] = member
                attach_account(request, member)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Answer a refusal with another session, then with a real navigation, then give up as ``challenge``."""
        platform = self._platforms.get(request.meta.get("platform", ""))
        session: Session | None = request.meta.get("session")
        if platform is None or platform.session is None or session is None:
            return response
        is_member = session.service is not None and _is_for_members(request, platform.session)
        if not (is_member or request.meta.get("via") in ("page", "navigate") or request.meta.get("guest")):
            return response  # it says nothing of the session: a media server's, or one that was asked without it
        reason = platform.refusal(response)
        if reason is None and session.service is not None:
            reason = platform.logged_out(response)
        if reason is None:
            self._keeper.succeed(session)
            return response
        return self._try_again(request, platform, platform.session, session, reason)

    def _try_again(self, request: Request, platform: Platform, rules: Rules, session: Session, reason: str) -> Request:
        """Return the request for another session; raise SeedError(challenge) once enough of them were refused."""
        via, tried = request.meta.get("via", "http"), list(request.meta.get("refused", []))
        self._crawler.stats.inc_value(f"session/refused/{platform.name}")
        self._crawler.stats.inc_value(f"session/refused/{platform.name}/{reason}")
        self._keeper.refuse(platform, session, reason, is_first=not tried)
        if len(tried) >= self._tries:
            history = ", ".join([*tried, f"{via}: {reason}"])
            problem = f"refused {len(tried) + 1} times ({history})"
            raise SeedError(ErrorCode.CHALLENGE, raw_code=_find_code(reason), raw_message=problem)
        meta = {key: value for key, value in request.meta.items() if key not in ("session", "visit")}
        if isinstance(rules, SessionRules) and via in _BROWSER:
            meta["via"] = "navigate" if len(tried) == self._tries - 1 else "page"
        meta["refused"] = [*tried, f"{via}: {reason}"]
        return request.replace(meta=meta, dont_filter=True)

    async def _give(self, request: Request, platform: Platform, rules: Rules) -> Session:
        """Return the session of *request*: its own while that can be used, else the best there is."""
        session: Session | None = request.meta.get("session")
        if session is None or not self._keeper.can_use(session):
            session = request.meta["session"] = await self._keeper.get(platform, rules)
        return session


def _find_code(reason: str) -> str | None:
    """Return the platform's own code where *reason* ends with one."""
    word = reason.rpartition(" ")[2].strip("()")
    return word if word.lstrip("-").isdigit() else None


def _is_for_members(request: Request, rules: Rules) -> bool:
    """Whether a user's cookies go along with the plain *request*."""
    if not isinstance(rules, SessionRules) or "sink" in request.meta or request.meta.get("via", "http") != "http":
        return False
    return urlsplit(request.url).hostname in rules.member_hosts
