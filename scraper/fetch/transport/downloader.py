"""Scrapy's downloader, except that slots keep their concurrency, and their requests wait for the end of a pause."""

from collections.abc import Coroutine
from typing import Any

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.asyncio import call_later
from twisted.internet.defer import Deferred

from scraper.errors import InterruptedRunError
from scraper.fetch.ask import pause_name
from scraper.runtime.pauses import TICK
from scraper.runtime.services import RuntimeServices


class PausingDownloader(Downloader):
    """The last gate: a middleware cannot hold back a request that has passed it. Requests of a slot share a pause."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pauses = RuntimeServices.of(crawler).pauses

    def _process_queue(self, slot: Slot) -> None:
        """Send the requests that may be sent; a slot's delay applies after a pause, too."""
        left = self._pauses.left(pause_name(slot.queue[0][0])) if slot.queue else 0
        if not left:
            super()._process_queue(slot)
        elif slot.latercall is None:
            try:
                self._pauses.check()
            except InterruptedRunError as error:
                _fail(slot, error)
            else:
                slot.latercall = call_later(min(left, TICK), self._latercall, slot)

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        """Count *request* as under way now: Scrapy 2.19 counts it when its task begins, too late for a full queue."""
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)


def _fail(slot: Slot, error: InterruptedRunError) -> None:
    waiting = list(slot.queue)
    slot.queue.clear()
    for _, deferred in waiting:
        deferred.errback(error)
