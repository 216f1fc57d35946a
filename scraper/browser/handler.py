"""The browser side of the transport: scrapy-playwright owns the browser, this adds sessions and warm pages."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import HtmlResponse, Request, Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from scraper import signals
from scraper.browser.fence import Fence
from scraper.browser.launch import launch_options
from scraper.browser.navigation import SETTLE, capture, go
from scraper.browser.page import Fetched, PageFetchError, WarmPage, wait_for_cookies
from scraper.browser.visit import Visit
from scraper.core.errors import ErrorCode, SeedError
from scraper.core.sessions import Session
from scraper.options import BrowserOptions, NetworkOptions

_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Browser(ScrapyPlaywrightDownloadHandler):
    """Serves ``via`` page, navigate and mint; started by the first request that needs it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawler = crawler
        self._options = BrowserOptions.from_settings(crawler.settings)
        self._network = NetworkOptions.from_settings(crawler.settings)
        self._limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._launched: asyncio.Task[None] | None = None
        self._fences: dict[str, Fence] = {}
        self._pages: dict[str, asyncio.Task[WarmPage]] = {}
        self._users: Counter[str] = Counter()
        """Requests under way, by session."""
        self._retired: set[str] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._navigating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._user_agent: str | None = None
        crawler.signals.connect(self._forget, signals.session_retired)

    async def fetch(self, request: Request) -> Response:
        """Fetch inside the warm page of ``meta["session"]``."""
        session, visit = _session(request)
        started = time.monotonic()
        async with self._use(session):
            task = self._warm(session, visit)
            try:
                warm = await asyncio.shield(task)
                headers = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.8"}
                got = await warm.fetch(request.url, headers, self._options.page_timeout, self._limit)
            except (PageFetchError, PlaywrightError, TimeoutError) as error:
                await self._replace_dead(session, task)
                raise _explain(error) from error
        request.meta["download_latency"] = time.monotonic() - started
        self.stats.inc_value("browser/fetches")
        return _respond(got)

    async def navigate(self, request: Request) -> Response:
        """
        Open the URL in a page of its own, in the context of ``meta["session"]``; return the document as served.

        With ``meta["capture"]`` (page, key of the query) open that page instead, and return what its own scripts get
        for the URL with the same value of the key; the page itself, if they do not ask.
        """
        session, visit = _session(request)
        try:
            # One at a time: the scripts of a page that opens renew cookies that another's request is signed with.
            async with self._use(session), self._navigating.setdefault(session.id, asyncio.Lock()):
                await asyncio.shield(self._warm(session, visit))
                warm = await self._open_page(session, visit)
                try:
                    return _respond(await self._navigate(warm, request, visit))
                finally:
                    await warm.close()
        except (PageFetchError, PlaywrightError, TimeoutError) as error:
            raise _explain(error) from error

    async def mint(self, request: Request) -> Response:
        """Become a guest: fill the blank ``meta["session"]`` by a real visit; its page stays warm."""
        session, visit = _session(request)
        try:
            warm = await asyncio.shield(self._warm(session, visit))
            complete = await wait_for_cookies(warm.page.context, visit.rules.wants, self._options.mint_timeout)
            state = await warm.page.context.storage_state()
        except (PageFetchError, PlaywrightError, TimeoutError) as error:
            raise _explain(error) from error
        session.storage = dict(state)
        session.user_agent = await self._agent()
        return Response(request.url, status=200 if complete else 403, request=request)

    async def close(self) -> None:
        """Close the browser and its driver, where they were started."""
        for task in (*self._pages.values(), *self._closing):
            task.cancel()
        if self._launched is not None:
            await super().close()
        for fence in self._fences.values():
            await fence.close()

    async def _navigate(self, warm: WarmPage, request: Request, visit: Visit) -> Fetched:
        self.stats.inc_value("browser/navigations")
        timeout = self._options.page_timeout
        async with asyncio.timeout(timeout + SETTLE):
            if "capture" in request.meta:
                url, key = request.meta["capture"]
                return await capture(warm.page, url, request.url, key, timeout)
            return await go(warm.page, request.url, visit, timeout)

    @asynccontextmanager
    async def _use(self, session: Session) -> AsyncIterator[None]:
        """Keep page and context of *session* open, even if it is retired meanwhile."""
        self._users[session.id] += 1
        try:
            yield
        finally:
            self._users[session.id] -= 1
            await self._close_retired(session.id)

    def _forget(self, session: Session) -> None:
        """Close page and context of a session that is done with, once nobody uses them."""
        self._retired.add(session.id)
        task = asyncio.ensure_future(self._close_retired(session.id))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close_retired(self, session_id: str) -> None:
        if session_id not in self._retired or self._users[session_id]:
            return
        task = self._pages.pop(session_id, None)
        if task is not None and task.done() and not task.cancelled() and task.exception() is None:
            await task.result().close()
        wrapper = self.context_wrappers.get(session_id)
        if wrapper is not None:
            with suppress(PlaywrightError):
                await wrapper.context.close()

    async def _replace_dead(self, session: Session, task: asyncio.Task[WarmPage]) -> None:
        """Let the next request open a new page, if this one is gone, hangs or stands elsewhere."""
        if task.done() and not task.cancelled() and task.exception() is None:
            if await task.result().is_alive():
                return
            await task.result().close()
        if self._pages.get(session.id) is task:
            del self._pages[session.id]
            self.stats.inc_value("browser/pages_replaced")

    def _warm(self, session: Session, visit: Visit) -> asyncio.Task[WarmPage]:
        """Return the task that has opened, or opens, the session's warm page: once, however many ask for it."""
        task = self._pages.get(session.id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._pages[session.id] = asyncio.ensure_future(self._open_warm(session, visit))
        return task

    async def _open_warm(self, session: Session, visit: Visit) -> WarmPage:
        warm = await self._open_page(session, visit)
        self.stats.inc_value("browser/navigations")
        timeout = self._options.page_timeout * 1000
        try:
            answer = await warm.page.goto(visit.rules.mint_url, wait_until="domcontentloaded", timeout=timeout)
            if answer is not None and (answer.status == 429 or answer.status >= 500):
                raise PageFetchError(f"status {answer.status} of {visit.rules.mint_url}")
        except (PageFetchError, PlaywrightError):
            await warm.close()
            raise
        return warm

    async def _open_page(self, session: Session, visit: Visit) -> WarmPage:
        await self._start()
        kwargs: dict[str, Any] = {
            "user_agent": session.user_agent or await self._agent(),
            "service_workers": "block",
            "proxy": {"server": await self._fence(visit).start()},
        }
        kwargs["storage_state"] = session.storage or {"cookies": _own_choices(visit), "origins": []}
        meta = {"playwright_context": session.id, "playwright_context_kwargs": kwargs}
        page = await self._create_page(Request(visit.rules.mint_url, meta=meta), self._crawler.spider)
        warm = WarmPage(page, visit)
        warm.prepare()
        return warm

    def _fence(self, visit: Visit) -> Fence:
        if visit.platform not in self._fences:
            self._fences[visit.platform] = Fence(visit.reaches, self._network.proxy, self.stats.inc_value)
        return self._fences[visit.platform]

    async def _start(self) -> None:
        if self._launched is None:
            self.config.launch_options = launch_options(self._options, self._network)
            self._launched = asyncio.ensure_future(self._launch())
        await asyncio.shield(self._launched)

    async def _maybe_launch_in_thread(self) -> None:
        """Start nothing at ``engine_started``: a run that needs no browser has none."""

    async def _agent(self) -> str:
        """Return the User-Agent this browser has with a window: headless Chromium names itself HeadlessChrome."""
        if self._user_agent is None:
            await self._start()
            await self._maybe_launch_browser()
            page = await self.browser.new_page()
            try:
                self._user_agent = str(await page.evaluate("navigator.userAgent")).replace("HeadlessChrome", "Chrome")
            finally:
                await page.close()
        return self._user_agent


def _session(request: Request) -> tuple[Session, Visit]:
    return request.meta["session"], request.meta["visit"]


def _own_choices(visit: Visit) -> list[dict[str, Any]]:
    """Return the cookies that a guest begins with."""
    domain = f".{visit.rules.cookie_domains[0]}"
    more = {"domain": domain, "path": "/", "expires": -1, "httpOnly": False, "secure": True, "sameSite": "Lax"}
    return [{"name": name, "value": value, **more} for name, value in visit.rules.cookies]


def _respond(got: Fetched) -> Response:
    """Return the answer as Scrapy's own; Set-Cookie comes from the network events."""
    headers: dict[str, list[str]] = {}
    for name, value in got.headers:
        if name.lower() not in _DROPPED | {"set-cookie"}:
            headers.setdefault(name, []).append(value)
    if got.set_cookies:
        headers["Set-Cookie"] = got.set_cookies
    body = got.text.encode("utf-8", "replace")
    return HtmlResponse(got.url, status=got.status, headers=headers, body=body, encoding="utf-8")


def _explain(error: Exception) -> Exception:
    """Return Scrapy's word for what the browser said."""
    if isinstance(error, PlaywrightTimeout | TimeoutError):
        return DownloadTimeoutError("no answer in time in the browser")
    if not isinstance(error, PageFetchError):
        return DownloadFailedError(f"browser: {str(error).strip().partition(chr(10))[0]}")
    if error.reason == "timeout":
        return DownloadTimeoutError("no answer in time in the page")
    if error.reason == "foreign":
        return SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message="the page redirects to a foreign host")
    if error.reason == "too large":
        return SeedError(ErrorCode.PARSE_ERROR, raw_message="the page is larger than DOWNLOAD_MAXSIZE")
    return DownloadFailedError(f"fetch in the page: {error.reason}")
