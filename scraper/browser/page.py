"""A warm page: one tab of a session that stays open and serves many in-page fetches."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import BrowserContext, CDPSession, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

# Runs in the page: the site's own scripts may hook fetch and add what they sign.
_FETCH = """
async ([url, headers, timeout]) => {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    const answer = await fetch(url, {headers, credentials: "include", cache: "no-store", signal: abort.signal});
    return {status: answer.status, url: answer.url, headers: [...answer.headers], text: await answer.text()};
  } catch (error) {
    return {error: abort.signal.aborted ? "timeout" : String(error)};
  } finally {
    clearTimeout(timer);
  }
}
"""
_BLOCKED = frozenset({"inspector", "net::ERR_BLOCKED_BY_CLIENT"})
"""How Chromium names a request that setBlockedURLs stopped."""
_EVENT_WAIT = 5
"""Seconds to wait for the network event of an answer that has already arrived."""


class PageFetchError(Exception):
    """An in-page fetch gave no answer; *reason* is ``timeout``, ``blocked`` or the browser's own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One answer as the page saw it, with the Set-Cookie lines that only the network events show."""

    status: int
    url: str
    headers: list[tuple[str, str]]
    text: str
    set_cookies: list[str]


class WarmPage:
    """Fetches in one page. URL and Set-Cookie of an answer are paired by the network event, never by the jar."""

    def __init__(self, page: Page, allow: Iterable[str], block: Iterable[str]) -> None:
        self.page = page
        self._allow = tuple(allow)
        self._block = tuple(block)
        self._waiting: dict[str, asyncio.Future[list[str]]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Bar every host but the platform's, redirects included, and listen to the network."""
        cdp: CDPSession = await self.page.context.new_cdp_session(self.page)
        await cdp.send("Network.enable")
        patterns = [{"urlPattern": pattern, "block": True} for pattern in self._block]
        patterns += [{"urlPattern": pattern, "block": False} for pattern in self._allow]
        patterns.append({"urlPattern": "*://*:*/*", "block": True})
        await cdp.send("Network.setBlockedURLs", {"urlPatterns": patterns})
        self.page.on("response", self._note)
        self.page.on("requestfailed", self._note_failure)

    async def fetch(self, url: str, headers: dict[str, str], timeout: float) -> Fetched:
        """GET *url* from inside the page; raise PageFetchError when there is no answer within *timeout* seconds."""
        lock = self._locks.setdefault(url, asyncio.Lock())
        async with lock:
            future = self._waiting[url] = asyncio.get_running_loop().create_future()
            try:
                return await self._fetch(url, headers, timeout, future)
            finally:
                del self._waiting[url]
                self._locks.pop(url, None)

    async def _fetch(
        self, url: str, headers: dict[str, str], timeout: float, future: asyncio.Future[list[str]]
    ) -> Fetched:
        call = self.page.evaluate(_FETCH, [url, headers, timeout * 1000])
        got = await asyncio.wait_for(call, timeout + _EVENT_WAIT)
        if "error" in got:
            # fetch() says only "Failed to fetch"; the network event knows why.
            if got["error"] != "timeout":
                with suppress(TimeoutError):
                    await asyncio.wait_for(future, 1)
            raise PageFetchError(got["error"])
        set_cookies = await asyncio.wait_for(future, _EVENT_WAIT)
        return Fetched(
            status=got["status"],
            url=got["url"],
            headers=[(name, value) for name, value in got["headers"]],
            text=got["text"],
            set_cookies=set_cookies,
        )

    def _note(self, response: Response) -> None:
        """Hand the Set-Cookie lines of an awaited answer to its fetch."""
        if response.request.resource_type != "fetch" or 300 <= response.status < 400:
            return
        future = self._waiting.get(_first(response.request).url)
        if future is not None:
            task = asyncio.ensure_future(_read_cookies(response, future))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _note_failure(self, request: Request) -> None:
        future = self._waiting.get(_first(request).url)
        if future is not None and not future.done():
            reason = request.failure or "failed"
            future.set_exception(PageFetchError("blocked" if reason in _BLOCKED else reason))
            future.exception()


async def _read_cookies(response: Response, future: asyncio.Future[list[str]]) -> None:
    try:
        lines = [header["value"] for header in await response.headers_array() if header["name"].lower() == "set-cookie"]
    except PlaywrightError as error:
        if not future.done():
            future.set_exception(PageFetchError(str(error)))
        return
    if not future.done():
        future.set_result(lines)


def _first(request: Request) -> Request:
    """Return the request that a chain of redirects began with."""
    while request.redirected_from is not None:
        request = request.redirected_from
    return request


async def wait_for_cookies(context: BrowserContext, names: Iterable[str], timeout: float) -> bool:
    """Poll the jar until every one of *names* has a value; False when *timeout* seconds have passed."""
    wanted = set(names)
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while not wanted <= {cookie["name"] for cookie in await context.cookies() if cookie["value"]}:
        if loop.time() > end:
            return False
        await asyncio.sleep(0.05)
    return True
