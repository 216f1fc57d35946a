"""The sessions of a run: loaded from disk, minted by a real visit if needed, replaced if refused."""

import asyncio
import logging
import time
import uuid
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.statscollectors import StatsCollector

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.session import Session, SessionState
from scraper.fetch.sessions.accounts import Accounts, Release
from scraper.fetch.sessions.files import SessionFiles
from scraper.fetch.sessions.minting import SessionMinter, keep_own
from scraper.fetch.sessions.options import SessionOptions
from scraper.fetch.sessions.pool import SessionPool
from scraper.platform.contract import Platform
from scraper.platform.session_rules import SessionRules, TokenRules

logger = logging.getLogger(__name__)

Rules = SessionRules | TokenRules
_BACKOFF = 60
"""Seconds during which a failed mint is not tried again."""


class SessionManager:
    """A pool of guests per platform, and the user's own accounts; callers wait while a session is minted."""

    def __init__(
        self,
        options: SessionOptions,
        *,
        files: SessionFiles,
        minter: SessionMinter,
        accounts: Accounts,
        proxies: Proxies,
        stats: StatsCollector,
        release: Release,
    ) -> None:
        """*release* is called with a session that is retired or rests for a while."""
        self._options = options
        self._files = files
        self._mint = minter
        self._accounts = accounts
        self._proxies = proxies
        self._stats = stats
        self._release = release
        self._pools: dict[str, SessionPool] = {}
        self._rules: dict[str, Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._failed: dict[str, tuple[float, SeedError]] = {}
        self._believed: set[str] = set()
        """Platforms that have accepted a session in this run."""
        self._vacant: dict[str, list[str | None]] = {}
        """Proxies to reuse: a refused session's replacement keeps its proxy."""

    async def get(self, platform: Platform, rules: Rules) -> Session:
        """Return the session to use now, a user's before a guest's; raise SeedError if none can be created."""
        session = await self.find_member(platform, rules)
        if session is None:
            session = await self._get_guest(platform, self._limit(rules))
        session.uses += 1
        return session

    async def find_member(self, platform: Platform, rules: Rules) -> Session | None:
        """Return the session of the user's own account, None if there is no accepted one."""
        session = self._accounts.find(platform)
        if session is None or _has_visited(session) or isinstance(rules, TokenRules):
            return session
        async with self._lock(session.id):
            if not _has_visited(session) and session.is_usable(time.time()):
                try:
                    await self._mint.fill(platform, rules, session)
                except SeedError as error:
                    self.refuse(platform, session, error.raw_message or str(error))
        return session if session.is_usable(time.time()) else None

    def can_use(self, session: Session) -> bool:
        """Whether *session* is usable and its proxy lives."""
        return session.is_usable(time.time()) and self._has_proxy(session)

    def succeed(self, session: Session) -> None:
        """Note that the platform accepted a request of *session*."""
        before = session.state
        self._believed.add(session.platform)
        session.succeed()
        self._count_state(session, before)
        self._accounts.note(session, None)

    def doubt(self, session: Session) -> None:
        """Note that a request of *session* had no answer."""
        before = session.state
        session.doubt()
        self._count_state(session, before)

    def refuse(self, platform: Platform, session: Session, reason: str, *, is_first: bool = True) -> None:
        """
        Note that the platform refused *session*: it must cool off, or is retired.

        If the platform accepts other sessions, a request that was already refused with another session proves nothing
        against this one: then (not *is_first*) it only lowers the score a little.
        """
        if not is_first and platform.name in self._believed:
            self.doubt(session)
            return
        before = session.state
        session.refuse(time.time())
        self._accounts.note(session, reason)
        if session.state is before:
            return
        if session.service is None:
            self._vacant.setdefault(platform.name, []).append(session.proxy)
        if session.state is SessionState.RETIRED:
            self._retire(platform, session)
        else:
            self._count_state(session, before)
            logger.info("%s rests for %.0f s: %s", session.id, session.until - time.time(), reason)
            self._release(session=session)
            self._save(session)

    async def _get_guest(self, platform: Platform, rules: Rules) -> Session:
        pool = self._pool(platform, rules)
        session = pool.pick(rules, time.time(), self._has_proxy)
        lock = self._lock(platform.name)
        if session is not None and (lock.locked() or pool.is_full(rules, time.time())):
            return session
        async with lock:
            session = pool.pick(rules, time.time(), self._has_proxy)
            if session is not None and pool.is_full(rules, time.time()):
                return session
            try:
                return await self._make(platform, rules, pool)
            except SeedError:
                if session is None or not session.is_usable(time.time()):
                    raise
                return session

    async def _make(self, platform: Platform, rules: Rules, pool: SessionPool) -> Session:
        """Renew a session near its end, else mint one; raise SeedError, the same one again during the backoff."""
        since, error = self._failed.get(platform.name, (0.0, None))
        if error is not None and time.monotonic() - since < _BACKOFF:
            raise error
        worn = pool.worn(rules, time.time())
        try:
            session = await self._mint_one(platform, rules, worn)
        except SeedError as failure:
            if worn is not None:
                self._retire(platform, worn)
            self._failed[platform.name] = (time.monotonic(), failure)
            self._count("session/failed", platform.name)
            raise
        gone = [worn] if worn is not None else []
        for each in (*gone, *pool.add(session, time.time())):
            self._retire(platform, each)
        self._save(session)
        return session

    async def _mint_one(self, platform: Platform, rules: Rules, worn: Session | None) -> Session:
        """Return a new session: *worn* visits the site again with its cookies; if that fails, mint a new guest."""
        if worn is not None and isinstance(rules, SessionRules) and self._has_proxy(worn):
            session = self._blank(platform, user_agent=worn.user_agent, proxy=worn.proxy, storage=worn.storage)
            try:
                await self._fill(platform, rules, session)
            except SeedError as failure:
                logger.info("%s could not be renewed: %s", worn.id, failure)
            else:
                if not session.is_stale(rules, time.time()):
                    self._count("session/renewed", platform.name)
                    logger.info("renewed guest session %s as %s", worn.id, session.id)
                    return session
                self._give_up(session)  # a visit does not renew the cookies that are about to expire
        while True:
            session = self._blank(platform, user_agent="", proxy=self._choose_proxy(platform.name), storage={})
            try:
                await self._fill(platform, rules, session)
            except SeedError:
                if self._has_proxy(session):
                    raise
                continue  # the proxy, not the platform, was the cause, and there is another proxy
            self._count("session/minted", platform.name)
            logger.info("minted guest session %s", session.id)
            return session

    async def _fill(self, platform: Platform, rules: Rules, session: Session) -> None:
        try:
            await self._mint.fill(platform, rules, session)
        except SeedError:
            self._give_up(session)
            raise
        self._count(f"session/{platform.name}", session.state)

    def _choose_proxy(self, platform: str) -> str | None:
        vacant = self._vacant.get(platform, [])
        while vacant:
            proxy = vacant.pop()
            if not self._proxies.is_dead(proxy):
                return proxy
        return self._proxies.assign(platform)

    def _give_up(self, session: Session) -> None:
        session.state = SessionState.RETIRED
        self._release(session=session)

    def _blank(self, platform: Platform, **own: Any) -> Session:
        name = f"{platform.name}-{uuid.uuid4().hex[:8]}"
        return Session(id=name, platform=platform.name, born=time.time(), **own)

    def _pool(self, platform: Platform, rules: Rules) -> SessionPool:
        """Return the pool of *platform*, with the sessions of earlier runs that this one can use."""
        if platform.name in self._pools:
            return self._pools[platform.name]
        pool = self._pools[platform.name] = SessionPool(self._options.pool, self._options.uses)
        self._rules[platform.name] = rules
        now = time.time()
        for session in self._files.load(platform.name):
            if session.state is SessionState.RETIRED or not self._proxies.knows(session.proxy):
                continue
            if pool.is_worn(session, rules, now) and not 0 <= now - session.born <= rules.max_age:
                self._files.delete(session)
                continue
            self._count("session/reused", platform.name)
            for each in pool.add(session, now):
                self._retire(platform, each)
        return pool

    def _limit(self, rules: Rules) -> Rules:
        """Return *rules* with the age limit of SESSION_AGE."""
        age = self._options.age
        return replace(rules, max_age=min(age, rules.max_age)) if age else rules

    def _has_proxy(self, session: Session) -> bool:
        return not self._proxies.is_dead(session.proxy)

    def _retire(self, platform: Platform, session: Session) -> None:
        self._pools[platform.name].drop(session)
        self._files.delete(session)
        self._count("session/retired", platform.name)
        self._count(f"session/{platform.name}", SessionState.RETIRED)
        self._release(session=session)

    def _save(self, session: Session) -> None:
        """Save a guest for the next run; a user's cookies stay in their own file."""
        if session.service is None:
            self._files.save(session)

    def keep_changes(self, session: Session) -> None:
        """Save *session* after the browser has stored its newest cookies in it."""
        rules = self._rules.get(session.platform)
        if isinstance(rules, SessionRules):
            keep_own(session, rules)
        if session.state is not SessionState.RETIRED:
            self._save(session)

    def save_all(self) -> None:
        """Save every guest for the next run."""
        for pool in self._pools.values():
            for session in pool.sessions:
                self._save(session)

    def begin(self, request: Request) -> None:
        """Note that *request* is under way."""
        if (session := _user(request)) is not None:
            session.busy += 1

    def end(self, request: Request) -> None:
        """Note that *request* has ended."""
        if (session := _user(request)) is not None:
            session.busy -= 1

    def _count_state(self, session: Session, before: SessionState) -> None:
        if session.state is not before:
            self._count(f"session/{session.platform}", session.state)

    def _count(self, key: str, name: str) -> None:
        self._stats.inc_value(f"{key}/{name}")

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def _has_visited(session: Session) -> bool:
    return bool(session.user_agent)


def _user(request: Request) -> Session | None:
    """Return the session that *request* keeps busy in the browser."""
    ask = ask_of(request)
    return ask.session if ask.via.needs_session else None
