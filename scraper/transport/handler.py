"""One download handler for http and https: plain requests, the browser, and bodies streamed to disk."""

import asyncio
from contextlib import AsyncExitStack
from typing import ClassVar
from weakref import WeakKeyDictionary

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

from scraper.browser.handler import Browser
from scraper.core.errors import ErrorCode, SeedError
from scraper.network.addresses import PublicResolver
from scraper.options import NetworkOptions
from scraper.transport.errors import ProxyDeadError
from scraper.transport.relays import Relays
from scraper.transport.sink import Sink, SinkError, SinkTooLargeError, SinkWriter

_NO_TOTAL = 7 * 86400.0
"""Seconds: a stream has an idle time-out instead of a total one."""


class TransportHandler(AiohttpDownloadHandler):
    """Route by ``meta``: ``via`` page, navigate or mint to the browser, ``sink`` to a file, the rest as Scrapy does."""

    experimental: ClassVar[bool] = False
    _instances: ClassVar["WeakKeyDictionary[Crawler, TransportHandler]"] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        network = NetworkOptions.from_settings(crawler.settings)
        if network.ca_file is not None:
            self._ssl_context.load_verify_locations(cafile=network.ca_file)
        if not network.proxies and isinstance(self._session.connector, TCPConnector):
            # Behind a proxy no name is resolved here.
            self._session.connector._resolver = PublicResolver()
        self._relays = Relays(crawler)
        self._browser: Browser | None = None
        self._is_closed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "TransportHandler":
        """Return one instance a crawler: two would start two browsers (scrapy-playwright issue 355)."""
        if crawler not in cls._instances:
            cls._instances[crawler] = cls(crawler)
        return cls._instances[crawler]

    async def download_request(self, request: Request) -> Response:
        """Fetch *request* the way its ``meta`` asks for."""
        via = request.meta.get("via", "http")
        if via in ("page", "navigate", "mint"):
            browser = self._get_browser()
            fetch = {"page": browser.fetch, "navigate": browser.navigate, "mint": browser.mint}[via]
            return await fetch(request)
        request.meta["relay"] = await self._relays.lead(request)
        return await self._fetch(request)

    def _extract_proxy_url_with_creds(self, request: Request) -> str | None:
        """Return where aiohttp sends *request*: it holds no credentials."""
        relay: str | None = request.meta["relay"]
        return relay

    async def _fetch(self, request: Request) -> Response:
        """Ask as Scrapy does, or stream; raise ProxyDeadError where not the host but the proxy is at fault."""
        try:
            if "sink" in request.meta:
                return await self._stream(request, request.meta["sink"])
            return await super().download_request(request)
        except DownloadCancelledError as error:
            raise SeedError(ErrorCode.PARSE_ERROR, raw_message="the answer is larger than DOWNLOAD_MAXSIZE") from error
        except (DownloadConnectionRefusedError, DownloadFailedError) as error:
            if isinstance(error.__cause__, ClientProxyConnectionError):
                raise ProxyDeadError(f"no connection ({type(error.__cause__.os_error).__name__})") from error
            raise

    async def close(self) -> None:
        """Close connections and browser; Scrapy calls it once a scheme."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._browser is not None:
            await self._browser.close()
        await self._relays.close()
        await super().close()

    def _get_browser(self) -> Browser:
        if self._browser is None:
            self._browser = Browser(self.crawler)
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
            if response.status != 200:
                # The status says it all; the body may never end.
                return Response(request.url, status=response.status, headers=headers)
            await self._pour(response, sink)
            return Response(request.url, status=response.status, headers=headers, flags=["streamed"])

    async def _pour(self, response: _ClientResponse, sink: Sink) -> None:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise SinkError(f"the body is encoded ({encoding[:20]}) although none was asked for")
        length = response.content_length
        if length is not None and length > sink.maxsize:
            raise SinkTooLargeError(f"{length} bytes announced, {sink.maxsize} allowed here (MEDIA_MAXSIZE)")
        writer = SinkWriter(sink)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(sink.idle_timeout) as deadline:
                async for chunk in self._iter_body_chunks(response):
                    deadline.reschedule(loop.time() + sink.idle_timeout)
                    writer.write(chunk)
            writer.finish()
        except TimeoutError as error:
            raise DownloadTimeoutError(f"no byte for {sink.idle_timeout:.0f} s") from error
        finally:
            writer.close()
