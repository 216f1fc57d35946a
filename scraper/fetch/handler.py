"""One download handler for http and https: plain requests, the browser, and bodies streamed to disk."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from aiohttp import ClientProxyConnectionError, TCPConnector
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)
from scrapy.http import Response

from scraper.errors import ErrorCode, SeedError
from scraper.fetch.ask import Via, ask_of
from scraper.fetch.network.addresses import PublicResolver
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.services import FetchServices
from scraper.fetch.sink import Sink
from scraper.fetch.transport.errors import ProxyDeadError
from scraper.fetch.transport.options import TransportOptions
from scraper.fetch.transport.ranges import find_validator, read_range
from scraper.fetch.transport.rate import RateLimit, Window
from scraper.fetch.transport.relays import Relays
from scraper.fetch.transport.sink import SinkChangedError, SinkError, SinkTooLargeError, SinkWriter
from scraper.runtime.per_crawler import PerCrawler

if TYPE_CHECKING:
    from scraper.fetch.browser.handler import Browser

_NO_TOTAL = 7 * 86400.0
"""Total time-out of a stream in seconds: practically none, as it has an idle time-out instead."""


class TransportHandler(AiohttpDownloadHandler):
    """Routes by the Ask: via page, navigate or mint to the browser, with a sink to a file, the rest as Scrapy does."""

    experimental: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        network = NetworkOptions.from_settings(crawler.settings)
        if network.ca_file is not None:
            self._ssl_context.load_verify_locations(cafile=network.ca_file)
        if not network.proxies and isinstance(self._session.connector, TCPConnector):
            # With a proxy, names are not resolved here.
            self._session.connector._resolver = PublicResolver()
        self._rate = RateLimit(TransportOptions.from_settings(crawler.settings).limit_rate)
        services = FetchServices.of(crawler)
        self._proxies = services.proxies
        self._relays = Relays(services.platforms.values(), proxies=services.proxies, stats=crawler.stats)
        self._browser: Browser | None = None
        self._is_closed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "TransportHandler":
        """Return one instance per crawler: two would start two browsers (scrapy-playwright issue 355)."""
        return _Handlers.of(crawler).handler

    async def download_request(self, request: Request) -> Response:
        """Fetch *request* as its Ask demands."""
        ask = ask_of(request)
        if ask.via.is_browser:
            browser = self._get_browser()
            fetch = {Via.PAGE: browser.fetch, Via.NAVIGATE: browser.navigate, Via.MINT: browser.mint}[ask.via]
            return await fetch(request)
        replace(ask, relay=await self._relays.lead(request)).put_on(request)
        return await self._fetch(request)

    def _extract_proxy_url_with_creds(self, request: Request) -> str | None:
        """Return the proxy to which aiohttp sends *request*, without credentials."""
        return ask_of(request).relay

    async def _fetch(self, request: Request) -> Response:
        """Fetch as Scrapy does, or stream; raise ProxyDeadError if the proxy, not the host, failed."""
        try:
            if (sink := ask_of(request).sink) is not None:
                return await self._stream(request, sink)
            return await super().download_request(request)
        except DownloadCancelledError as error:
            raise SeedError(ErrorCode.PARSE_ERROR, raw_message="the answer is larger than DOWNLOAD_MAXSIZE") from error
        except (DownloadConnectionRefusedError, DownloadFailedError) as error:
            if isinstance(error.__cause__, ClientProxyConnectionError):
                raise ProxyDeadError(f"no connection ({type(error.__cause__.os_error).__name__})") from error
            raise

    async def close(self) -> None:
        """Close connections and browser; Scrapy calls this once per scheme."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._browser is not None:
            await self._browser.close()
        await self._relays.close()
        await super().close()

    def _get_browser(self) -> "Browser":
        if self._browser is None:
            from scraper.fetch.browser.handler import Browser  # a slow import, which some crawls never need

            self._browser = Browser(self.crawler, bury=self._proxies.bury)
        return self._browser

    async def _stream(self, request: Request, sink: Sink) -> Response:
        """Write the body to the sink; the Response carries status and headers only."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(sink.idle_timeout):
                    response = await stack.enter_async_context(self._make_request(request, _NO_TOTAL))
            except TimeoutError as error:
                raise DownloadTimeoutError(f"no answer within {sink.idle_timeout:.0f} s") from error
            headers = self._extract_headers(response)
            is_part = response.status == 206 and "Range" in request.headers
            if response.status != 200 and not is_part:
                # The status is enough; the body may never end.
                return Response(request.url, status=response.status, headers=headers)
            start = self._begin(response, sink, is_part=is_part)
            await self._pour(response, sink, start)
            return Response(request.url, status=response.status, headers=headers, flags=["streamed"])

    def _begin(self, response: _ClientResponse, sink: Sink, *, is_part: bool) -> int:
        """Store the file's size and validator from the answer in *sink*; return the offset of its body."""
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise SinkError(f"the body is encoded ({encoding[:20]}), which was not requested")
        start, total = 0, response.content_length
        if is_part:
            start, total = read_range(response.headers.get("Content-Range", ""))
            if start != sink.offset or (sink.total is not None and total != sink.total):
                raise SinkChangedError("the server sent another part, or a part of another file")
        elif sink.bytes:  # the server does not resume, or the file has changed
            self.crawler.stats.inc_value("media/restarted")
            sink.restart()
        if total is not None and total > sink.maxsize:
            raise SinkTooLargeError(f"{total} bytes announced, {sink.maxsize} allowed here (MEDIA_MAXSIZE)")
        sink.total = total
        sink.validator = find_validator(response.headers.get("ETag"), response.headers.get("Last-Modified"))
        if sink.on_start is not None:
            sink.on_start(sink)
        return start

    async def _pour(self, response: _ClientResponse, sink: Sink, start: int) -> None:
        """Write the body, no faster than LIMIT_RATE."""
        writer = SinkWriter(sink, start)
        loop = asyncio.get_running_loop()
        window = Window(sink.min_speed, sink.idle_timeout, loop.time())
        try:
            async with asyncio.timeout(sink.idle_timeout) as deadline:
                async for chunk in self._iter_body_chunks(response):
                    writer.write(chunk)
                    if wait := self._rate.take(len(chunk), loop.time()):
                        deadline.reschedule(None)
                        await asyncio.sleep(wait)
                    now = loop.time()
                    if not window.add(len(chunk), now, waited=wait):
                        raise DownloadTimeoutError(f"slower than {sink.min_speed} bytes/s (MEDIA_MIN_SPEED)")
                    deadline.reschedule(now + sink.idle_timeout)
            writer.finish()
        except TimeoutError as error:
            raise DownloadTimeoutError(f"no byte for {sink.idle_timeout:.0f} s") from error
        finally:
            writer.close()


class _Handlers(PerCrawler):
    """The one handler of a crawler, for all schemes."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.handler = TransportHandler(crawler)
