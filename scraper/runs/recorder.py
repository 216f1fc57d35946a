"""The output folder of a run: envelopes and records, and the ledger behind them."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import replace
from typing import Any, TypeAlias

from scrapy.signals import item_scraped

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.maker import EnvelopeMaker
from scraper.envelopes.outcome import Outcome
from scraper.errors import UsageError, is_disk_full
from scraper.ledger.interface import Claim, Ledger, State
from scraper.media.storage.interface import MediaStorage
from scraper.media.storage.sidecar import write_sidecar
from scraper.model.record import to_record
from scraper.runs.folder import ENVELOPES, POSTS
from scraper.runs.lifecycle import drop_stale, open_any
from scraper.runs.options import RunOptions
from scraper.runs.pacing import Pacer
from scraper.runs.results import count_results
from scraper.runs.run import Run
from scraper.runs.seed_row import ResultRow, make_row
from scraper.runs.tally import Tally
from scraper.runs.worker import read_worker_id, write_worker_id
from scraper.runtime import signals
from scraper.seeds.lists import PIPE
from scraper.system.jsonlines import LineFile
from scraper.system.lock import take_lock
from scraper.text.jsonline import JSON

logger = logging.getLogger(__name__)

UNWRITABLE = (OSError, sqlite3.Error, UsageError)
"""Errors of a folder or a ledger that cannot be used."""
UNUSABLE = "unusable"
"""End reason of a run whose list or folder could not be used; *problem* holds the details."""

Announce: TypeAlias = Callable[..., object]
"""Sends a signal with its facts: ``announce(signals.outputs_closed, reason="finished")``."""


class Recorder:
    """Writes the result of each seed, once, in the order seeds finish."""

    def __init__(
        self,
        options: RunOptions,
        *,
        spider: str,
        maker: EnvelopeMaker,
        pacer: Pacer,
        tally: Tally,
        announce: Announce,
        close_spider: Callable[[str], Awaitable[None]],
        is_over: Callable[[], bool],
        sidecars: MediaStorage | None = None,
    ) -> None:
        self._options = options
        self._spider = spider
        self._maker = maker
        self._pacer = pacer
        self._tally = tally
        self._announce = announce
        self._close_spider = close_spider
        self._is_over = is_over
        """Returns whether the run is being stopped, or has ended."""
        self._sidecars = sidecars
        """The storage that takes a post's record beside its files; None = no sidecars."""
        self.run = Run(folder=options.folder, started=time.time())
        self._ledger: Ledger | None = None
        self._resources: AsyncExitStack | None = None
        self._writing = asyncio.Lock()
        self._repeating: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Future[None] | None = None
        self._envelopes: LineFile
        self._posts: LineFile

    @property
    def ledger(self) -> Ledger:
        """The seeds of this run; raises UsageError if the folder could not be opened."""
        if self._ledger is None:
            raise UsageError(self.run.problem or f"OUTPUT_DIR: {self.run.folder} is not open")
        return self._ledger

    async def open(self, source: str) -> None:
        """Open the run of *source*, a fingerprint of the seed list; raise UsageError."""
        try:
            async with AsyncExitStack() as stack:
                ledger, is_continued = await self._open_ledger(stack, source)
                lines = stack.enter_context(ExitStack())
                self._envelopes = lines.enter_context(closing(LineFile(self.run.folder / ENVELOPES)))
                self._posts = lines.enter_context(closing(LineFile(self.run.folder / POSTS)))
                counts, state = await ledger.counts(), await ledger.run()
                stack.callback(self._announce_end)
                stack.push_async_callback(self._count)
                stack.push_async_callback(self._drop_stale)
                stack.callback(lines.close)
                stack.push_async_callback(self._give_back)
                self._ledger, self._resources = ledger, stack.pop_all()
        except UNWRITABLE as error:
            raise UsageError(self._describe(error)) from error
        can_go_on = self._options.is_retry or source != PIPE
        self._note(started=state.started or self.run.started, is_continued=is_continued, can_go_on=can_go_on)
        self._pacer.lease_seconds = state.lease or self._pacer.lease_seconds
        self._tally.begin(counts[State.DONE], counts[State.FAILED])
        self._announce(signals.outputs_opened)

    def note_problem(self, problem: UsageError) -> None:
        """Store the error of open(): ``ledger`` and the end of the run report it."""
        self._note(problem=str(problem))

    async def close(self, reason: str) -> None:
        """Release open seeds, send ``outputs_closed``, close the files; a failing step does not stop the next."""
        resources, self._resources = self._resources, None
        if resources is not None:
            self._note(reason=reason)
            await resources.aclose()

    def give_up(self, problem: Exception) -> None:
        """Stop the run: the list cannot be read, or an envelope cannot be written, and no seed ends without one."""
        if self._stopping is not None:
            return
        logger.error("the run stops: %s", self._describe(problem))
        if not self._is_over() and not is_disk_full(problem):  # else it ends because it was stopped
            self._note(problem=self._describe(problem))
        self._pacer.stop()
        self._stopping = asyncio.ensure_future(self._close_spider(UNUSABLE if self.run.problem else "disk_full"))

    async def record(self, outcome: Outcome, *, announce: bool = True) -> Envelope | None:
        """
        Write the result of *outcome*'s seed, and later those of the seeds that wait for its post; return the envelope.

        With *announce*, send ``item_scraped``, as Scrapy does for items from its pipelines. Return None if another
        worker has taken the seed over, or writing is no longer possible.
        """
        if outcome.post is not None:
            post, seed = outcome.post, outcome.seed
            post.seed, post.tags, post.options = seed.id, list(seed.tags), dict(seed.options)
            post.provenance.seconds["total"] = round(time.monotonic() - outcome.started, 3)
        envelope = self._maker.make(outcome)
        line = await self._write(outcome, envelope, announce=announce)
        if line is not None:
            task = asyncio.ensure_future(self._repeat_all(outcome, envelope))
            self._repeating.add(task)
            task.add_done_callback(self._repeating.discard)
        return line

    async def repeat(self, outcome: Outcome, claim: Claim) -> None:
        """End *outcome*'s seed with the envelope of the seed in *claim*; if that seed is open, both end together."""
        if claim.offset is not None:
            await self._repeat(outcome, self._envelopes.read(claim.offset))

    async def _repeat_all(self, outcome: Outcome, envelope: Envelope) -> None:
        """End the seeds that wait for *outcome*'s seed, one at a time between other work: there may be a million."""
        try:
            async for seed in self.ledger.waiting(outcome.seed.id):
                await self._repeat(Outcome(seed=seed, ref=outcome.ref, started=outcome.started), envelope)
                if self._stopping is not None:
                    return
                await asyncio.sleep(0)
        except UNWRITABLE as problem:
            self.give_up(problem)

    async def _repeat(self, outcome: Outcome, envelope: Mapping[str, JSON]) -> None:
        await self._write(outcome, self._maker.repeat(outcome, envelope), announce=True)

    async def _write(self, outcome: Outcome, envelope: Envelope, *, announce: bool) -> Envelope | None:
        """Write the envelope of a seed, and send the signals; return the written line, or None."""
        line, row = self._maker.frame(envelope), make_row(outcome, envelope)
        async with self._writing:  # so that a refused line is still the last one of both files
            if self._stopping is not None:
                return None
            try:
                is_ours = await self._settle(outcome, row, line)
            except UNWRITABLE as problem:
                self.give_up(problem)
                return None
        self._pacer.end(row.seed)
        if not is_ours:
            self._tally.lose(row.seed)
            return None
        self._announce(signals.seed_finished, seed_id=row.seed, outcome=outcome)
        self._tally.add(row)
        if announce:
            self._announce(item_scraped, item=line, response=None)
        return line

    async def _settle(self, outcome: Outcome, row: ResultRow, line: Envelope) -> bool:
        """Write record and envelope, and note them in the ledger; if it refuses, cut both and return False."""
        error, posts_end = line["error"], self._posts.size
        if outcome.post is not None:
            record = to_record(outcome.post)
            self._posts.append(record)
            if self._sidecars is not None:
                await write_sidecar(self._sidecars, outcome.post, record)
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
        return is_ours

    async def _open_ledger(self, stack: AsyncExitStack, source: str) -> tuple[Ledger, bool]:
        """Lock the folder, and open the ledger of its run; return it, and whether an earlier process began the run."""
        self.run.folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(take_lock(self.run.folder))
        ledger, is_continued = await open_any(
            self._options,
            source,
            spider=self._spider,
            now=self.run.started,
            seconds=self._pacer.lease_seconds,
            is_over=self._is_over,
        )
        stack.push_async_callback(ledger.close)
        return ledger, is_continued

    def _note(self, **facts: Any) -> None:
        self.run = replace(self.run, **facts)

    def _describe(self, problem: Exception) -> str:
        if isinstance(problem, UsageError):
            return str(problem)
        return f"OUTPUT_DIR: {self.run.folder} cannot be written: {problem}"

    async def _give_back(self) -> None:
        for task in self._repeating:
            task.cancel()
        try:
            await self._pacer.give_back(self.ledger)
        except UNWRITABLE as problem:
            logger.warning("open seeds count as died with the process: %s", self._describe(problem))

    async def _drop_stale(self) -> None:
        try:
            await drop_stale(self.run.folder, self.ledger)
        except UNWRITABLE as problem:
            logger.warning("lines of seeds that were opened again stay until the next run: %s", self._describe(problem))

    async def _count(self) -> None:
        try:
            self._note(results=await self.ledger.results())
            state = await self.ledger.run()
            if state.loaded:
                counts = await self.ledger.counts()
                self._note(left=counts[State.TODO] + counts[State.LEASED])
            if state.is_finished and (worker := read_worker_id(self.run.folder)) is not None:
                write_worker_id(self.run.folder, worker._replace(ended=True))
        except UNWRITABLE as problem:  # a shared ledger does not answer: count the results of this folder
            logger.warning("the number of seeds left is not known: %s", self._describe(problem))
            self._note(results=count_results(self.run.folder))

    def _announce_end(self) -> None:
        self._announce(signals.outputs_closed, reason=self.run.reason)
