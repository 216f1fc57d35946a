"""One media URL into one sink: the request its server wants, redirects checked, the network's faults tried again."""

import asyncio
import errno
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from scraper.core.cdn import CdnRule, find_rule
from scraper.core.errors import ErrorCode, MediaCause, MediaError, SeedError
from scraper.core.items import Variant
from scraper.core.sessions import Session
from scraper.platform import Platform
from scraper.transport.errors import NETWORK_ERRORS
from scraper.transport.sink import Sink, SinkError, SinkTooLargeError

_TRIES = 3
"""Attempts for one URL while the network or a server that is out of order is at fault."""
_HOPS = 5
_PAUSE = 0.5
"""Seconds before the second attempt; doubled for the third."""
_CAUSES = {403: MediaCause.FORBIDDEN, 401: MediaCause.FORBIDDEN, 404: MediaCause.GONE, 410: MediaCause.GONE}
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _BusyError(MediaError):
    """The server answered 5xx, which may be another thing a second later."""


class Transfers:
    """Sends media requests through Scrapy's engine: middlewares, slots, proxy, TLS and stats apply."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def run(self, platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink) -> None:
        """Fill *sink* from *url*; raise MediaError with the cause, or SeedError(disk_full)."""
        for attempt in range(_TRIES):
            if attempt:
                self._crawler.stats.inc_value("media/retried")
                await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                await self._follow(platform, session, variant, url, sink)
                return
            except NETWORK_ERRORS as error:
                cause = MediaCause.TIMEOUT if isinstance(error, DownloadTimeoutError) else MediaCause.TRUNCATED
                failure = MediaError(cause, f"the transfer broke off after {sink.bytes} bytes")
                failure.__cause__ = error
            except _BusyError as error:
                failure = error
            except OSError as error:
                if error.errno in _NO_SPACE:
                    raise SeedError(ErrorCode.DISK_FULL) from error
                raise MediaError(MediaCause.TRUNCATED, f"cannot be written: {error.strerror}") from error
        raise failure

    async def _follow(
        self, platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink
    ) -> None:
        """Make the request and follow redirects; each hop passes the hosts middleware."""
        for _ in range(_HOPS):
            sink.bytes = 0
            response = await self._send(_request(platform, session, variant, url, sink))
            if response.status == 200:
                return
            location = (response.headers.get("Location") or b"").decode("latin-1").strip()
            if not 300 <= response.status < 400 or not location:
                raise _refused(response)
            try:
                url = urljoin(url, location)
            except ValueError as error:
                raise MediaError(MediaCause.GONE, "redirected to what is no URL", is_final=True) from error
        raise MediaError(MediaCause.GONE, f"more than {_HOPS} redirects", is_final=True)

    async def _send(self, request: Request) -> Response:
        assert self._crawler.engine is not None
        try:
            return await self._crawler.engine.download_async(request)
        except SinkTooLargeError as error:
            raise MediaError(MediaCause.TOO_LARGE, str(error), is_final=True) from error
        except SinkError as error:
            raise MediaError(MediaCause.NOT_MEDIA, str(error)) from error
        except SeedError as error:
            raise MediaError(MediaCause.FORBIDDEN, error.raw_message or str(error), is_final=True) from error


def _request(platform: Platform, session: Session | None, variant: Variant, url: str, sink: Sink) -> Request:
    try:
        rule = find_rule(platform.cdn, url)
        meta = {
            "platform": platform.name,
            "sink": sink,
            "download_slot": rule.slot if rule is not None else f"{platform.name}-media",
            "dont_retry": True,
            "autothrottle_dont_adjust_delay": True,
            "verbatim_url": True,
            "session": session,
        }
        if url.startswith("http://"):  # some answers still write it; every server of a platform speaks TLS
            url = "https" + url[4:]
        return Request(url, headers=_headers(rule, session, variant), meta=meta, dont_filter=True)
    except ValueError as error:
        raise MediaError(MediaCause.GONE, "the post names what is no URL", is_final=True) from error


def _headers(rule: CdnRule | None, session: Session | None, variant: Variant) -> dict[str, str]:
    """Return what the server of *rule* wants to see, and nothing of it for another host."""
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if session is not None and session.user_agent:
        headers["User-Agent"] = session.user_agent
    if rule is not None:
        headers |= variant.headers
        cookies = [f"{name}={variant.jar[name]}" for name in rule.cookies if name in variant.jar]
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
    return headers


def _refused(response: Response) -> MediaError:
    problem = f"the server answered {response.status}"
    if response.status >= 500:
        return _BusyError(MediaCause.TIMEOUT, problem)
    if response.status == 429:
        return MediaError(MediaCause.TIMEOUT, problem)
    return MediaError(_CAUSES.get(response.status, MediaCause.NOT_MEDIA), problem)
