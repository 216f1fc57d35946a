"""
``python -m tests.bench.media_crawl OUT CA_FILE URLS [watch]``: a crawl that only fetches the media of a post.

Settings, middlewares, download handler, slots and MediaFetcher are the project's own; prints one line of JSON.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from scraper.fetch.session import Session
from scraper.media.refresh import RefreshablePost
from scraper.media.services import MediaServices
from scraper.model.policy import Policy
from scraper.model.post import Author, Kind, Media, Post, Role, Variant
from spiders.tiktok.platform import TikTok
from tests.bench.loop import p999, tick

_IDLE = 2.0


class MediaSpider(Spider):
    """One post with a video for every URL; the result is left in *found*."""

    name = "bench"
    custom_settings = {"DOWNLOAD_SLOTS": TikTok.slots, "ITEM_PIPELINES": {}, "EXTENSIONS": {}}
    out: str
    urls: str
    watch: str
    found: dict[str, Any]

    async def start(self) -> AsyncIterator[Request]:
        """Fetch the media; there are no pages to crawl."""
        await self._work()
        nothing: list[Request] = []
        for request in nothing:
            yield request

    async def _work(self) -> None:
        lateness: list[float] = []
        if self.watch:
            ticker = asyncio.ensure_future(tick(lateness))
            await asyncio.sleep(_IDLE)
            idle, idle_rss = sorted(lateness), _status("VmRSS")
            lateness.clear()
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        post = _post(json.loads(self.urls))
        fetcher = MediaServices.of(self.crawler).fetcher
        source = RefreshablePost(post=post, platform=TikTok(), session=None, extract=_never)
        await fetcher.fetch(source, Policy(media="best"))
        self.found["ended"] = time.time()
        files = [file for medium in post.media for file in medium.files]
        self.found["sha256"] = [file.sha256 for file in files]
        self.found["errors"] = [medium.error for medium in post.media if medium.error]
        streamed = max(Path(self.out, file.path).stat().st_mtime for file in files) if files else 0.0
        self.found["disk"] = self.found["ended"] - streamed
        if self.watch:
            ticker.cancel()
            late = sorted(lateness)
            self.found |= {
                "idle_rss": idle_rss,
                "peak_rss": _status("VmHWM"),
                "idle_stall": p999(idle),
                "stall": p999(late),
                "longest_stall": late[-1] * 1000,
                "ticks": len(late),
            }


def _status(name: str) -> int:
    """Return a line of /proc/self/status in bytes."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _post(urls: list[str]) -> Post:
    headers = {"Referer": "https://www.tiktok.com/@bench/video/1"}
    media = [
        Media(index=n, role=Role.VIDEO, variants=[Variant(url=url, headers=headers, watermark=False, codec="h264")])
        for n, url in enumerate(urls, 1)
    ]
    return Post(
        platform="tiktok", id="1", kind=Kind.VIDEO, url=headers["Referer"], author=Author(handle="bench"), media=media
    )


async def _never() -> tuple[Post, Session | None]:
    raise AssertionError("nothing is refused here")


def main() -> None:
    out, ca_file, urls, *watch = sys.argv[1:]
    settings = get_project_settings()
    given = {"OUTPUT_DIR": out, "CA_FILE": ca_file, "PROXY": "", "POLITE": "0", "LOG_LEVEL": "WARNING"}
    for name, value in given.items():
        settings.set(name, value, priority="cmdline")
    found: dict[str, Any] = {}
    process = AsyncCrawlerProcess(settings)
    process.crawl(MediaSpider, out=out, urls=urls, watch="".join(watch), found=found)
    process.start()
    if found.get("errors") or "ended" not in found:
        raise SystemExit(f"not fetched: {found.get('errors')}")
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
