"""A warm page: a tab of a session that stays open for many in-page fetches."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from urllib.parse import urljoin, urlsplit
from weakref import WeakValueDictionary

from playwright.async_api import BrowserContext, Page, Request, Response
from playwright.async_api import Error as PlaywrightError

from scraper.fetch.browser.batch import BatchFetcher
from scraper.fetch.browser.blocking import block_media
from scraper.fetch.browser.failure import FetchProblem, PageFetchError
from scraper.fetch.scope import BrowserScope

_ALIVE = 3
"""Seconds within which a living page returns its URL."""
_EVENT_WAIT = 5
"""Seconds to wait for the network event of an answer that has already arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer as the page received it, with its Set-Cookie lines, which only network events show."""

    status: int
    url: str
    headers: list[tuple[str, str]]
    text: str
    set_cookies: list[str]


class WarmPage:
    """Fetches in one page. The network event, never the cookie jar, pairs an answer with its Set-Cookie lines."""

    def __init__(self, page: Page, visit: BrowserScope) -> None:
        self.page = page
        self._visit = visit
        self._mailbox = BatchFetcher(page, asdict(visit.rules.state) if visit.rules.state is not None else None)
        self._waiting: dict[str, asyncio.Future[list[str]]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Listen to network events; block images, fonts and media."""
        self.page.on("response", self._note)
        self.page.on("requestfailed", self._note_failure)
        self.page.on("popup", _close)
        await block_media(self.page)

    async def is_alive(self) -> bool:
        """Whether the page still responds, at a URL of its platform."""
        try:
            href = await asyncio.wait_for(self.page.evaluate("location.href"), _ALIVE)
        except (PlaywrightError, TimeoutError):
            return False
        return self._visit.owns(urlsplit(str(href)).hostname or "")

    async def close(self) -> None:
        """Close the page, even a broken one."""
        self._mailbox.close()
        with suppress(PlaywrightError, TimeoutError):
            await asyncio.wait_for(self.page.close(), _ALIVE)

    async def fetch(self, url: str, headers: dict[str, str], timeout: float, limit: int) -> Fetched:
        """
        GET *url* from inside the page.

        Raise PageFetchError if no answer arrives within *timeout* seconds or it has over *limit* characters.
        """
        lock = self._locks.setdefault(url, asyncio.Lock())
        async with lock:
            future = self._waiting[url] = asyncio.get_running_loop().create_future()
            try:
                call = self._mailbox.ask(url, headers, timeout * 1000, limit)
                got = await asyncio.wait_for(call, timeout + _EVENT_WAIT)
                if "error" in got:
                    raise await _problem(got["error"], future)
                # A site's script may send a signed request in its own way, without this event: wait only if needed.
                set_cookies = await asyncio.wait_for(future, _EVENT_WAIT) if self._visit.reads_cookies else []
            finally:
                del self._waiting[url]
        pairs = [(name, value) for name, value in got["headers"]]
        return Fetched(status=got["status"], url=got["url"], headers=pairs, text=got["text"], set_cookies=set_cookies)

    def _note(self, response: Response) -> None:
        """Pass the Set-Cookie lines of an awaited answer to its fetch, or an error for a redirect to a foreign host."""
        if response.request.resource_type != "fetch":
            return
        future = self._find(_first(response.request).url)
        if future is None:
            return
        if is_redirect(response):
            if leads_away(response, self._visit) and not future.done():
                _fail(future, PageFetchError("foreign", FetchProblem.FOREIGN))
            return
        if not self._visit.reads_cookies:
            return
        task = asyncio.ensure_future(_read_cookies(response, future))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note_failure(self, request: Request) -> None:
        future = self._find(_first(request).url)
        if future is not None and not future.done():
            _fail(future, PageFetchError(request.failure or "failed"))

    def _find(self, url: str) -> asyncio.Future[list[str]] | None:
        """Return the future of the fetch for *url*, also if the site's scripts have added to the query."""
        if (exact := self._waiting.get(url)) is not None:
            return exact
        begun = [asked for asked in self._waiting if url.startswith(f"{asked}&")]
        return self._waiting[max(begun, key=len)] if begun else None


def is_redirect(response: Response) -> bool:
    """Whether *response* redirects the browser to another URL."""
    return 300 <= response.status < 400 and response.status != 304


def leads_away(response: Response, visit: BrowserScope) -> bool:
    """Whether the redirect *response* leads to a host of another site."""
    try:
        target = urlsplit(urljoin(response.url, response.headers.get("location", "")))
    except ValueError:
        return True
    return target.scheme != "https" or not visit.owns(target.hostname or "")


async def _problem(words: str, future: asyncio.Future[list[str]]) -> PageFetchError:
    """Return the error of a failed fetch: fetch() says only "Failed to fetch", the network event has the reason."""
    if words in (FetchProblem.TIMEOUT, FetchProblem.TOO_LARGE):
        return PageFetchError(words, FetchProblem(words))
    try:
        await asyncio.wait_for(future, 1)
    except PageFetchError as error:
        return error
    except TimeoutError:
        pass
    return PageFetchError(words)


def _fail(future: asyncio.Future[list[str]], error: PageFetchError) -> None:
    future.set_exception(error)
    future.exception()  # mark it as retrieved: the fetch may not wait for it


async def _read_cookies(response: Response, future: asyncio.Future[list[str]]) -> None:
    try:
        lines = [header["value"] for header in await response.headers_array() if header["name"].lower() == "set-cookie"]
    except PlaywrightError as error:
        if not future.done():
            _fail(future, PageFetchError(error.message))
        return
    if not future.done():
        future.set_result(lines)


def _first(request: Request) -> Request:
    """Return the first request of a chain of redirects."""
    while request.redirected_from is not None:
        request = request.redirected_from
    return request


async def _close(page: Page) -> None:
    """Close a popup."""
    with suppress(PlaywrightError):
        await page.close()


async def wait_for_cookies(context: BrowserContext, names: Iterable[str], timeout: float) -> bool:
    """Poll the cookie jar until all *names* have a value; return False after *timeout* seconds."""
    wanted = set(names)
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while not wanted <= {cookie["name"] for cookie in await context.cookies() if cookie["value"]}:
        if loop.time() > end:
            return False
        await asyncio.sleep(0.05)
    return True
