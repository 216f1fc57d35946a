"""The output folder of a run: envelopes, records, raw answers, and the ledger behind them."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.signals import item_scraped

from scraper.envelopes.envelope import HYBRID, Context, Envelope, duplicate, failure, success
from scraper.envelopes.outcome import Outcome
from scraper.envelopes.shape import load_shape, shape_data
from scraper.errors import UsageError, is_disk_full
from scraper.ledger.interface import Ledger, State
from scraper.media.storage.sidecar import write_sidecar
from scraper.model.policy import Policy, policy_options
from scraper.model.record import to_record
from scraper.model.seed import Seed
from scraper.platform.services import PlatformServices
from scraper.runs.folder import ENVELOPES, POSTS
from scraper.runs.lifecycle import drop_stale, open_any
from scraper.runs.pacing import Pacer
from scraper.runs.results import count_results
from scraper.runs.seed_row import ResultRow, make_row
from scraper.runs.worker import read_worker_id, write_worker_id
from scraper.runtime import signals
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices
from scraper.seeds.lists import PIPE
from scraper.system.jsonlines import LineFile
from scraper.system.lock import take_lock
from scraper.text.jsonline import JSON
from scraper.text.values import read_bool

logger = logging.getLogger(__name__)

UNWRITABLE = (OSError, sqlite3.Error, UsageError)
"""What comes of a folder or a ledger that cannot be used."""
MAX_ROWS = 1000
UNUSABLE = "unusable"
"""Why a run ended whose list or folder could not be used; *problem* says more."""


class Recorder(PerCrawler):
    """Writes what a seed ended with, once, and in the order seeds finish."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self.folder = Path(settings["OUTPUT_DIR"])
        self.policy = Policy(**policy_options(settings))
        self._has_sidecars = read_bool("SIDECAR", settings["SIDECAR"])
        self.rows: list[ResultRow] = []
        """Of the first seeds of this process."""
        self.failures: list[ResultRow] = []
        """Of seeds after those in *rows*."""
        self.results: dict[str, int] = {}
        """Seeds of this folder by how they ended, OK or an error code, once it is closed."""
        self.left: int | None = None
        """Seeds without an envelope, once it is closed; None = nobody knows, the list was not read to its end."""
        self.is_continued = False
        """Whether an earlier process began this run."""
        self.can_go_on = True
        """Whether the same command goes on with what is left."""
        self.problem = ""
        """Why the list or the folder could not be used, where that showed only after the start."""
        self.reason = "forced"
        """How the run ended, as Scrapy says it."""
        self.started = time.time()
        """When the run began, in unix seconds."""
        self._ledger: Ledger | None = None
        self._resources: AsyncExitStack | None = None
        self._writing = asyncio.Lock()
        self._repeating: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Future[None] | None = None
        self._shape = load_shape(settings["ENVELOPE"], settings.getdict("ENVELOPE_SHAPES"))
        self._platforms = PlatformServices.of(crawler).platforms
        self._envelopes: LineFile
        self._posts: LineFile

    @property
    def ledger(self) -> Ledger:
        """The seeds of this run; raises UsageError where the folder could not be opened."""
        if self._ledger is None:
            raise UsageError(self.problem or f"OUTPUT_DIR: {self.folder} is not open")
        return self._ledger

    async def open(self, source: str) -> None:
        """Open the run of *source*, a fingerprint of the seed list; raise UsageError where that is not possible."""
        is_retry = self._crawler.settings["RETRY"] == "failed"
        async with AsyncExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(take_lock(self.folder))
                opened = await open_any(self._crawler, self.folder, source, is_retry=is_retry, now=self.started)
                ledger, self.is_continued = opened
                stack.push_async_callback(ledger.close)
                lines = stack.enter_context(ExitStack())
                self._envelopes = lines.enter_context(closing(LineFile(self.folder / ENVELOPES)))
                self._posts = lines.enter_context(closing(LineFile(self.folder / POSTS)))
                counts = await ledger.counts()
            except (OSError, sqlite3.Error) as error:
                raise UsageError(self._describe(error)) from error
            stack.callback(self._tell_end)
            stack.push_async_callback(self._count)
            stack.push_async_callback(self._drop_stale)
            stack.callback(lines.close)
            stack.push_async_callback(self._give_back)
            self._ledger, self._resources = ledger, stack.pop_all()
        self.started = (await ledger.run()).started or self.started
        self.can_go_on = is_retry or source != PIPE
        progress = RuntimeServices.of(self._crawler).progress
        progress.ok, progress.failed = counts[State.DONE], counts[State.FAILED]
        self._crawler.signals.send_catch_log(signals.outputs_opened)

    async def close(self, reason: str) -> None:
        """Give open seeds back, tell *reason*, close the files: all of it, also where some of it is not possible."""
        resources, self._resources = self._resources, None
        if resources is not None:
            self.reason = reason
            await resources.aclose()

    def give_up(self, problem: Exception) -> None:
        """Stop the run: the list cannot be read, or an envelope not be written, without which no seed is done."""
        if self._stopping is not None:
            return
        logger.error("the run stops: %s", self._describe(problem))
        is_over = RuntimeServices.of(self._crawler).pauses.is_over()  # somebody has stopped it: that is why it ends
        if not is_over and not is_disk_full(problem):
            self.problem = self._describe(problem)
        Pacer.of(self._crawler).stop()
        reason = UNUSABLE if self.problem else "disk_full"
        assert self._crawler.engine is not None
        self._stopping = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))

    def policy_for(self, seed: Seed) -> Policy:
        """Return what is wanted of *seed*: its own options go before the settings."""
        return replace(self.policy, **policy_options(seed.options)) if seed.options else self.policy

    async def claim(self, outcome: Outcome) -> bool:
        """Return whether *outcome*'s seed is the first for its ref; a later one ends together with the first."""
        assert outcome.ref is not None
        claim = await self.ledger.claim(outcome.ref.key, outcome.seed.id)
        if claim.is_waiting:
            Pacer.of(self._crawler).end(outcome.seed.id)
        elif claim.offset is not None:
            await self._repeat(outcome, self._envelopes.read(claim.offset))
        return claim.is_first

    async def finish(self, outcome: Outcome) -> None:
        """Write what *outcome*'s seed ended with, outside of the pipelines, and tell Scrapy's exports."""
        line = await self.write(outcome)
        if line is not None:
            self._tell(line)

    async def write(self, outcome: Outcome) -> Envelope | None:
        """
        Write what *outcome*'s seed ended with, and soon that of all who wait for its post; return the envelope.

        None where the seed is another's meanwhile, or nothing can be written any more.
        """
        if outcome.post is not None:
            post = outcome.post
            post.seed, post.tags, post.options = outcome.seed.id, list(outcome.seed.tags), dict(outcome.seed.options)
            post.provenance.seconds["total"] = round(time.monotonic() - outcome.started, 3)
            make_data = partial(shape_data, self._shape, self._platforms.get(post.platform), outcome)
            envelope = success(post, self._context(outcome), wanted=outcome.wanted, make_data=make_data)
        else:
            assert outcome.error is not None, f"seed {outcome.seed.id} has neither a post nor an error"
            envelope = failure(outcome.error, self._context(outcome))
        line = self._shape.make_frame(envelope)
        if not await self._settle(outcome, envelope, line):
            return None
        task = asyncio.ensure_future(self._repeat_all(outcome, envelope))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)
        return line

    async def _repeat_all(self, outcome: Outcome, envelope: Envelope) -> None:
        """End the seeds that wait for *outcome*'s, one at a time between other work: they may be a million."""
        try:
            async for seed in self.ledger.waiting(outcome.seed.id):
                await self._repeat(Outcome(seed=seed, ref=outcome.ref, started=outcome.started), envelope)
                if self._stopping is not None:
                    return
                await asyncio.sleep(0)
        except UNWRITABLE as problem:
            self.give_up(problem)

    async def _repeat(self, outcome: Outcome, envelope: Mapping[str, JSON]) -> None:
        first = str(envelope.get("duplicate_of", envelope["seed"]))
        repeated = duplicate(envelope, self._context(outcome), of=first)
        line = self._shape.make_frame(repeated)
        if await self._settle(outcome, repeated, line):
            self._tell(line)

    def _tell(self, envelope: Envelope) -> None:
        """Hand *envelope* to FEEDS and whoever else listens, as the engine does with what leaves the pipelines."""
        spider = self._crawler.spider
        self._crawler.signals.send_catch_log(item_scraped, item=envelope, response=None, spider=spider)

    async def _settle(self, outcome: Outcome, envelope: Envelope, line: Envelope) -> bool:
        """Write what ends a seed, *line* as its envelope, and note it in the ledger; return whether that went."""
        row, error = make_row(outcome, envelope), envelope["error"]
        async with self._writing:  # so that what turns out to be another's is the end of both files
            if self._stopping is not None:
                return False
            try:
                posts_end = self._posts.size
                if outcome.post is not None:
                    record = to_record(outcome.post)
                    self._posts.append(record)
                    if self._has_sidecars:
                        write_sidecar(self.folder, outcome.post, record)
                offset = self._envelopes.append(line)
                is_ours = await self.ledger.settle(
                    row.seed,
                    code=row.code,
                    error=str(error["code"]) if isinstance(error, dict) else None,
                    offset=offset,
                    end=self._envelopes.size,
                    posts_end=self._posts.size,
                )
                if not is_ours:
                    self._envelopes.cut(offset)
                    self._posts.cut(posts_end)
            except UNWRITABLE as problem:
                self.give_up(problem)
                return False
        if not is_ours:
            logger.warning("seed %s: another worker has taken it over, or it has its envelope", row.seed)
            self._crawler.stats.inc_value("seeds/taken_over")
            Pacer.of(self._crawler).end(row.seed)
            return False
        self._crawler.signals.send_catch_log(signals.seed_finished, seed_id=row.seed, outcome=outcome)
        self._note(row)
        return True

    def _context(self, outcome: Outcome) -> Context:
        seed, ref = outcome.seed, outcome.ref
        spider = self._crawler.spider
        name = ref.platform if ref is not None else seed.platform or (spider.name if spider is not None else HYBRID)
        known = self._platforms.get(name)
        return Context(
            seed=seed,
            platform=name,
            title=known.title if known is not None else name,
            kind=ref.kind if ref is not None else None,
            request_id=outcome.request_id,
            time=datetime.now(UTC),
        )

    def _note(self, row: ResultRow) -> None:
        logger.info("seed %s: %s, %d files, %d bytes, %.1f s", row.seed, row.result, row.files, row.bytes, row.seconds)
        self._crawler.stats.inc_value("seeds/finished")
        self._crawler.stats.inc_value(f"seeds/result/{row.result.partition(' ')[0].rstrip(',')}")
        RuntimeServices.of(self._crawler).progress.finish(is_ok=row.code == 200, now=time.monotonic())
        if len(self.rows) < MAX_ROWS:
            self.rows.append(row)
        elif row.code != 200 and len(self.failures) < MAX_ROWS:
            self.failures.append(row)

    def _describe(self, problem: Exception) -> str:
        if isinstance(problem, UsageError):
            return str(problem)
        return f"OUTPUT_DIR: {self.folder} cannot be written: {problem}"

    async def _give_back(self) -> None:
        for task in self._repeating:
            task.cancel()
        try:
            await Pacer.of(self._crawler).give_back(self.ledger)
        except UNWRITABLE as problem:
            logger.warning("open seeds count as died with the process: %s", self._describe(problem))

    async def _drop_stale(self) -> None:
        try:
            await drop_stale(self.folder, self.ledger)
        except UNWRITABLE as problem:
            logger.warning("lines of seeds that were put back stay until the next run: %s", self._describe(problem))

    async def _count(self) -> None:
        try:
            self.results = await self.ledger.results()
            run = await self.ledger.run()
            if run.loaded:
                counts = await self.ledger.counts()
                self.left = counts[State.TODO] + counts[State.LEASED]
            if run.is_finished and (badge := read_worker_id(self.folder)) is not None:
                write_worker_id(self.folder, badge._replace(ended=True))
        except UNWRITABLE as problem:  # a ledger elsewhere is away: what is here is known
            logger.warning("what is left is not known: %s", self._describe(problem))
            self.results = count_results(self.folder)

    def _tell_end(self) -> None:
        self._crawler.signals.send_catch_log(signals.outputs_closed, reason=self.reason)
