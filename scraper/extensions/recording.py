"""Opens and closes the output folder with the spider, and ends seeds after a bug in a callback or pipeline."""

import asyncio
import logging
import time

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.outcome import Outcome
from scraper.errors import UsageError, to_bug
from scraper.runs.recorder import UNWRITABLE
from scraper.runs.services import RunServices
from scraper.runtime.services import RuntimeServices
from scraper.seeds.lists import PIPE

logger = logging.getLogger(__name__)

_BEAT = 2.0
"""Seconds between two pulses: notes of the worker's progress in the ledger."""
_TIDY = 10.0
"""Seconds between two checkpoints of the ledger."""


class RecordingExtension:
    """Opens, maintains and closes the run of one crawl."""

    def __init__(self, crawler: Crawler) -> None:
        runs, runtime = RunServices.of(crawler), RuntimeServices.of(crawler)
        self._recorder, self._pacer = runs.recorder, runs.pacer
        self._pauses, self._progress = runtime.pauses, runtime.progress
        self._tidying: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[Envelope | None]] = set()
        crawler.signals.connect(self._open, signals.spider_opened)
        crawler.signals.connect(self._close, signals.spider_closed)
        crawler.signals.connect(self._end_broken, signals.item_error)
        crawler.signals.connect(self._end_unread, signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecordingExtension":
        """Return the extension for *crawler*."""
        return cls(crawler)

    async def _open(self, spider: Spider) -> None:
        """Open the folder. An error is stored as the run's problem: raising here would not end the crawl."""
        try:
            await self._recorder.open(str(getattr(spider, "source", PIPE)))
        except UsageError as error:
            self._recorder.note_problem(error)
            return
        self._tidying = asyncio.ensure_future(self._tidy())

    async def _close(self, reason: str) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        await self._recorder.close(reason)

    async def _tidy(self) -> None:
        """Renew leases, keep ledger.db-wal short, and note this worker's progress for ``scrapy status``."""
        tidied = time.monotonic()
        while True:
            ledger = self._recorder.ledger
            try:
                await self._pacer.renew(ledger)
                await ledger.note(pulse=self._pulse())
                if time.monotonic() - tidied >= _TIDY:
                    tidied = time.monotonic()
                    await ledger.checkpoint()
            except UNWRITABLE as error:
                logger.warning("the ledger cannot be maintained: %s", error)
                await asyncio.sleep(_TIDY)
            await asyncio.sleep(min(_BEAT, _TIDY, self._pacer.lease_seconds / 4))

    def _pulse(self) -> dict[str, object]:
        rate = round(self._progress.rate(time.monotonic()), 2)
        return {"at": time.time(), "open": self._progress.open, "rate": rate, "pauses": self._pauses.all()}

    async def _end_broken(self, item: Outcome, failure: Failure) -> None:
        """End a seed on which a pipeline broke: a bug must not lose it."""
        if not self._pacer.is_open(item.seed_id):
            return  # its envelope is written: a second one would be wrong
        item.post, item.error = None, to_bug(failure.value)
        await self._recorder.record(item)

    def _end_unread(self, failure: Failure, response: Response | None) -> None:
        """End a seed on which a callback broke."""
        request = getattr(response, "request", None)  # of an errback the "response" is a Failure
        kwargs = {} if request is None else request.cb_kwargs
        if "seed" not in kwargs or not self._pacer.is_open(kwargs["seed"].id):
            return
        outcome = Outcome(seed=kwargs["seed"], ref=kwargs["step"].ref, started=kwargs["started"])
        outcome.error = to_bug(failure.value)
        task = asyncio.ensure_future(self._recorder.record(outcome))  # Scrapy does not wait for this signal
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
