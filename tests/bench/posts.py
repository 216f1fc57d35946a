"""Posts a second of a whole crawl without media, beside yt-dlp on the same links of the same lab."""

import json
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import Watched, open_folder, open_lab, python
from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.test_ytdlp import mint, write_cookies

_POSTS = 1000
_POLITE_POSTS = 60
_LATENCY = 100
"""Milliseconds."""
_PEER_SECONDS = 25
"""How long yt-dlp works; it takes the links in the same order."""
_STARTS, _SLOW, _FAST = "browser_starts_per_1000_posts", "posts_vs_ytdlp_100ms_tiktok", "posts_vs_ytdlp_tiktok"
_POLITE = "posts_polite_tiktok"


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl."""

    rate: float
    """Posts a second."""
    posts: int
    browsers: int


def measure(wanted: Collection[str]) -> list[Figure]:
    figures = []
    if _STARTS in wanted or _FAST in wanted:
        ours, peer = at_once()
        starts = ours.browsers * 1000 / ours.posts
        figures.append(Figure(key=_STARTS, value=starts, unit="starts", note=f"{ours.posts} posts, by the process list"))
        figures.append(_beside(_FAST, ours, peer))
    if _SLOW in wanted:
        figures.append(_beside(_SLOW, *after(_LATENCY)))
    if _POLITE in wanted:
        with open_lab("--many", str(_POLITE_POSTS), "--list-many", "--latency", str(_LATENCY)) as lab:
            run = crawl(lab, _LATENCY, polite=True)
        figures.append(Figure(key=_POLITE, value=run.rate, unit="posts/s", note="POLITE=1, answers after 100 ms"))
    return figures


def at_once() -> tuple[Run, Run]:
    """Return what we and yt-dlp reach in a lab that answers at once."""
    return after(0)


@cache
def after(latency: int) -> tuple[Run, Run]:
    """Return what we and yt-dlp reach in a lab that answers after *latency* milliseconds."""
    with open_lab("--many", str(_POSTS), "--list-many", "--latency", str(latency)) as lab:
        return crawl(lab, latency), _ytdlp(lab, latency)


def crawl(lab: LabProcess, latency: int, *, polite: bool = False) -> Run:
    """Crawl the many posts of *lab* as a person does."""
    lab.reset()
    with open_folder() as folder:
        urls = many(lab)
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
        command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", f"seeds={folder / 'seeds.txt'}", *options]
        watched = Watched(command, folder)
        if watched.wait(timeout=90) != 0:
            raise BenchError(f"the crawl failed: {watched.tail}")
        return Run(read_rate(lab.log(), latency, len(urls)), len(urls), len(watched.browsers))


def many(lab: LabProcess) -> list[str]:
    """Return the links of the many posts."""
    return [post["url"] for post in lab.posts if "/@lab.many/" in post["url"]]


def read_rate(log: list[Record], latency: int, expected: int) -> float:
    """
    Return posts a second by the lab's own log, the same for everyone.

    The time runs from the first request for a post until the last such request is answered. Start-up, the minting of a
    session and the writing after the last answer are outside of it.
    """
    posts = [r for r in log if r.host == "www.tiktok.com" and "/@lab.many/" in r.target and r.status == 200]
    times = [record.time for record in posts if not record.note]
    if len(times) < expected:
        raise BenchError(f"the lab served {len(times)} of {expected} posts")
    return len(times) / (max(times) - min(times) + latency / 1000)


def _ytdlp(lab: LabProcess, latency: int) -> Run:
    """Let yt-dlp's Python API extract the same links, one after the other, as people run it."""
    with open_folder() as folder:
        urls = many(lab)
        minted = mint(lab, urls[0])
        task = {
            "urls": urls,
            "seconds": _PEER_SECONDS,
            "proxy": lab.proxy,
            "cookies": str(write_cookies(minted.cookies, folder / "cookies.txt")),
            "user_agent": minted.user_agent,
        }
        path = folder / "task.json"
        path.write_text(json.dumps(task))
        lab.reset()
        done = int(python("tests.bench.ytdlp", str(path), folder=folder, timeout=_PEER_SECONDS + 30))
        return Run(read_rate(lab.log(), latency, done), done, 0)


def _beside(key: str, ours: Run, peer: Run) -> Figure:
    return Figure(
        key=key,
        value=ours.rate,
        unit="posts/s",
        peer="yt-dlp",
        peer_value=peer.rate,
        note=f"{ours.posts} posts; yt-dlp {peer.posts} in a row",
    )


GROUP = Group((_STARTS, _SLOW, _FAST, _POLITE), measure)
