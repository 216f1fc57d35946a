"""The services of Scrapy's engine as plain values, which a test or another program can replace."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

Send: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Sends a request without the scheduler: middlewares, slots, proxies and stats apply."""


def make_send(crawler: Crawler) -> Send:
    """Return a function that sends a request through the engine of *crawler*, once the engine runs."""

    async def send(request: Request) -> Response:
        assert crawler.engine is not None
        return await crawler.engine.download_async(request)

    return send


def is_running(crawler: Crawler) -> bool:
    """Whether the engine of *crawler* runs; false from the first Ctrl-C on."""
    assert crawler.engine is not None
    return crawler.engine.running


def is_stopping(crawler: Crawler) -> bool:
    """Whether the run of *crawler* is stopping or has ended."""
    engine = crawler.engine
    assert engine is not None
    # A spider may be closed while the engine runs on (disk full, CLOSESPIDER_*); only its slot shows it.
    return not engine.running or engine._slot is None or engine._slot.closing is not None
