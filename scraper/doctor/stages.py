"""The stages of a crawl, run for one post of a platform until one fails."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path

from scrapy.http import Response

from scraper.crawl.resolver import Resolver
from scraper.doctor.diagnosis import Check, CheckStatus, Culprit, advise, blame
from scraper.errors import Cause, ErrorCode, MediaCause, MediaError, PayloadError, ScraperError, SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.exchange import Exchange
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.sessions.keeper import SessionManager
from scraper.fetch.sink import Sink
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe, find_cause
from scraper.media.choice import choose
from scraper.media.transfer import Transfers
from scraper.media.verify import check_head
from scraper.model.policy import Policy
from scraper.model.post import Media, Post, Role, Variant
from scraper.model.ranking import is_playlist
from scraper.model.ref import Ref
from scraper.platform.cdn import find_rule, missing_cookies
from scraper.platform.contract import Platform
from scraper.platform.refusal import Refusal
from scraper.platform.registry import recogniser
from scraper.runtime.engine import Send
from scraper.runtime.pauses import Pauses

STAGES = ("link", "session", "page", "payload", "cdn")
LIMIT = 60.0
"""Seconds a stage may take."""
_MOST = 2**40
"""A limit in bytes that no file reaches: the doctor does not check sizes."""


class _EnoughError(Exception):
    """Raised to stop the transfer: the first bytes are there and of the right type."""


class Canary:
    """The post of *link*, and the results of its stages."""

    def __init__(
        self,
        platform: Platform,
        link: str,
        *,
        send: Send,
        switch: Callable[[str], bool],
        sessions: SessionManager,
        proxies: Proxies,
        pauses: Pauses,
        transfers: Transfers,
    ) -> None:
        self._platform, self._link = platform, link
        self._send, self._sessions, self._proxies = send, sessions, proxies
        self._pauses, self._transfers = pauses, transfers
        self._resolver = Resolver(
            send=send,
            platforms={platform.name: platform},
            recogniser=recogniser([platform], only=platform.name),
            switch=switch,
        )
        self.skew: float | None = None
        """Seconds by which this machine's clock is ahead of the platform's."""
        self._ref: Ref
        self._exchange: Exchange
        self._post: Post

    async def run(self) -> AsyncIterator[Check]:
        """Yield the check of each stage; the first that fails is the last."""
        stages = (self._find_link, self._get_session, self._get_page, self._read_payload, self._get_bytes)
        for name, stage in zip(STAGES, stages, strict=True):
            began = time.monotonic()
            try:
                async with asyncio.timeout(LIMIT):
                    check = Check(name=name, says=await stage())
            except (ScraperError, TimeoutError, *NETWORK_ERRORS) as error:
                check = self._explain(name, error)
            check.platform, check.seconds = self._platform.name, time.monotonic() - began
            yield check
            if check.status is CheckStatus.FAIL:
                return

    async def _find_link(self) -> str:
        found = recogniser([self._platform], only=self._platform.name).find(self._link)
        refs = [each for each in found if isinstance(each, Ref) and each.kind in self._platform.kinds]
        if not refs:
            raise SeedError(ErrorCode.NO_URL, raw_message=f"{self._link[:80]} is no link of a post")
        self._ref = refs[0]
        return f"{self._ref.kind} {self._ref.id}"

    async def _get_session(self) -> str:
        rules, ask = self._platform.session, ask_of(self._resolver.begin(self._ref).request)
        if rules is None or not (ask.via.needs_session or ask.is_guest):
            return "none needed for most posts"
        session = await self._sessions.get(self._platform, rules)
        age = time.time() - session.born
        kind = f"the account of {session.service}" if session.service else "a guest"
        return f"{kind}, {'from disk' if age > LIMIT else 'new'}, {session.state}"

    async def _get_page(self) -> str:
        request = self._resolver.begin(self._ref).request
        replace(ask_of(request), dont_retry=True).put_on(request)
        sent = time.time()
        response = await self._send(request)
        self._exchange = Exchange(response)
        self._note_clock(response, (sent + time.time()) / 2)
        if response.status in (401, 403, 451):
            raise replace(Refusal.of_status(response.status), code=None).to_error()
        if response.status == 429:
            raise SeedError(ErrorCode.RATE_LIMITED, raw_code="429", raw_message="status 429")
        if response.status >= 500:
            words = f"status {response.status}"
            raise SeedError(ErrorCode.TIMEOUT, raw_code=str(response.status), raw_message=words, cause=Cause.SERVER)
        return f"status {response.status}, {len(response.body)} bytes, by {ask_of(request).via}"

    def _note_clock(self, response: Response, now: float) -> None:
        date = (response.headers.get("Date") or b"").decode("latin-1")
        try:
            self.skew = now - parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError):
            self.skew = None

    async def _read_payload(self) -> str:
        self._post = post = await self._resolver.read(self._resolver.begin(self._ref), self._exchange)
        variants = sum(len(medium.variants) for medium in post.media)
        return f"{post.kind} with {len(post.media)} media, {variants} variants"

    async def _get_bytes(self) -> str:
        medium, variant = self._choose()
        source, first = (variant.segments[0] if variant.segments else variant), None
        for url in (source.url, *source.backup_urls):
            try:
                await self._touch(medium, variant, url)
            except MediaError as error:
                first = first or self._refine(error, variant, url)
            else:
                quality = variant.quality or variant.codec or "the only quality"
                return f"the first bytes of {medium.role} {medium.index} ({quality}) are there"
        assert first is not None
        raise first

    async def _touch(self, medium: Media, variant: Variant, url: str) -> None:
        """Fetch the first bytes, and return if they are of the right kind; raise MediaError."""

        def accept(head: bytes) -> None:
            check_head(head, medium.role)
            raise _EnoughError

        with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
            sink = Sink(path=Path(folder) / "head", maxsize=_MOST, idle_timeout=LIMIT / 2, accept=accept)
            with suppress(_EnoughError):
                await self._transfers.run(self._platform, self._exchange.session, variant, url, sink)

    def _choose(self) -> tuple[Media, Variant]:
        """Return the variant that a crawl would fetch first, leaving out playlists."""
        policy = Policy()
        for medium in self._post.media:
            if medium.role in (Role.VIDEO, Role.IMAGE, Role.AUDIO):
                joined = any(other.joins == medium.index for other in self._post.media)
                for choice in choose(medium, policy, is_joined=joined):
                    for each in (choice, *choice.fallbacks):
                        if not is_playlist(medium.variants[each.variant]):
                            return medium, medium.variants[each.variant]
        raise SeedError(ErrorCode.NO_MEDIA, raw_message="the post holds no media")

    def _refine(self, error: MediaError, variant: Variant, url: str) -> ScraperError:
        """Distinguish a refusal for a missing cookie from a refusal of this network."""
        rule = find_rule(self._platform.cdn, url)
        if error.cause is MediaCause.FORBIDDEN and rule is not None and (missing := missing_cookies(rule, variant)):
            return SeedError(ErrorCode.CHALLENGE, raw_message=f"the answer did not set {', '.join(missing)}")
        return error

    def _explain(self, stage: str, error: BaseException) -> Check:
        """Return the check of a stage that failed with *error*."""
        signs = stage != "link" and ask_of(self._resolver.begin(self._ref).request).capture is not None
        if isinstance(error, TimeoutError):
            if self._pauses.is_paused(self._platform.name):
                error = SeedError(ErrorCode.RATE_LIMITED, raw_message="the platform asked to be left alone")
            else:
                error = SeedError(ErrorCode.TIMEOUT, raw_message=f"nothing came within {LIMIT:.0f} s")
        elif not isinstance(error, ScraperError):
            error = SeedError(ErrorCode.TIMEOUT, raw_message=describe(error), cause=find_cause(error))
        assert isinstance(error, ScraperError)
        culprit = blame(error, signs=signs)
        proxies = self._proxies
        if culprit is Culprit.NETWORK and proxies.is_buried(proxies.of_platform(self._platform.name)):
            culprit = Culprit.PROXY
        if stage == "link":
            culprit = Culprit.SETTING
        return Check(
            name=stage, says=_describe(error), status=CheckStatus.FAIL, culprit=culprit, advice=advise(culprit)
        )


def _describe(error: ScraperError) -> str:
    if isinstance(error, PayloadError):
        return f"the answer has no {error.path}: {error.problem}"
    if isinstance(error, SeedError):
        code = f" ({error.raw_code})" if error.raw_code else ""
        return f"{error.code}{code}: {error.raw_message or 'the platform says no more'}"
    return str(error)
