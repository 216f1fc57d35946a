"""Transfer one media URL into one sink: by its server's recipe, with checked redirects, and retries."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urljoin

from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector

from scraper.errors import MediaCause, MediaError, SeedError, disk_error
from scraper.fetch.ask import Ask
from scraper.fetch.session import Session
from scraper.fetch.sink import OVERLAP, Sink
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe
from scraper.fetch.transport.sink import SinkChangedError, SinkError, SinkTooLargeError
from scraper.media.refusal import explain
from scraper.model.post import Variant
from scraper.platform.cdn import CdnRule, find_rule
from scraper.platform.contract import Platform
from scraper.runtime.engine import Send

_TRIES = 3
"""Consecutive attempts without progress, because of the network or a failing server, before a transfer ends."""
_PROGRESS = 128 * 1024
"""Bytes that count as progress."""
_HOPS = 5
_PAUSE = 0.5
"""Seconds before another attempt; doubled after each one without progress."""


class _BusyError(MediaError):
    """The server answered 5xx, which a retry may change."""


class _ChangedError(MediaError):
    """The received bytes do not continue those on disk."""


class Transfers:
    """Sends media requests through Scrapy's engine: middlewares, slots, proxy, TLS and stats apply."""

    def __init__(self, *, send: Send, stats: StatsCollector) -> None:
        self._send = send
        self._stats = stats

    async def run(self, platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink) -> None:
        """
        Fill *sink* from *url*, from its last byte on; raise MediaError with the cause, or SeedError(disk_full).

        Only attempts without progress count. A file that changes during the transfer is restarted once.
        """
        fruitless, reached, is_anew = 0, sink.bytes, False
        while True:
            try:
                await self._follow(platform, session, variant, url, sink)
                return
            except NETWORK_ERRORS as error:
                cause = MediaCause.TIMEOUT if isinstance(error, DownloadTimeoutError) else MediaCause.TRUNCATED
                failure = MediaError(cause, f"only {sink.bytes} bytes arrived: {describe(error)}")
                failure.__cause__ = error
            except _BusyError as error:
                failure = error
            except _ChangedError:
                if is_anew:
                    raise
                is_anew = True
                self._stats.inc_value("media/restarted")
                sink.restart()
                continue
            except OSError as error:
                raise disk_error(error) from error
            fruitless = 0 if sink.bytes >= reached + _PROGRESS else fruitless + 1
            reached = max(reached, sink.bytes)
            if fruitless >= _TRIES:
                raise failure
            self._stats.inc_value("media/retried")
            await asyncio.sleep(_PAUSE * 2 ** max(0, fruitless - 1))

    async def _follow(
        self, platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink
    ) -> None:
        """Send the request and follow redirects; each hop passes the hosts middleware."""
        if sink.bytes <= OVERLAP:
            sink.restart()
        for _ in range(_HOPS):
            response = await self._ask(_request(platform, session, variant, url, sink))
            if "streamed" in response.flags:
                return
            if response.status == 416 and sink.bytes:
                raise _ChangedError(MediaCause.TRUNCATED, "the file has become shorter")
            location = (response.headers.get("Location") or b"").decode("latin-1").strip()
            if not 300 <= response.status < 400 or not location:
                raise _refused(response, variant, find_rule(platform.cdn, url))
            try:
                url = urljoin(url, location)
            except ValueError as error:
                raise MediaError(MediaCause.GONE, "redirected to an invalid URL", is_final=True) from error
        raise MediaError(MediaCause.GONE, f"more than {_HOPS} redirects", is_final=True)

    async def _ask(self, request: Request) -> Response:
        """Return the answer to *request*; raise MediaError if the engine or the sink refuses it."""
        try:
            return await self._send(request)
        except SinkTooLargeError as error:
            raise MediaError(MediaCause.TOO_LARGE, str(error), is_final=True) from error
        except SinkChangedError as error:
            raise _ChangedError(MediaCause.TRUNCATED, f"cannot be resumed: {error}") from error
        except SinkError as error:
            raise MediaError(MediaCause.NOT_MEDIA, str(error)) from error
        except SeedError as error:
            raise MediaError(MediaCause.FORBIDDEN, error.raw_message or str(error), is_final=True) from error


def _request(platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink) -> Request:
    try:
        rule = find_rule(platform.cdn, url)
        ask = Ask(platform=platform.name, session=session, sink=sink, dont_retry=True)
        slot = rule.slot if rule is not None else f"{platform.name}-media"
        if url.startswith("http://"):  # some answers still contain http; every server of a platform supports TLS
            url = "https" + url[4:]
        headers = _headers(rule, session, variant) | _range(sink)
        return ask.request(url, slot=slot, headers=headers, autothrottle_dont_adjust_delay=True, verbatim_url=True)
    except ValueError as error:
        raise MediaError(MediaCause.GONE, "the post names an invalid URL", is_final=True) from error


def _headers(rule: CdnRule | None, session: Session | None, variant: Variant) -> dict[str, str]:
    """Return the headers of *rule*, {} without a rule: other hosts must not receive them."""
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if session is not None and session.user_agent:
        headers["User-Agent"] = session.user_agent
    if rule is not None:
        headers |= variant.headers
        cookies = [f"{name}={variant.jar[name]}" for name in rule.cookies if name in variant.jar]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
    return headers


def _range(sink: Sink) -> dict[str, str]:
    """Return the headers that request the rest of a file of which *sink* has a part."""
    if not sink.bytes:
        return {}
    given = {"Range": f"bytes={sink.offset}-"}
    return given if sink.validator is None else {**given, "If-Range": sink.validator}


def _refused(response: Response, variant: Variant, rule: CdnRule | None) -> MediaError:
    says = f"the server answered {response.status}"
    if response.status >= 500:
        return _BusyError(MediaCause.TIMEOUT, says)
    if response.status == 429:  # no retry at once: the server asked for fewer requests
        return MediaError(MediaCause.TIMEOUT, says)
    return explain(response.status, response.url, variant, rule, datetime.now(UTC))
