"""The browser side of the transport: scrapy-playwright owns the browser; this class adds sessions and warm pages."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from playwright.async_api import Browser as BrowserProcess
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import HtmlResponse, Request, Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from scraper.fetch.ask import ask_of
from scraper.fetch.browser.contexts import Contexts, OpenContext
from scraper.fetch.browser.failure import PageFetchError, explain, find_origin
from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.navigation import SETTLE, capture, go
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.browser.remote import RemoteProvider
from scraper.fetch.browser.warm_page import Fetched, WarmPage, wait_for_cookies
from scraper.fetch.browser.watchdog import Watchdog
from scraper.fetch.network.fence import AllowlistProxy
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session
from scraper.runtime import signals

logger = logging.getLogger(__name__)

_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_CLOSE = 10.0
"""Seconds for a step that a working browser does at once."""
_END = 30.0
"""Seconds for all contexts, the browser and its driver to close."""


class Browser(ScrapyPlaywrightDownloadHandler):
    """
    Serves ``via`` page, navigate and mint; started by the first request that needs it, and again if it dies.

    With BROWSER_CDP it connects to a browser that runs elsewhere, which gets our contexts and outlives them.
    """

    def __init__(self, crawler: Crawler, *, bury: Callable[[str | None, str], None]) -> None:
        """*bury* is called with a dead proxy and the reason."""
        super().__init__(crawler)
        self._crawler = crawler
        self._bury = bury
        self._options = BrowserOptions.from_settings(crawler.settings)
        self._network = NetworkOptions.from_settings(crawler.settings)
        self._limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._launched: asyncio.Task[None] | None = None
        self._watchdog: Watchdog | None = None
        self._fences: dict[tuple[str, str | None], AllowlistProxy] = {}
        self._open_contexts = Contexts(self._options, self._open_warm, self._carry, self._close_context)
        self._navigating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._user_agent: str | None = None
        crawler.signals.connect(self._open_contexts.release, signals.session_released)

    async def fetch(self, request: Request) -> Response:
        """Fetch inside the warm page of the request's session."""
        session, scope = _session(request)
        started = time.monotonic()
        async with self._use(session, scope) as context:
            warm = await asyncio.shield(context.page)
            headers = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.8"}
            got = await warm.fetch(request.url, headers, self._options.page_timeout, self._limit)
        request.meta["download_latency"] = time.monotonic() - started
        self.stats.inc_value("browser/fetches")
        return _respond(got)

    async def navigate(self, request: Request) -> Response:
        """
        Open the URL in a page of its own, in the context of the request's session; return the document as served.

        With a capture, open its page instead, and return the answer that the page's own scripts receive for the URL
        with the same value of the key; the page itself if they send no such request.
        """
        session, scope = _session(request)
        # One at a time: the scripts of an opening page renew cookies that sign the requests of other pages.
        async with self._use(session, scope) as context, self._navigating.setdefault(session.id, asyncio.Lock()):
            await asyncio.shield(context.page)
            warm = await self._open_page(session, scope, context.name)
            try:
                return _respond(await self._navigate(warm, request, scope))
            finally:
                await warm.close()

    async def mint(self, request: Request) -> Response:
        """Fill a new session, or renew one, by a real visit; its page stays warm."""
        session, scope = _session(request)
        async with self._use(session, scope) as context:
            warm = await asyncio.shield(context.page)
            complete = await wait_for_cookies(warm.page.context, scope.rules.wants, self._options.mint_timeout)
            session.storage = dict(await warm.page.context.storage_state())
            session.user_agent = session.user_agent or await self._agent()
        return Response(request.url, status=200 if complete else 403, request=request)

    async def close(self) -> None:
        """Close the browser and its driver, if they were started."""
        self._open_contexts.stop()
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._launched is not None:
            with suppress(TimeoutError):  # a browser elsewhere may hang; ours ends with its driver
                await asyncio.wait_for(super().close(), _END)
        for fence in self._fences.values():
            await fence.close()

    @asynccontextmanager
    async def _use(self, session: Session, scope: BrowserScope) -> AsyncIterator[OpenContext]:
        """Keep a context of *session* open; raise errors as Scrapy's exceptions, and replace a dead page."""
        async with self._open_contexts.use(session, scope) as context:
            try:
                yield context
            except (PageFetchError, PlaywrightError, TimeoutError) as error:
                if await self._open_contexts.replace_dead(context):
                    self.stats.inc_value("browser/pages_replaced")
                    await self._check_driver()
                raise _explain(error) from find_origin(error)

    async def _navigate(self, warm: WarmPage, request: Request, scope: BrowserScope) -> Fetched:
        self.stats.inc_value("browser/navigations")
        timeout = self._options.page_timeout
        async with asyncio.timeout(timeout + SETTLE):
            if (wanted := ask_of(request).capture) is not None:
                return await capture(warm.page, wanted.page, request.url, wanted.key, timeout)
            return await go(warm.page, request.url, scope, timeout)

    async def _open_warm(self, session: Session, scope: BrowserScope, context: str) -> WarmPage:
        """Open a page of the session's site for its fetches; raise PageFetchError or PlaywrightError."""
        warm = await self._open_page(session, scope, context)
        self.stats.inc_value("browser/navigations")
        timeout = self._options.page_timeout * 1000
        try:
            answer = await warm.page.goto(scope.rules.mint_url, wait_until="domcontentloaded", timeout=timeout)
            if answer is not None and (answer.status == 429 or answer.status >= 500):
                raise PageFetchError(f"status {answer.status} of {scope.rules.mint_url}")
        except (PageFetchError, PlaywrightError):
            await warm.close()
            raise
        return warm

    async def _open_page(self, session: Session, scope: BrowserScope, context: str) -> WarmPage:
        await self._start()
        kwargs: dict[str, Any] = {
            "user_agent": session.user_agent or await self._agent(),
            "service_workers": "block",
            "proxy": {"server": await self._fence(scope, session.proxy).start()},
            "storage_state": _begin_with(session, scope),
        }
        meta = {"playwright_context": context, "playwright_context_kwargs": kwargs}
        page = await self._create_page(Request(scope.rules.mint_url, meta=meta), self._crawler.spider)
        warm = WarmPage(page, scope)
        await warm.prepare()
        return warm

    async def _carry(self, context: OpenContext) -> None:
        """Store the browser's cookies and local storage in the session, for its next context."""
        self.stats.inc_value("browser/contexts_recycled")
        with suppress(PlaywrightError, TimeoutError):
            state = await asyncio.wait_for(context.page.result().page.context.storage_state(), _CLOSE)
            context.session.storage = dict(state)
            self._crawler.signals.send_catch_log(signals.session_changed, session=context.session)

    async def _close_context(self, context: OpenContext) -> None:
        """Close the page, then its context."""
        if context.is_open:
            await context.page.result().close()
        wrapper = self.context_wrappers.get(context.name)
        if wrapper is not None:
            with suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(wrapper.context.close(), _CLOSE)

    def _fence(self, scope: BrowserScope, proxy: str | None) -> AllowlistProxy:
        key = (scope.platform, proxy)
        if key not in self._fences:
            self._fences[key] = AllowlistProxy(scope.reaches, proxy, refused=self._keep_away, bury=self._bury)
        return self._fences[key]

    def _keep_away(self, host: str) -> None:
        self.stats.inc_value("hosts/refused/browser")
        logger.debug("the browser was kept from %s", host)

    async def _start(self) -> None:
        if self._launched is None:
            if self._options.cdp is None:
                self.config.launch_options = launch_options(self._options, self._network)
            else:
                self.browser_provider_cls = partial(
                    RemoteProvider, address=self._options.cdp, patience=self._options.patience
                )
            self._launched = asyncio.ensure_future(self._launch())
        await asyncio.shield(self._launched)

    async def _maybe_launch_in_thread(self) -> None:
        """Do nothing at ``engine_started``: only the first request that needs a browser starts one."""

    async def _maybe_launch_browser(self) -> None:
        """Start the browser and its watchdog if there is none."""
        await super()._maybe_launch_browser()
        if self._watchdog is None or self._watchdog.browser is not self.browser:
            self._watchdog = Watchdog(
                self.browser,
                self._options.patience,
                lambda: self.stats.inc_value("browser/hung"),
                is_ours=self._options.cdp is None,
            )

    async def _check_driver(self) -> None:
        """Discard a dead Playwright driver (the browser dies with it, silently); the next request starts another."""
        browser: BrowserProcess | None = getattr(self, "browser", None)
        if browser is None or not browser.is_connected():
            return
        try:
            async with asyncio.timeout(_CLOSE):
                session = await browser.new_browser_cdp_session()
                await session.detach()
        except PlaywrightError:
            if getattr(self, "browser", None) is browser:
                self._launched = None
                await self._browser_disconnected_callback()
        except TimeoutError:
            pass  # the browser hangs: the watchdog kills it

    async def _browser_disconnected_callback(self) -> None:
        """Discard the dead browser; the next request starts another. The base class would wait for its contexts."""
        self.context_wrappers.clear()
        self._open_contexts.forget()
        if self._watchdog is not None:
            self._watchdog.stop()
        if hasattr(self, "browser"):
            del self.browser

    async def _agent(self) -> str:
        """Return the User-Agent of this browser with a window: headless Chromium calls itself HeadlessChrome."""
        if self._user_agent is None:
            await self._start()
            await self._maybe_launch_browser()
            # A page would start a renderer, which takes a second.
            session = await self.browser.new_browser_cdp_session()
            version = await session.send("Browser.getVersion")
            await session.detach()
            self._user_agent = str(version["userAgent"]).replace("HeadlessChrome", "Chrome")
        return self._user_agent


