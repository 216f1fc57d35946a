"""The spider of every platform: seeds in, one Outcome a seed out."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.response import get_meta_refresh
from twisted.python.failure import Failure

from scraper.crawl.extract import Extractor
from scraper.envelopes.envelope import HYBRID
from scraper.envelopes.outcome import Outcome
from scraper.errors import ErrorCode, InterruptedRunError, PayloadError, SeedError, UsageError, to_bug
from scraper.fetch.ask import Ask, ask_of
from scraper.fetch.exchange import Exchange
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe, find_cause
from scraper.ledger.interface import Lease
from scraper.links.recogniser import Recogniser
from scraper.links.shortlinks import next_hop
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.platform.contract import Platform
from scraper.platform.registry import load, recogniser
from scraper.runs.answers import RawFiles
from scraper.runs.lifecycle import JOIN
from scraper.runs.pacing import Pacer
from scraper.runs.recorder import Recorder
from scraper.runtime import signals
from scraper.runtime.services import RuntimeServices
from scraper.seeds.arguments import check_arguments
from scraper.seeds.lines import parse_lines, split_text
from scraper.seeds.lists import is_url, pick_seeds, read_answer, read_seeds, source_of
from scraper.system.ahead import read_ahead
from scraper.text.redaction import strip_query

_ABOUT_POSTS = frozenset(
    {ErrorCode.REMOVED, ErrorCode.PRIVATE, ErrorCode.GEO_BLOCKED, ErrorCode.USER_GONE, ErrorCode.LOGIN_REQUIRED}
)
"""What is said of a post, whoever asks."""
_LOOK = 1.0
"""Seconds between two looks at whether another worker has brought the list in."""


class PlatformSpider(Spider):
    """Opens at most OPEN_SEEDS seeds at a time; every seed ends as exactly one Outcome."""

    platform: ClassVar[Platform | None] = None
    """None = every platform there is."""

    def __init__(
        self,
        urls: str | None = None,
        seeds: str | None = None,
        column: str | None = None,
        shard: str | None = None,
        **extra: Any,
    ) -> None:
        check_arguments(urls, seeds, extra, column=column, shard=shard, may_join=True)
        super().__init__()
        self.urls = urls
        self.seeds = seeds
        self.column = column
        self.shard = shard
        self._recogniser: Recogniser
        self._extractors: dict[str, Extractor]
        self._platforms: dict[str, Platform]

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Give every platform its own slots."""
        super().update_settings(settings)
        slots = [platform.slots for platform in cls._choose(settings).values()]
        named = {name: dict(slot) for each in slots for name, slot in each.items()}
        settings.set("DOWNLOAD_SLOTS", named, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "PlatformSpider":
        """Return the spider for *crawler*; raise UsageError for arguments that cannot be used."""
        spider: PlatformSpider = super().from_crawler(crawler, *args, **kwargs)
        spider._platforms = cls._choose(crawler.settings)
        spider._extractors = {name: Extractor(crawler, platform) for name, platform in spider._platforms.items()}
        known = load(tuple(crawler.settings.getlist("SPIDER_MODULES")))
        spider._recogniser = recogniser(known.values(), only=None if cls.platform is None else cls.platform.name)
        crawler.signals.connect(spider._free_place, signals.seed_finished)
        return spider

    def _free_place(self, seed_id: str) -> None:
        """Let another seed be opened; the crawler has its stats only once the spider is made."""
        Pacer.of(self.crawler).end(seed_id)

    @classmethod
    def _choose(cls, settings: BaseSettings) -> dict[str, Platform]:
        if cls.platform is not None:
            return {cls.platform.name: cls.platform}
        return load(tuple(settings.getlist("SPIDER_MODULES")))

    async def start(self) -> AsyncIterator[Request]:
        """Load the seeds into the ledger, and yield one request for each that leads somewhere as its turn comes."""
        loading = asyncio.ensure_future(self._load())
        try:
            async for lease in Pacer.of(self.crawler).leases(self._outputs.ledger, loading):
                request = await self._open_seed(lease)
                if request is not None:
                    yield request
        except (UsageError, OSError, sqlite3.Error) as error:
            self._outputs.give_up(error)
        finally:
            loading.cancel()

    async def parse_post(
        self, response: Response, seed: Seed, ref: Ref, started: float, first: SeedError | None = None
    ) -> AsyncIterator[Outcome]:
        """Read the answer that should hold the post; *first* is why this is the last try."""
        outcome, exchange = Outcome(seed=seed, ref=ref, started=started), Exchange(response)
        try:
            outcome.post = await self._extractors[ref.platform].finish(ref, exchange)
        except (SeedError, PayloadError) as error:
            outcome.error = error if first is None else _join(first, error, response.url)
        except InterruptedRunError:
            return
        outcome.session = exchange.session
        RawFiles.of(self.crawler).keep(outcome, self._platforms[ref.platform], exchange)
        yield outcome

    async def parse_short(
        self, response: Response, seed: Seed, ref: Ref, started: float, hops: int
    ) -> AsyncIterator[Request | Outcome]:
        """Read where a short link leads: the post, or one more hop."""
        try:
            target = next_hop(self._recogniser, response.url, response.status, _location(response), hops)
        except SeedError as error:
            yield Outcome(seed=seed, ref=ref, started=started, error=error)
            return
        if isinstance(target, str):
            yield self._short_request(target, seed=seed, ref=ref, started=started, hops=hops + 1)
            return
        try:
            request = await self._post_request(seed, target, started)
        except SeedError as error:
            yield Outcome(seed=seed, ref=target, started=started, error=error)
            return
        if request is not None:
            yield request

    def on_error(self, failure: Failure) -> Iterator[Any]:
        """Turn a request without an answer into the seed's outcome, or into the platform's last try."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        if isinstance(failure.value, InterruptedRunError):
            return
        kwargs, error = request.cb_kwargs, _to_error(failure.value)
        if "first" in kwargs:
            error = _join(kwargs["first"], error, request.url)
        elif isinstance(error, SeedError) and (last := self._last_request(request, error)) is not None:
            yield last
            return
        yield Outcome(seed=kwargs["seed"], ref=kwargs["ref"], started=kwargs["started"], error=error)

    def _last_request(self, request: Request, error: SeedError) -> Request | None:
        """Return the platform's last try after *request*, which no session was believed for."""
        ref: Ref = request.cb_kwargs["ref"]
        platform, before = self._platforms[ref.platform], ask_of(request)
        if ref.kind not in platform.kinds or not (before.refused or error.code is ErrorCode.CHALLENGE):
            return None
        last = platform.last_request(ref)
        if last is None:
            return None
        refused = before.refused_by(error).refused
        replace(ask_of(last), platform=platform.name, refused=refused).put_on(last)
        kwargs = {**request.cb_kwargs, "first": error}
        return last.replace(callback=self.parse_post, errback=self.on_error, cb_kwargs=kwargs, dont_filter=True)

    @property
    def _outputs(self) -> Recorder:
        return Recorder.of(self.crawler)

    @cached_property
    def source(self) -> str:
        """What tells one seed list from another."""
        has_list = self.urls is not None or self.seeds is not None
        return source_of(self.urls, self.seeds, self.column, self.shard) if has_list else JOIN

    async def _load(self) -> None:
        """Bring the list into the ledger; what is there from an earlier process stays as it is."""
        ledger, pacer = self._outputs.ledger, Pacer.of(self.crawler)
        is_waiting = False
        while not (await ledger.run()).loaded:
            if self.source == JOIN or not await ledger.may_load():
                if not is_waiting:
                    self.logger.info("another worker brings the list in")
                    is_waiting = True
                await asyncio.sleep(_LOOK)
                continue
            seeds = await self._fetch_seeds() if is_url(self.seeds) else self._read_seeds()
            async for batch in read_ahead(pick_seeds(seeds, self.shard)):
                await ledger.load(batch)
                pacer.wake()
            await ledger.loaded()
        RuntimeServices.of(self.crawler).progress.total = sum((await ledger.counts()).values())
        pacer.wake()

    async def _fetch_seeds(self) -> Iterator[Seed]:
        """Get the list from its URL; raise UsageError when that is not possible."""
        try:
            assert self.crawler.engine is not None
            request = Ask(is_list=True).request(str(self.seeds), slot="seed-list")
            response = await self.crawler.engine.download_async(request)
        except (SeedError, IgnoreRequest, *NETWORK_ERRORS) as error:
            raise UsageError(f"seeds: {strip_query(str(self.seeds))} cannot be had: {describe(error)}") from error
        if response.status != 200:
            problem = f"seeds: {strip_query(str(self.seeds))} answered {response.status}"
            raise UsageError(f"{problem}: give the address of the list itself")
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        most = self.settings.getint("DOWNLOAD_MAXSIZE") or None
        return read_answer(str(self.seeds), kind, response.body, self._recogniser, self.column, most)

    def _read_seeds(self) -> Iterator[Seed]:
        if self.urls is not None:
            return parse_lines(split_text(self.urls), self._recogniser)
        return read_seeds(str(self.seeds), self._recogniser, self.column)

    async def _open_seed(self, lease: Lease) -> Request | None:
        started, seed = time.monotonic(), lease.seed
        self.crawler.stats.inc_value("seeds/opened")
        try:
            if lease.is_poison:
                raise SeedError(ErrorCode.POISON, raw_message=f"open {lease.deaths} times when the process died")
            if seed.ref is None:
                raise SeedError(seed.rejected or ErrorCode.NO_URL, raw_message=seed.problem or self._advise(seed))
            if seed.ref.kind == "short":
                Pacer.of(self.crawler).open(seed.id, seed.ref.platform)
                return self._short_request(seed.ref.url, seed=seed, ref=seed.ref, started=started, hops=1)
            return await self._post_request(seed, seed.ref, started)
        except SeedError as error:
            await self._outputs.finish(Outcome(seed=seed, ref=seed.ref, started=started, error=error))
            return None

    def _advise(self, seed: Seed) -> str | None:
        """Return which spider takes the link of another platform."""
        if seed.rejected is not ErrorCode.HOST_NOT_ALLOWED or seed.platform is None:
            return None
        known = [name for name in (seed.platform, HYBRID) if name in self._spiders]
        return f"use the spider {' or '.join(known)}" if known else "no spider takes it yet"

    @cached_property
    def _spiders(self) -> list[str]:
        return get_spider_loader(self.settings).list()

    async def _post_request(self, seed: Seed, ref: Ref, started: float) -> Request | None:
        """Return the request for *ref*, or None where another seed asks for the same post already."""
        platform = self._platforms.get(ref.platform)
        if platform is None or ref.kind not in platform.kinds:
            raise SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=ref.kind)
        if not await self._outputs.claim(Outcome(seed=seed, ref=ref, started=started)):
            return None
        Pacer.of(self.crawler).open(seed.id, ref.platform)
        request = self._extractors[ref.platform].request(ref)
        kwargs = {"seed": seed, "ref": ref, "started": started}
        return request.replace(callback=self.parse_post, errback=self.on_error, cb_kwargs=kwargs, dont_filter=True)

    def _short_request(self, url: str, *, ref: Ref, **kwargs: Any) -> Request:
        request = Ask(platform=ref.platform).request(url, slot=f"{ref.platform}-short")
        return request.replace(callback=self.parse_short, errback=self.on_error, cb_kwargs={"ref": ref, **kwargs})


