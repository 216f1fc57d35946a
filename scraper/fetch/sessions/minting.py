"""Create guest sessions: by a real visit of the browser, or, if the platform needs none, by one token request."""

import json

from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Request, Response

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.fetch.ask import Ask, Via, ask_of
from scraper.fetch.session import Session
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe, find_cause
from scraper.platform.contract import Platform
from scraper.platform.refusal import Refusal
from scraper.platform.session_rules import SessionRules, TokenRules
from scraper.runtime.engine import Send


class SessionMinter:
    """Fills blank sessions and renews old ones."""

    def __init__(self, send: Send) -> None:
        self._send_once = send

    async def fill(self, platform: Platform, rules: SessionRules | TokenRules, session: Session) -> None:
        """Fill *session* with the cookies or token of *rules*; raise SeedError(challenge or timeout)."""
        if isinstance(rules, TokenRules):
            await self._ask_token(platform, rules, session)
        else:
            await self._visit(platform, rules, session)

    async def _visit(self, platform: Platform, rules: SessionRules, session: Session) -> None:
        response = await self._send(_request(platform, session, rules.mint_url, Via.MINT))
        if response.status != 200:
            problem = f"{rules.mint_url} did not set the guest cookies {', '.join(rules.wants)}"
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem, cause=Cause.SESSION)
        keep_own(session, rules)

    async def _ask_token(self, platform: Platform, rules: TokenRules, session: Session) -> None:
        request = _request(platform, session, rules.url, Via.HTTP).replace(method="POST", headers=dict(rules.headers))
        response = await self._send(request)
        try:
            token = json.loads(response.text)[rules.field]
        except (ValueError, TypeError, KeyError, AttributeError):
            token = None
        if not isinstance(token, str) or not token.isalnum():
            problem = f"{rules.url} sent no {rules.field}: status {response.status}"
            cause = Refusal.of_status(response.status).cause
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem, cause=cause)
        session.token = token

    async def _send(self, request: Request) -> Response:
        """Send *request*, a second time after a network error: a dead browser has been restarted by then."""
        try:
            try:
                return await self._send_once(request)
            except DownloadTimeoutError:
                raise
            except NETWORK_ERRORS:
                return await self._send_once(request.copy())
        except NETWORK_ERRORS as failure:
            where = "did not open in the browser" if ask_of(request).via is Via.MINT else "did not answer"
            problem = f"{request.url} {where}: {describe(failure)}"
            raise SeedError(ErrorCode.TIMEOUT, raw_message=problem, cause=find_cause(failure)) from failure


def _request(platform: Platform, session: Session, url: str, via: Via) -> Request:
    ask = Ask(platform=platform.name, via=via, session=session, dont_retry=True)
    return ask.request(url, slot=f"{platform.name}-mint")


def keep_own(session: Session, rules: SessionRules) -> None:
    """Drop cookies of other sites."""
    session.storage["cookies"] = [each for each in session.storage["cookies"] if _is_own(each["domain"], rules)]


def _is_own(domain: str, rules: SessionRules) -> bool:
    bare = domain.lstrip(".")
    return any(bare == own or bare.endswith("." + own) for own in rules.cookie_domains)
