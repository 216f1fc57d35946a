"""Send a request again if the server or the network is the reason for a missing answer."""

import logging
import random
import time

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from scraper.errors import Cause
from scraper.fetch.ask import RequestError, ask_of, pause_name
from scraper.fetch.backoff import (
    BUDGETS,
    MAX_MEDIA_PAUSE,
    MAX_PAUSE,
    RetryCause,
    choose_backoff,
    choose_pause,
    find_cause,
    read_reset,
    read_wait,
)
from scraper.fetch.transport.errors import NETWORK_ERRORS
from scraper.fetch.transport.errors import find_cause as network_cause
from scraper.platform.services import PlatformServices
from scraper.runtime.services import RuntimeServices

logger = logging.getLogger(__name__)

_HEADERS = ("retry-after", "x-rate-limit-remaining", "x-rate-limit-reset", "date")


class RetryMiddleware:
    """
    Retries requests. Nearer to the downloader than the session middleware: a rate limit is not a refusal.

    A pause holds requests back in the downloader, a backoff here. With ``dont_retry`` only rate limits are handled
    here. The caller of a file gets the last answer, any other caller a SeedError.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._pauses = RuntimeServices.of(crawler).pauses
        self._platforms = PlatformServices.of(crawler).platforms

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RetryMiddleware":
        """Return the middleware for *crawler*."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.pause, signals.response_downloaded)
        return middleware

    def pause(self, request: Request, response: Response) -> None:
        """Pause the server of *request* if the answer demands it; a signal calls this before the slot sends again."""
        headers, now = _read_headers(response), time.time()
        wait = read_wait(headers, now)
        cause = self._find_cause(request, response, wait)
        if cause is not None and cause.pauses:
            seconds = choose_pause(wait, _count(request, cause), random.random())
            self._pauses.pause(pause_name(request), min(seconds, _longest(request)), f"status {response.status}")
        elif cause is None and (reset := read_reset(headers, now)):
            self._pauses.pause(pause_name(request), min(reset, _longest(request)), "x-rate-limit-remaining is 0")

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return a real answer; else return the request, after a backoff unless there is a pause, or give up."""
        wait = read_wait(_read_headers(response), time.time())
        cause = self._find_cause(request, response, wait)
        if cause is None or (ask_of(request).dont_retry and not cause.pauses):
            return response
        self._pauses.check()
        is_too_long = cause.pauses and wait is not None and wait > _longest(request)
        again = None if is_too_long else await self._repeat(request, cause)
        if again is not None:
            return again
        if ask_of(request).sink is not None or find_cause(response.status, wait) is None:
            return response
        problem = f"status {response.status}, tries: {ask_of(request).tries}"
        if is_too_long:
            problem += f", asked to wait {wait:.0f} s"
        behind = Cause.SERVER if response.status >= 500 else None
        raise RequestError(
            cause.code, ask_of(request), raw_code=str(response.status), raw_message=problem, cause=behind
        )

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Return the request after a backoff if the network failed; raise SeedError(timeout) after the last try."""
        if not isinstance(exception, NETWORK_ERRORS):
            return None
        self._pauses.check()
        if ask_of(request).dont_retry:
            return None
        cause = RetryCause.TIMEOUT if isinstance(exception, DownloadTimeoutError) else RetryCause.NETWORK
        again = await self._repeat(request, cause)
        if again is not None:
            return again
        ask, name, behind = ask_of(request), type(exception).__name__, network_cause(exception)
        problem = f"{exception}, tries: {ask.tries}"
        raise RequestError(cause.code, ask, raw_code=name, raw_message=problem, cause=behind) from exception

    def _find_cause(self, request: Request, response: Response, wait: float | None) -> RetryCause | None:
        """Return the cause to retry for *response*, from its status or its text; None for a real answer."""
        cause, ask = find_cause(response.status, wait), ask_of(request)
        platform = self._platforms.get(ask.platform)
        if cause is None and platform is not None and ask.sink is None and platform.is_limited(response):
            return RetryCause.RATE_LIMITED
        return cause

    async def _repeat(self, request: Request, cause: RetryCause) -> Request | None:
        """Return the request to send again, or None if its retries are spent."""
        count = _count(request, cause)
        if count >= BUDGETS[cause]:
            return None
        self._crawler.stats.inc_value(f"retry/{cause}")
        logger.debug("%s: %s, retry %d", request.url.partition("?")[0], cause, count + 1)
        if not cause.pauses:
            await self._pauses.sleep(choose_backoff(count, random.random()))
        return ask_of(request).retried(cause).renew(request)


def _count(request: Request, cause: RetryCause) -> int:
    return ask_of(request).retries.get(cause, 0)


def _longest(request: Request) -> float:
    return MAX_PAUSE if ask_of(request).sink is None else MAX_MEDIA_PAUSE


def _read_headers(response: Response) -> dict[str, str]:
    return {name: (response.headers.get(name) or b"").decode("latin-1") for name in _HEADERS}
