"""Posts a second of a whole crawl without media, beside yt-dlp on the same links of the same lab."""

import json
import re
import sys
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import Watched, open_folder, open_lab, python
from tests.lab.catalog import load_posts
from tests.lab.client import USER_AGENT
from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.ytdlp import Minted, mint, write_cookies

_POSTS = 1000
_POLITE_POSTS = 60
_LATENCY = 100
"""Milliseconds."""
_PEER_SECONDS = 25
"""Seconds for yt-dlp; it takes the links in the same order."""
_STARTS = "browser_starts_per_1000_posts"
_SLOW, _FAST, _POLITE = "posts_vs_ytdlp_100ms_", "posts_vs_ytdlp_", "posts_polite_"
_BUDGET = 1_000_000
"""Posts that one of X's guest tokens may request, so that neither side is paused."""


@dataclass(frozen=True, slots=True)
class Route:
    """Patterns that find the answers with posts in the lab's log."""

    ours: str
    peer: str
    """Pattern of the URLs that yt-dlp requests."""
    home: str | None
    """Page and selector of a visit that makes a guest for yt-dlp; None = it needs no guest."""
    state: str = "html"
    cookie: str = ""


_TIKTOK, _BILIBILI = r"//www\.tiktok\.com/@lab\.many/", r"//www\.bilibili\.com/video/BV"
ROUTES = {
    "tiktok": Route(_TIKTOK, _TIKTOK, "", "#__UNIVERSAL_DATA_FOR_REHYDRATION__", "msToken"),
    "bilibili": Route(_BILIBILI, _BILIBILI, "https://www.bilibili.com/", "#app", "buvid4"),
    "twitter": Route(r"/tweet-result\?", r"/TweetResultByRestId\?", None),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl."""

    rate: float
    """Posts a second."""
    posts: int
    browsers: int


def measure(wanted: Collection[str]) -> list[Figure]:
    figures = []
    for name in ROUTES:
        if _FAST + name in wanted or (name == "tiktok" and _STARTS in wanted):
            ours, peer = after(0, name)
            if name == "tiktok":
                starts, note = ours.browsers * 1000 / ours.posts, f"{ours.posts} posts, by the process list"
                figures.append(Figure(key=_STARTS, value=starts, unit="starts", note=note))
            figures.append(_beside(_FAST + name, ours, peer))
        if _SLOW + name in wanted:
            figures.append(_beside(_SLOW + name, *after(_LATENCY, name)))
        if _POLITE + name in wanted:
            with open_many(_POLITE_POSTS, _LATENCY) as lab:
                run = crawl(lab, _LATENCY, name, polite=True)
            note = "POLITE=1, answers after 100 ms"
            figures.append(Figure(key=_POLITE + name, value=run.rate, unit="posts/s", note=note))
    return figures


def at_once() -> tuple[Run, Run]:
    """Return the rates of our crawl and of yt-dlp on TikTok, in a lab that answers at once."""
    return after(0, "tiktok")


@cache
def after(latency: int, platform: str) -> tuple[Run, Run]:
    """Return the rates of our crawl and of yt-dlp in a lab that answers after *latency* milliseconds."""
    with open_many(_POSTS, latency) as lab:
        return crawl(lab, latency, platform), _ytdlp(lab, latency, platform)


def open_many(posts: int, latency: int) -> AbstractContextManager[LabProcess]:
    """Start a lab with *posts* many posts of each platform that answers after *latency* milliseconds."""
    options = ("--many", str(posts), "--list-many", "--latency", str(latency), "--guest-budget", str(_BUDGET))
    return open_lab(*options)


def crawl(lab: LabProcess, latency: int, platform: str = "tiktok", *, polite: bool = False) -> Run:
    """Crawl the many posts of *lab* as a person does."""
    lab.reset()
    with open_folder() as folder:
        urls = many(lab, platform)
        (folder / "seeds.txt").write_text("".join(f"{url}\n" for url in urls))
        settings = {
            "PROXY": lab.proxy,
            "CA_FILE": lab.ca_file,
            "OUTPUT_DIR": folder / "out",
            "SESSION_DIR": folder / "sessions",
            "MEDIA": "none",
            "POLITE": int(polite),
        }
        options = [option for name, value in settings.items() for option in ("-s", f"{name}={value}")]
        command = [sys.executable, "-m", "scrapy", "crawl", platform, "-a", f"seeds={folder / 'seeds.txt'}", *options]
        watched = Watched(command, folder)
        if watched.wait(timeout=90) != 0:
            raise BenchError(f"the crawl failed: {watched.tail}")
        rate = read_rate(lab.log(), latency, len(urls), ROUTES[platform].ours)
        return Run(rate, len(urls), len(watched.browsers))


def many(lab: LabProcess, platform: str = "tiktok") -> list[str]:
    """Return the links of the many posts; the lab lists these last."""
    mine = [post["url"] for post in lab.posts_of(platform)]
    return mine[sum(post.platform == platform for post in load_posts()) :]


def read_rate(log: list[Record], latency: int, expected: int, pattern: str = ROUTES["tiktok"].ours) -> float:
    """
    Return posts a second by the lab's own log, the same for everyone.

    The time runs from the first request for a post until the last such request is answered. Start-up, the minting of a
    session and the writing after the last answer are outside of it.
    """
    posts = [r for r in log if r.status == 200 and not r.note and re.search(pattern, f"//{r.host}{r.target}")]
    times = [record.time for record in posts]
    if len(times) < expected:
        raise BenchError(f"the lab served {len(times)} of {expected} posts")
    return len(times) / (max(times) - min(times) + latency / 1000)


def _ytdlp(lab: LabProcess, latency: int, platform: str) -> Run:
    """Extract the same links with yt-dlp's Python API, one after the other, as people run it."""
    route = ROUTES[platform]
    with open_folder() as folder:
        urls = many(lab, platform)
        guest = Minted(USER_AGENT, [], "")
        if route.home is not None:
            guest = mint(lab, route.home or urls[0], route.state, route.cookie)
        task = {
            "urls": urls,
            "seconds": _PEER_SECONDS,
            "proxy": lab.proxy,
            "cookies": str(write_cookies(guest.cookies, folder / "cookies.txt")),
            "user_agent": guest.user_agent,
        }
        path = folder / "task.json"
        path.write_text(json.dumps(task))
        lab.reset()
        done = int(python("tests.bench.ytdlp", str(path), folder=folder, timeout=_PEER_SECONDS + 30))
        return Run(read_rate(lab.log(), latency, done, route.peer), done, 0)


def _beside(key: str, ours: Run, peer: Run) -> Figure:
    return Figure(
        key=key,
        value=ours.rate,
        unit="posts/s",
        peer="yt-dlp",
        peer_value=peer.rate,
        note=f"{ours.posts} posts; yt-dlp {peer.posts} in a row",
    )


GROUP = Group((_STARTS, *(key + name for name in ROUTES for key in (_SLOW, _FAST, _POLITE))), measure)
