"""A real navigation: return the final document of a page, or an answer to a request of its scripts."""

import asyncio
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import Response as PageResponse
from scrapy.exceptions import DownloadFailedError

from scraper.fetch.browser.failure import FetchProblem, PageFetchError
from scraper.fetch.browser.warm_page import Fetched, is_redirect, leads_away
from scraper.fetch.scope import BrowserScope

SETTLE = 1.0
"""Seconds without another document after which a navigation has ended."""


async def go(page: Page, url: str, visit: BrowserScope, timeout: float) -> Fetched:
    """Navigate and return the last document: a page that checks the browser reloads after the check."""
    answers = _documents(page)
    try:
        await page.goto(url, wait_until="domcontentloaded", timeout=timeout * 1000)
    except PlaywrightError:
        # Chromium shows its own page for an error without a body; the answer still counts.
        if not answers:
            raise
    seen = 0
    while seen != len(answers):
        seen = len(answers)
        await asyncio.sleep(SETTLE)
    answer = _last(answers)
    if is_redirect(answer):
        if leads_away(answer, visit):
            raise PageFetchError("foreign", FetchProblem.FOREIGN)
        raise PageFetchError("a redirect without a target")
    return await _read(answer, page.url)


async def capture(page: Page, url: str, wanted: str, key: str, timeout: float) -> Fetched:
    """Open *url*; return its scripts' answer for *wanted* (same path and *key*), else the page itself."""
    loop = asyncio.get_running_loop()
    end, documents = loop.time() + timeout, _documents(page)
    found: asyncio.Future[PageResponse] = loop.create_future()

    def note(answer: PageResponse) -> None:
        if not found.done() and _asks_same(answer.url, wanted, key):
            found.set_result(answer)

    page.on("response", note)
    await page.goto(url, wait_until="commit", timeout=timeout * 1000)
    await asyncio.wait([found], timeout=max(0.0, end - loop.time()))
    answer = found.result() if found.done() else _last(documents)
    return await _read(answer, answer.url)


def _documents(page: Page) -> list[PageResponse]:
    """Return a list to which every document of *page* will be added."""
    answers: list[PageResponse] = []
    page.on("response", lambda answer: answers.append(answer) if _is_document(answer, page) else None)
    return answers


def _is_document(answer: PageResponse, page: Page) -> bool:
    request = answer.request
    return request.is_navigation_request() and request.frame == page.main_frame


def _last(answers: list[PageResponse]) -> PageResponse:
    if not answers:
        raise DownloadFailedError("the navigation had no answer")
    return answers[-1]


def _asks_same(url: str, wanted: str, key: str) -> bool:
    """Whether *url* has the same host and path as *wanted*, and the same value of *key* in its query."""
    one, other = urlsplit(url), urlsplit(wanted)
    if (one.hostname, one.path) != (other.hostname, other.path):
        return False
    return parse_qs(one.query).get(key) == parse_qs(other.query).get(key)


async def _read(answer: PageResponse, url: str) -> Fetched:
    """Return *answer* with its text; *url* is its address."""
    headers = [(h["name"], h["value"]) for h in await answer.headers_array()]
    cookies = [value for name, value in headers if name.lower() == "set-cookie"]
    return Fetched(status=answer.status, url=url, headers=headers, text=await answer.text(), set_cookies=cookies)
