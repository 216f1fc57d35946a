"""A mixed list of all platforms in one crawl; Douyin's posts beside one real navigation per post."""

import asyncio
import re
import sys
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, async_playwright

from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from tests.bench.figure import BenchError, Figure, Group
from tests.bench.posts import many, open_many, read_rate
from tests.bench.processes import Watched, open_folder
from tests.lab.process import LabProcess

_RATE, _MEMORY, _DOUYIN = "hybrid_1000_posts", "hybrid_1000_peak_mb", "douyin_vs_navigation"
_PLATFORMS = ("bilibili", "douyin", "tiktok", "twitter")
_EACH = 250
_POSTS = 600
_DETAIL = "https://www.douyin.com/aweme/v1/web/aweme/detail/"
_PATTERNS = {
    "bilibili": r"//www\.bilibili\.com/video/BV",
    "douyin": r"/aweme/v1/web/aweme/detail/\?",
    "tiktok": r"//www\.tiktok\.com/@lab\.many/",
    "twitter": r"/tweet-result\?",
}
_TABS = 4
_SECONDS = 12
_LIMIT = 120
_LOOK = 0.5
"""Seconds between two readings of the memory."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """One crawl."""

    rate: float
    """Posts a second by the lab's log."""
    browsers: int
    navigations: int
    megabytes: float
    """Peak memory of all its processes."""


def measure(wanted: Collection[str]) -> list[Figure]:
    figures = []
    if {_RATE, _MEMORY}.intersection(wanted):
        figures += _mixed()
    if _DOUYIN in wanted:
        with open_many(_POSTS, 0) as lab:
            ours = _crawl(lab, "douyin", many(lab, "douyin"), _PATTERNS["douyin"]).rate
            peer = asyncio.run(_navigate(lab))
        note = f"{_POSTS} posts; peer: {_TABS} tabs of one warm context, the answer that each page asks for"
        figures.append(Figure(key=_DOUYIN, value=ours, unit="posts/s", peer="navigation", peer_value=peer, note=note))
    return figures


def _mixed() -> list[Figure]:
    with open_many(_EACH, 0) as lab:
        by_platform = [many(lab, name) for name in _PLATFORMS]
        urls = [url for row in zip(*by_platform, strict=True) for url in row]
        run = _crawl(lab, "hybrid", urls, "|".join(_PATTERNS.values()))
    note = f"{_EACH} of each platform; browser starts {run.browsers}, navigations {run.navigations}"
    return [
        Figure(key=_RATE, value=run.rate, unit="posts/s", note=note),
        Figure(
            key=_MEMORY,
            value=run.megabytes,
            unit="MB",
            note="proportional set size of crawl, driver and browser together",
        ),
    ]


def _crawl(lab: LabProcess, spider: str, urls: list[str], pattern: str) -> Mixed:
    """Crawl *urls*; their answers have URLs like *pattern*."""
    with open_folder() as folder:
        (folder / "seeds.txt").write_text("".join(f"{url}\n" for url in urls))
        given = {
            "PROXY": lab.proxy,
            "CA_FILE": lab.ca_file,
            "OUTPUT_DIR": folder / "out",
            "SESSION_DIR": folder / "sessions",
            "MEDIA": "none",
            "POLITE": 0,
        }
        command = [sys.executable, "-m", "scrapy", "crawl", spider, "-a", f"seeds={folder / 'seeds.txt'}"]
        watched = Watched([*command, *(x for name, value in given.items() for x in ("-s", f"{name}={value}"))], folder)
        peak = _Peak(watched)
        if watched.wait(_LIMIT) != 0:
            raise BenchError(f"the crawl failed: {watched.tail}")
        found = re.search(r"'browser/navigations': (\d+)", watched.log)
        rate = read_rate(lab.log(), 0, len(urls), pattern)
        return Mixed(rate, len(watched.browsers), int(found[1]) if found else 0, peak.megabytes)


class _Peak:
    """Reads the memory of a command and its descendants until the command ends."""

    def __init__(self, watched: Watched) -> None:
        self.megabytes = 0.0
        self._watched = watched
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while self._watched.is_running:
            kilobytes = sum(map(_pss, self._watched.pids))
            self.megabytes = max(self.megabytes, kilobytes / 1024)
            time.sleep(_LOOK)


def _pss(pid: int) -> int:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


async def _navigate(lab: LabProcess) -> float:
    """Return posts a second of a plain Playwright script that opens every post."""
    options = launch_options(
        BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30),
        NetworkOptions(proxy=lab.proxy, ca_file=Path(lab.ca_file)),
    )
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(**{**options, "proxy": {"server": lab.proxy}})
        try:
            blank = await chromium.new_page()
            agent = (await blank.evaluate("navigator.userAgent")).replace("Headless", "")
            context = await chromium.new_context(user_agent=agent)
            tabs = [await context.new_page() for _ in range(_TABS)]
            await tabs[0].goto("https://www.douyin.com/")
            await tabs[0].wait_for_function("document.cookie.includes('msToken')")
            urls = iter(many(lab, "douyin"))
            started = time.monotonic()
            counts = await asyncio.gather(*(_work(tab, urls, started + _SECONDS) for tab in tabs))
            return sum(counts) / (time.monotonic() - started)
        finally:
            await chromium.close()


async def _work(tab: Page, urls: Iterator[str], end: float) -> int:
    """Open one post after the other; return the number of posts that were shown."""
    done = 0
    for url in urls:
        async with tab.expect_response(lambda answer: answer.url.startswith(_DETAIL)) as waiting:
            await tab.goto(url, wait_until="commit")
        # pages of one context renew each other's signing cookies: requests that fail for this do not count
        done += "aweme_detail" in await (await waiting.value).text()
        if time.monotonic() > end:
            break
    return done


GROUP = Group((_RATE, _MEMORY, _DOUYIN), measure)
