"""Attach a session to a request, and try a refused request again."""

from dataclasses import replace
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scraper.errors import ErrorCode
from scraper.fetch.ask import Ask, RequestError, Via, ask_of
from scraper.fetch.scope import BrowserScope
from scraper.fetch.services import FetchServices
from scraper.fetch.session import Session
from scraper.fetch.sessions.headers import attach_account, attach_token, strip_session
from scraper.fetch.sessions.keeper import Rules
from scraper.fetch.sessions.options import SessionOptions
from scraper.platform.contract import Platform
from scraper.platform.refusal import Refusal
from scraper.platform.services import PlatformServices
from scraper.platform.session_rules import SessionRules, TokenRules


class SessionMiddleware:
    """Attaches a session to each request that needs one; notes the acceptance or refusal in its answer."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._platforms = PlatformServices.of(crawler).platforms
        self._tries = SessionOptions.from_settings(crawler.settings).tries
        self._sessions = FetchServices.of(crawler).sessions

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SessionMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Attach a session; raise SeedError(challenge) if none can be created."""
        ask = ask_of(request)
        platform = self._platforms.get(ask.platform)
        if platform is None:
            return
        rules = platform.session
        if isinstance(rules, SessionRules) and ask.via.is_browser:
            ask = replace(ask, scope=_scope(platform, rules))
            if ask.via.needs_session:
                ask = ask.as_session(await self._choose(ask, platform, rules))
            ask.put_on(request)
        elif isinstance(rules, TokenRules) and ask.is_guest:
            session = await self._choose(ask, platform, rules)
            ask.as_session(session).put_on(request)
            attach_token(request, session, rules)
        elif rules is not None and _is_for_members(request, rules):
            strip_session(request)
            member = await self._sessions.find_member(platform, rules)
            if member is not None:
                ask.as_session(member).put_on(request)
                attach_account(request, member)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """After a refusal try another session, then a real navigation, then raise SeedError(challenge)."""
        ask = ask_of(request)
        platform, session = self._platforms.get(ask.platform), ask.session
        if platform is None or platform.session is None or session is None:
            return response
        is_member = session.service is not None and _is_for_members(request, platform.session)
        if not (is_member or ask.via.needs_session or ask.is_guest):
            return response  # not about the session: from a media server, or to a request without one
        refusal = platform.refusal(response)
        if refusal is None and session.service is not None:
            refusal = platform.logged_out(response)
        if refusal is None:
            self._sessions.succeed(session)
            return response
        return self._try_again(request, platform, platform.session, session, refusal)

    def _try_again(
        self, request: Request, platform: Platform, rules: Rules, session: Session, refusal: Refusal
    ) -> Request:
        """Return the request for another session; raise SeedError(challenge) after too many refusals."""
        ask = ask_of(request)
        tried = len(ask.refused)
        self._crawler.stats.inc_value(f"session/refused/{platform.name}")
        self._crawler.stats.inc_value(f"session/refused/{platform.name}/{refusal}")
        self._sessions.refuse(platform, session, str(refusal), is_first=not tried)
        again = ask.refused_by(refusal)
        if tried >= self._tries:
            problem = f"refused {tried + 1} times ({', '.join(map(str, again.refused))})"
            raise RequestError(
                ErrorCode.CHALLENGE, ask, raw_code=refusal.code, raw_message=problem, cause=refusal.cause
            )
        if isinstance(rules, SessionRules) and ask.via.is_browser:
            again = replace(again, via=Via.NAVIGATE if tried == self._tries - 1 else Via.PAGE)
        return again.renew(request)

    async def _choose(self, ask: Ask, platform: Platform, rules: Rules) -> Session:
        """Return the session of *ask*: its own while usable, else the best available one."""
        if ask.session is not None and self._sessions.can_use(ask.session):
            return ask.session
        return await self._sessions.get(platform, rules)


def _scope(platform: Platform, rules: SessionRules) -> BrowserScope:
    reads_cookies = any(rule.cookies for rule in platform.cdn)
    return BrowserScope(platform=platform.name, rules=rules, owns=platform.owns, reads_cookies=reads_cookies)


def _is_for_members(request: Request, rules: Rules) -> bool:
    """Whether the plain *request* carries a user's cookies."""
    ask = ask_of(request)
    if not isinstance(rules, SessionRules) or ask.sink is not None or ask.via is not Via.HTTP:
        return False
    return urlsplit(request.url).hostname in rules.member_hosts
