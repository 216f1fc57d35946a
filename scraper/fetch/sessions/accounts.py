"""The user's own cookies as sessions: read before every use, so that an edit on disk affects the next request."""

import logging
import time
import uuid
from dataclasses import dataclass
from typing import Protocol

from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector

from scraper.fetch.network.proxies import Proxies
from scraper.fetch.session import Session, SessionState
from scraper.fetch.sessions.cookie_store import CookieStore
from scraper.fetch.sessions.cookie_text import Cookie, CookieError, fingerprint, show_time, stale_reason
from scraper.fetch.sessions.options import COOKIES_DIR, SESSION_DIR
from scraper.platform.accounts import CookieService
from scraper.platform.contract import Platform

logger = logging.getLogger(__name__)


class Release(Protocol):
    """Notifies all listeners that *session* is retired or rests for a while."""

    def __call__(self, *, session: Session) -> object: ...


NOTES = "accounts.json"
"""File in SESSION_DIR: the platforms' last answer to the user's cookies."""


@dataclass(slots=True)
class _Account:
    cookies: str
    """Fingerprint of the cookies: a different set is a different session."""
    session: Session
    noted: str = ""
    """The last noted outcome."""


def open_store(settings: BaseSettings) -> CookieStore:
    """Return the store of the user's cookies, from COOKIES_DIR and SESSION_DIR."""
    return CookieStore(COOKIES_DIR.read(settings), SESSION_DIR.read(settings) / NOTES)


class Accounts:
    """Finds the session of a user; reports unusable cookies once, and the crawl continues as a guest."""

    def __init__(self, store: CookieStore, *, proxies: Proxies, stats: StatsCollector, release: Release) -> None:
        """*release* is called with a session that is never used again."""
        self._store = store
        self._proxies = proxies
        self._stats = stats
        self._release = release
        self._known: dict[str, _Account] = {}
        self._told: dict[str, str] = {}

    def find(self, platform: Platform) -> Session | None:
        """Return the session of the first service whose cookies can be used now."""
        now = time.time()
        for service in platform.accounts:
            cookies = self._read(service, now)
            session = self._session(platform, service, cookies) if cookies else None
            if session is not None and session.is_usable(now) and not self._proxies.is_dead(session.proxy):
                return session
        return None

    def note(self, session: Session, refusal: str | None) -> None:
        """Save the platform's answer to the cookies; report a *refusal*, once for each reason."""
        account = self._known.get(session.service or "")
        if account is None or account.session is not session:
            return
        outcome = "ok" if refusal is None else f"refused: {refusal}"
        if outcome == account.noted:
            return
        account.noted, now = outcome, time.time()
        service = session.service or ""
        self._store.note(service, account.cookies, outcome, now)
        if refusal is not None:
            self._report(service, f"refused on {show_time(now)}: {refusal}")

    def _read(self, service: CookieService, now: float) -> tuple[Cookie, ...] | None:
        """Return the current cookies of *service* on disk, None if there are no usable ones."""
        try:
            cookies = self._store.read(service)
        except CookieError as error:
            self._report(service.name, str(error))
            return None
        if not cookies:
            self._forget(service.name)
            return None
        reason = stale_reason(cookies, service, now)
        if reason is not None:
            self._report(service.name, f"{self._store.path(service)}: {reason}")
            return None
        return cookies

    def _session(self, platform: Platform, service: CookieService, cookies: tuple[Cookie, ...]) -> Session:
        mark = fingerprint(cookies)
        account = self._known.get(service.name)
        if account is None or account.cookies != mark:
            self._forget(service.name)
            session = Session(
                id=f"{platform.name}-user-{uuid.uuid4().hex[:8]}",
                platform=platform.name,
                user_agent="",
                proxy=self._proxies.assign(platform.name),
                storage={"cookies": [cookie.to_storage() for cookie in cookies], "origins": []},
                born=time.time(),
                service=service.name,
            )
            account = self._known[service.name] = _Account(mark, session)
            logger.info("%s: its cookies are used as session %s", service.name, session.id)
        return account.session

    def _forget(self, service: str) -> None:
        """Retire the session of cookies that were changed or cleared."""
        account = self._known.pop(service, None)
        if account is not None:
            self._told.pop(service, None)
            account.session.state = SessionState.RETIRED
            self._release(session=account.session)

    def _report(self, service: str, problem: str) -> None:
        if self._told.get(service) == problem:
            return
        self._told[service] = problem
        self._stats.inc_value(f"session/stale_cookies/{service}")
        advice = f"the crawl continues as a guest; `scrapy cookies set {service}` replaces them"
        logger.warning("the cookies for %s are not used: %s; %s", service, problem.removeprefix(f"{service}: "), advice)