def _location(response: Response) -> str:
    """Return where *response* leads: by its header, or, as some short links lead a browser, by its page."""
    header = (response.headers.get("Location") or b"").decode("latin-1")
    if header or response.status != 200 or not isinstance(response, TextResponse):
        return header
    try:
        return get_meta_refresh(response, ignore_tags=())[1] or ""
    except ValueError:  # what is no URL
        return ""


def _join(first: SeedError, last: SeedError | PayloadError, url: str) -> SeedError:
    """Return what the *last* try, at *url*, says of the post; where that is nothing, the *first* error, both told."""
    if isinstance(last, SeedError) and last.code in _ABOUT_POSTS:
        return last
    words = last.raw_message or last.code if isinstance(last, SeedError) else str(last)
    told = f"{first.raw_message or first.code}; {urlsplit(url).hostname}: {words}"
    return SeedError(first.code, raw_code=first.raw_code, raw_message=told, cause=first.cause)


def _to_error(error: BaseException | None) -> SeedError | PayloadError:
    """Return what a request failed with as the error of its seed."""
    if isinstance(error, SeedError | PayloadError):
        return error
    if isinstance(error, NETWORK_ERRORS):
        return SeedError(
            ErrorCode.TIMEOUT, raw_code=type(error).__name__, raw_message=describe(error), cause=find_cause(error)
        )
    return to_bug(error)
