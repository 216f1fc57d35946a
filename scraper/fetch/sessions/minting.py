"""How a session comes to be: a real visit by the browser, or, where guests need none, one request for a token."""

import json

from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response

from scraper.errors import ErrorCode, SeedError
from scraper.fetch.session import Session
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe
from scraper.platform.contract import Platform
from scraper.platform.session_rules import SessionRules, TokenRules


class SessionMinter:
    """Fills blank sessions, and renews old ones."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def fill(self, platform: Platform, rules: SessionRules | TokenRules, session: Session) -> None:
        """Give *session* what *rules* want; raise SeedError(challenge or timeout) saying why it is not had."""
        if isinstance(rules, TokenRules):
            await self._ask_token(platform, rules, session)
        else:
            await self._visit(platform, rules, session)

    async def _visit(self, platform: Platform, rules: SessionRules, session: Session) -> None:
        response = await self._send(platform, session, Request(rules.mint_url, meta={"via": "mint"}))
        if response.status != 200:
            problem = f"{rules.mint_url} did not set the guest cookies {', '.join(rules.wants)}"
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem)
        keep_own(session, rules)

    async def _ask_token(self, platform: Platform, rules: TokenRules, session: Session) -> None:
        request = Request(rules.url, method="POST", headers=dict(rules.headers))
        response = await self._send(platform, session, request)
        try:
            token = json.loads(response.text)[rules.field]
        except (ValueError, TypeError, KeyError, AttributeError):
            token = None
        if not isinstance(token, str) or not token.isalnum():
            problem = f"{rules.url} gave no {rules.field}: status {response.status}"
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem)
        session.token = token

    async def _send(self, platform: Platform, session: Session, request: Request) -> Response:
        """Send *request* as *session*: twice where the network broke, as a browser that died is started anew."""
        own = {"platform": platform.name, "download_slot": f"{platform.name}-mint", "dont_retry": True}
        request = request.replace(meta={**request.meta, **own, "session": session}, dont_filter=True)
        assert self._crawler.engine is not None
        try:
            try:
                return await self._crawler.engine.download_async(request)
            except DownloadTimeoutError:
                raise
            except NETWORK_ERRORS:
                return await self._crawler.engine.download_async(request.copy())
        except NETWORK_ERRORS as failure:
            where = "did not open in the browser" if request.meta.get("via") == "mint" else "did not answer"
            problem = f"{request.url} {where}: {describe(failure)}"
            raise SeedError(ErrorCode.TIMEOUT, raw_message=problem) from failure


def keep_own(session: Session, rules: SessionRules) -> None:
    """Drop cookies of other sites."""
    session.storage["cookies"] = [each for each in session.storage["cookies"] if _is_own(each["domain"], rules)]


def _is_own(domain: str, rules: SessionRules) -> bool:
    bare = domain.lstrip(".")
    return any(bare == own or bare.endswith("." + own) for own in rules.cookie_domains)
