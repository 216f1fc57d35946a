"""TikTok posts through a warm page beside one real navigation per post, in the same lab."""

import asyncio
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from playwright.async_api import BrowserContext, Page, async_playwright

from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from tests.bench.figure import BenchError, Figure, Group
from tests.bench.posts import at_once, many
from tests.bench.processes import open_lab
from tests.lab.process import LabProcess

_KEY = "page_vs_navigation"
_TABS = 4
"""The fastest number on two cores."""
_SECONDS = 12
_POSTS = 1000
_STATE = "#__UNIVERSAL_DATA_FOR_REHYDRATION__"


def measure(wanted: Collection[str]) -> list[Figure]:
    ours, _ = at_once()
    with open_lab("--many", str(_POSTS), "--list-many") as lab:
        peer = asyncio.run(_navigate(lab))
    note = f"ours: the whole crawl; peer: {_TABS} tabs of one warm context, state read from the document"
    return [Figure(key=_KEY, value=ours.rate, unit="posts/s", peer="navigation", peer_value=peer, note=note)]


async def _navigate(lab: LabProcess) -> float:
    """Return the posts a second of a plain Playwright script; the firewall page does not stop it."""
    options = launch_options(
        BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30),
        NetworkOptions(proxy=lab.proxy, ca_file=Path(lab.ca_file)),
    )
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**{**options, "proxy": {"server": lab.proxy}})
        try:
            blank = await chromium.new_page()
            agent = (await blank.evaluate("navigator.userAgent")).replace("Headless", "")
            await blank.close()
            context = await chromium.new_context(user_agent=agent)
            # the lab's pages open popups to test the fence; here these would only slow the peer down
            await context.add_init_script("window.open = () => null")
            tabs = [await context.new_page() for _ in range(_TABS)]
            urls = iter(many(lab))
            await _become_guest(context, tabs[0], next(urls))
            started = time.monotonic()
            counts = await asyncio.gather(*(_work(tab, urls, started + _SECONDS) for tab in tabs))
            return sum(counts) / (time.monotonic() - started)
        finally:
            await chromium.close()


async def _become_guest(context: BrowserContext, tab: Page, url: str) -> None:
    await tab.goto(url)
    await tab.wait_for_selector(_STATE, state="attached", timeout=15_000)
    await tab.wait_for_function("document.cookie.includes('msToken')")


async def _work(tab: Page, urls: Iterator[str], end: float) -> int:
    """Open one post after the other; return the number of posts that showed their state."""
    done = 0
    for url in urls:
        await tab.goto(url, wait_until="domcontentloaded")
        text = await tab.locator(_STATE).text_content(timeout=5000)
        if not text or "webapp.video-detail" not in text:
            raise BenchError(f"{url}: the navigation did not show the post")
        done += 1
        if time.monotonic() > end:
            break
    return done


GROUP = Group((_KEY,), measure)