def _session(request: Request) -> tuple[Session, BrowserScope]:
    ask = ask_of(request)
    assert ask.session is not None
    assert ask.scope is not None
    return ask.session, ask.scope


def _begin_with(session: Session, scope: BrowserScope) -> dict[str, Any]:
    """Return the initial cookies and storage of a context: the session's, plus the site's settings for a new guest."""
    if session.user_agent:
        return session.storage
    domain = f".{scope.rules.cookie_domains[0]}"
    more = {"domain": domain, "path": "/", "expires": -1, "httpOnly": False, "secure": True, "sameSite": "Lax"}
    choices = [{"name": name, "value": value, **more} for name, value in scope.rules.cookies]
    return {"cookies": [*choices, *session.storage.get("cookies", ())], "origins": session.storage.get("origins", [])}


def _respond(got: Fetched) -> Response:
    """Return the answer as a Scrapy Response; Set-Cookie comes from the network events."""
    headers: dict[str, list[str]] = {}
    for name, value in got.headers:
        if name.lower() not in _DROPPED | {"set-cookie"}:
            headers.setdefault(name, []).append(value)
    if got.set_cookies:
        headers["Set-Cookie"] = got.set_cookies
    body = got.text.encode("utf-8", "replace")
    return HtmlResponse(got.url, status=got.status, headers=headers, body=body, encoding="utf-8")


def _explain(error: Exception) -> Exception:
    """Return Scrapy's exception for an error of the browser."""
    if isinstance(error, PlaywrightTimeout | TimeoutError):
        return DownloadTimeoutError("no answer in time in the browser")
    if isinstance(error, PageFetchError):
        return explain(error)
    return DownloadFailedError(f"browser: {str(error).strip().partition(chr(10))[0]}")
