"""Guest sessions of a run: found on disk, minted by a real visit when needed, replaced when refused."""

import asyncio
import json
import logging
import os
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from scraper import signals
from scraper.core.errors import ErrorCode, SeedError
from scraper.core.sessions import Session, SessionRules, TokenRules
from scraper.options import NetworkOptions
from scraper.platform import Platform
from scraper.transport.errors import NETWORK_ERRORS, describe

logger = logging.getLogger(__name__)

_BACKOFF = 60
"""Seconds during which a failed mint is not tried again."""


class SessionKeeper:
    """One guest session a platform; whoever asks while it is minted waits for the same one."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder = Path(crawler.settings["SESSION_DIR"]).expanduser()
        self._proxy = NetworkOptions.from_settings(crawler.settings).proxy
        self._current: dict[str, Session] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._failed: dict[str, tuple[float, SeedError]] = {}

    async def get(self, platform: Platform, rules: SessionRules | TokenRules) -> Session:
        """Return the session to use now; raise SeedError(challenge) when none can be had."""
        async with self._locks.setdefault(platform.name, asyncio.Lock()):
            session = self._current.get(platform.name)
            if session is None or session.is_stale(rules, time.time()):
                if session is not None:
                    self._crawler.signals.send_catch_log(signals.session_retired, session=session)
                session = self._load(platform, rules) if session is None else None
                self._current[platform.name] = session = session or await self._mint(platform, rules)
            session.uses += 1
            return session

    async def replace(self, platform: Platform, rules: SessionRules | TokenRules, refused: Session) -> None:
        """Drop *refused*, unless somebody did already."""
        async with self._locks.setdefault(platform.name, asyncio.Lock()):
            if self._current.get(platform.name) is refused:
                del self._current[platform.name]
                with suppress(OSError):
                    self._path(platform).unlink()
                self._count("session/retired", platform)
                self._crawler.signals.send_catch_log(signals.session_retired, session=refused)
                self._current[platform.name] = await self._mint(platform, rules)

    def _load(self, platform: Platform, rules: SessionRules | TokenRules) -> Session | None:
        """Return the session of an earlier run if it is still good for this one."""
        path = self._path(platform)
        try:
            found = path.stat()
            if found.st_mode & 0o077 or found.st_uid != os.getuid():
                logger.warning("%s can be read by others, so it is not used: chmod 600 it or delete it", path.name)
                return None
            session = Session.from_dict(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            logger.warning("%s is not a session of this version, so a new one is minted", path.name)
            return None
        if session.platform != platform.name or session.proxy != self._proxy or session.is_stale(rules, time.time()):
            return None
        self._count("session/reused", platform)
        return session

    async def _mint(self, platform: Platform, rules: SessionRules | TokenRules) -> Session:
        since, error = self._failed.get(platform.name, (0.0, None))
        if error is not None and time.monotonic() - since < _BACKOFF:
            raise error
        session = Session(
            id=f"{platform.name}-{uuid.uuid4().hex[:8]}",
            platform=platform.name,
            user_agent="",
            proxy=self._proxy,
            storage={},
            born=time.time(),
        )
        try:
            if isinstance(rules, TokenRules):
                await self._ask_token(platform, rules, session)
            else:
                await self._visit(platform, rules, session)
        except SeedError as failure:
            self._crawler.signals.send_catch_log(signals.session_retired, session=session)
            raise self._remember(platform, failure) from failure
        self._save(platform, session)
        self._count("session/minted", platform)
        logger.info("minted guest session %s", session.id)
        return session

    async def _visit(self, platform: Platform, rules: SessionRules, session: Session) -> None:
        """Fill *session* with the cookies of a real visit."""
        response = await self._send(platform, Request(rules.mint_url, meta={"via": "mint", "session": session}))
        if response.status != 200:
            problem = f"{rules.mint_url} did not set the guest cookies {', '.join(rules.wants)}"
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem)
        session.storage["cookies"] = [c for c in session.storage["cookies"] if _is_own(c["domain"], rules)]

    async def _ask_token(self, platform: Platform, rules: TokenRules, session: Session) -> None:
        """Fill *session* with the token that one request gives."""
        response = await self._send(platform, Request(rules.url, method="POST", headers=dict(rules.headers)))
        try:
            token = json.loads(response.text)[rules.field]
        except (ValueError, TypeError, KeyError, AttributeError):
            token = None
        if not isinstance(token, str) or not token.isalnum():
            problem = f"{rules.url} gave no {rules.field}: status {response.status}"
            raise SeedError(ErrorCode.CHALLENGE, raw_message=problem)
        session.token = token

    async def _send(self, platform: Platform, request: Request) -> Response:
        meta = {"platform": platform.name, "download_slot": f"{platform.name}-mint", "dont_retry": True}
        assert self._crawler.engine is not None
        try:
            return await self._crawler.engine.download_async(
                request.replace(meta={**request.meta, **meta}, dont_filter=True)
            )
        except NETWORK_ERRORS as failure:
            where = "did not open in the browser" if request.meta.get("via") == "mint" else "did not answer"
            problem = f"{request.url} {where}: {describe(failure)}"
            raise SeedError(ErrorCode.TIMEOUT, raw_message=problem) from failure

    def _remember(self, platform: Platform, error: SeedError) -> SeedError:
        self._failed[platform.name] = (time.monotonic(), error)
        self._count("session/failed", platform)
        return error

    def _save(self, platform: Platform, session: Session) -> None:
        """Write the session whole or not at all, for its owner alone; a run goes on without a file."""
        path = self._path(platform)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp: mode 0600, a name nobody can guess, and no link is followed
            handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(session), file)
            Path(part).replace(path)
        except OSError as error:
            logger.warning("the session is not kept for the next run: SESSION_DIR: %s", error.strerror)

    def _path(self, platform: Platform) -> Path:
        return self._folder / f"{platform.name}-guest.json"

    def _count(self, key: str, platform: Platform) -> None:
        self._crawler.stats.inc_value(f"{key}/{platform.name}")


def _is_own(domain: str, rules: SessionRules) -> bool:
    bare = domain.lstrip(".")
    return any(bare == own or bare.endswith("." + own) for own in rules.cookie_domains)
