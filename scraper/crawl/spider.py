"""The base class of all spiders: takes seeds, yields one Outcome for each."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader
from twisted.python.failure import Failure

from scraper.crawl.resolver import Resolver, Step
from scraper.crawl.seed_loader import SeedArguments, SeedLoader
from scraper.crawl.services import CrawlServices
from scraper.envelopes.envelope import HYBRID
from scraper.envelopes.outcome import Outcome
from scraper.errors import ErrorCode, InterruptedRunError, PayloadError, SeedError, UsageError
from scraper.fetch.exchange import Exchange
from scraper.ledger.interface import Lease
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.platform.contract import Platform
from scraper.platform.registry import load_platforms
from scraper.runs.services import RunServices
from scraper.runtime.services import RuntimeServices
from scraper.seeds.arguments import check_arguments


class PlatformSpider(Spider):
    """Opens at most OPEN_SEEDS seeds at a time; every seed ends as exactly one Outcome."""

    platform: ClassVar[type[Platform] | None] = None
    """The platform's class; each crawl makes its own instance. None = all platforms."""

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
        self.arguments = SeedArguments(urls=urls, seeds=seeds, column=column, shard=shard)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Give every platform its own slots."""
        super().update_settings(settings)
        chosen = load_platforms(settings).values() if cls.platform is None else (cls.platform,)
        named = {name: dict(slot) for platform in chosen for name, slot in platform.slots.items()}
        settings.set("DOWNLOAD_SLOTS", named, priority="spider")

    @cached_property
    def source(self) -> str:
        """A fingerprint of the seed list."""
        return self.arguments.source

    async def start(self) -> AsyncIterator[Request]:
        """Load the seeds into the ledger; yield one request for each seed with a ref, in the order of their leases."""
        loading = asyncio.ensure_future(self._load())
        try:
            async for lease in self._runs.pacer.leases(self._runs.recorder.ledger, loading):
                request = await self._open_seed(lease)
                if request is not None:
                    yield request
        except (UsageError, OSError, sqlite3.Error) as error:
            self._runs.recorder.give_up(error)
        finally:
            loading.cancel()

    async def parse_hop(
        self, response: Response, seed: Seed, step: Step, started: float
    ) -> AsyncIterator[Request | Outcome]:
        """Follow a short link to its post, or to one more hop."""
        ref = step.ref
        try:
            target = self._resolver.follow(step, response)
            if isinstance(target, Ref):
                ref = target
                request = await self._ask_for_post(seed, ref, started)
            else:
                request = self._request(target, seed, started)
        except SeedError as error:
            yield Outcome(seed=seed, ref=ref, started=started, error=error)
            return
        if request is not None:
            yield request

    async def parse_post(self, response: Response, seed: Seed, step: Step, started: float) -> AsyncIterator[Outcome]:
        """Read the answer that should hold the post."""
        outcome, exchange = Outcome(seed=seed, ref=step.ref, started=started), Exchange(response)
        try:
            outcome.post = await self._resolver.read(step, exchange)
        except (SeedError, PayloadError) as error:
            outcome.error = error
        except InterruptedRunError:
            return
        outcome.session = exchange.session
        platform = CrawlServices.of(self.crawler).platforms[step.ref.platform]
        self._runs.raw_files.keep(outcome, platform, exchange)
        yield outcome

    async def on_error(self, failure: Failure) -> AsyncIterator[Request | Outcome]:
        """Yield the platform's last try after a request without an answer; without a try left, the seed's outcome."""
        if isinstance(failure.value, InterruptedRunError):
            return
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        seed, step, started = (request.cb_kwargs[name] for name in ("seed", "step", "started"))
        step = replace(step, request=request)
        try:
            yield self._request(self._resolver.recover(step, failure.value), seed, started)
        except (SeedError, PayloadError) as error:
            yield Outcome(seed=seed, ref=step.ref, started=started, error=error)

    @property
    def _resolver(self) -> Resolver:
        return CrawlServices.of(self.crawler).resolver

    @property
    def _runs(self) -> RunServices:
        """Available once the crawl has begun: the crawler gets its stats after the spider is made."""
        return RunServices.of(self.crawler)

    async def _load(self) -> None:
        runtime, ledger = RuntimeServices.of(self.crawler), self._runs.recorder.ledger
        loader = SeedLoader(
            self.arguments,
            source=self.source,
            recogniser=CrawlServices.of(self.crawler).recogniser,
            send=runtime.send,
            max_bytes=self.settings.getint("DOWNLOAD_MAXSIZE") or None,
        )
        await loader.load(ledger, self._runs.pacer.wake)
        runtime.progress.total = sum((await ledger.counts()).values())
        self._runs.pacer.wake()

    async def _open_seed(self, lease: Lease) -> Request | None:
        started, seed = time.monotonic(), lease.seed
        self.crawler.stats.inc_value("seeds/opened")
        try:
            if lease.is_poison:
                raise SeedError(ErrorCode.POISON, raw_message=f"open {lease.deaths} times when the process died")
            if seed.ref is None:
                raise SeedError(seed.rejected or ErrorCode.NO_URL, raw_message=seed.problem or self._advise(seed))
            return await self._ask_for_post(seed, seed.ref, started)
        except SeedError as error:
            await self._runs.recorder.record(Outcome(seed=seed, ref=seed.ref, started=started, error=error))
            return None

    async def _ask_for_post(self, seed: Seed, ref: Ref, started: float) -> Request | None:
        """Return the first request for *ref*, or None if another seed has claimed the same post."""
        if ref.kind != "short":
            self._resolver.check(ref)
            claim = await self._runs.pacer.claim(self._runs.recorder.ledger, ref.key, seed.id)
            if not claim.is_first:
                await self._runs.recorder.repeat(Outcome(seed=seed, ref=ref, started=started), claim)
                return None
        self._runs.pacer.open(seed.id, ref.platform)
        return self._request(self._resolver.begin(ref), seed, started)

    def _request(self, step: Step, seed: Seed, started: float) -> Request:
        return step.request.replace(
            callback=self.parse_hop if step.hops else self.parse_post,
            errback=self.on_error,
            cb_kwargs={"seed": seed, "step": step, "started": started},
            dont_filter=True,
        )

    def _advise(self, seed: Seed) -> str | None:
        """Return advice on the spider that takes a link of another platform."""
        if seed.rejected is not ErrorCode.HOST_NOT_ALLOWED or seed.platform is None:
            return None
        known = [name for name in (seed.platform, HYBRID) if name in self._spiders]
        return f"use the spider {' or '.join(known)}" if known else "no spider takes it yet"

    @cached_property
    def _spiders(self) -> list[str]:
        return get_spider_loader(self.settings).list()
