"""Recognised lines of a mixed seed list per second, beside yt-dlp's ``suitable()`` on the links alone."""

import gc
import itertools
import random
import time
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from statistics import median
from typing import Any

from scraper.platform.registry import load, recogniser
from scraper.seeds.lines import parse_lines
from tests.bench.figure import Figure, Group

_RATE, _PEER = "links_per_s", "links_vs_ytdlp"
_LINES = 100_000
_ROUNDS = 3
_EXTRACTORS = ("TikTok", "Douyin", "BiliBili", "Bilibili", "BiliLive", "Twitter")
"""First letters of the names of yt-dlp's extractors for the four sites."""
_LINKS = (
    "https://www.tiktok.com/@some.user_{n}/video/73{n:017d}",
    "https://www.tiktok.com/@some.user_{n}/video/73{n:017d}?is_from_webapp=1&sender_device=pc&web_id=73{n:017d}",
    "https://www.tiktok.com/@some.user_{n}/photo/73{n:017d}?lang=en",
    "https://m.tiktok.com/v/73{n:017d}.html",
    "https://www.tiktok.com/embed/v2/73{n:017d}",
    "https://vm.tiktok.com/ZM{n:07d}/",
    "https://vt.tiktok.com/ZS{n:07d}",
    "https://www.tiktok.com/t/ZT{n:07d}/",
    "https://www.tiktok.com/@some.user_{n}",
    "https://www.tiktok.com/music/original-sound-73{n:017d}",
    "https://www.tiktok.com/tag/tag{n}",
    "https://www.tiktok.com/@some.user_{n}/live",
    "https://www.douyin.com/video/73{n:017d}",
    "https://www.douyin.com/note/73{n:017d}?previous_page=web_code_link",
    "https://www.douyin.com/discover?modal_id=73{n:017d}",
    "https://www.iesdouyin.com/share/video/73{n:017d}/?region=CN&mid=1",
    "https://v.douyin.com/iR{n:06d}/",
    "https://live.douyin.com/{n}",
    "https://www.bilibili.com/video/BV1ab{b}c/?p=2&spm_id_from=333.1007",
    "https://www.bilibili.com/video/av{n}1",
    "https://m.bilibili.com/video/BV1ab{b}c?share_source=copy_web",
    "https://www.bilibili.com/bangumi/play/ep{n}",
    "https://space.bilibili.com/{n}/lists/1{n}?type=season",
    "https://www.bilibili.com/opus/81{n:016d}",
    "https://player.bilibili.com/player.html?aid=1{n}&cid=1&p=1",
    "https://b23.tv/a{n:06d}",
    "https://b23.tv/BV1ab{b}c",
    "https://live.bilibili.com/{n}",
    "https://x.com/someone_{n}/status/18{n:017d}?s=20",
    "https://twitter.com/someone_{n}/status/18{n:017d}/photo/1",
    "https://twitter.com/i/web/status/18{n:017d}",
    "https://mobile.twitter.com/someone_{n}/status/18{n:017d}",
    "https://fxtwitter.com/someone_{n}/status/18{n:017d}",
    "https://x.com/i/spaces/1{n:012d}",
    "https://pbs.twimg.com/media/F{n:014d}?format=jpg&name=large",
    "https://t.co/a{n:09d}",
    "https://www.youtube.com/watch?v=a{n:010d}",
    "https://www.tiktok.com.example.org/@a/video/73{n:017d}",
    "https://example.org/page/{n}?u=https%3A%2F%2Fwww.tiktok.com",
)
_TEXTS = (
    ("{link}", 12),
    ("  {link}  ", 1),
    ("Look at this! {link} #fyp", 2),
    ("7.43 复制打开抖音，看看【某人的作品】 {link} 复制此链接，打开Dou音搜索，直接观看视频！", 2),
    ('{{"url": "{link}", "options": {{"MEDIA": "none"}}, "tags": ["a", "b"]}}', 2),
    ("{link},{link}", 1),
)
"""The form of a link in its line, and its frequency."""


def measure(wanted: Collection[str]) -> list[Figure]:
    links, lines = _mixed()
    platforms = load(("spiders",))
    ours_by = recogniser(platforms.values())
    suitable = [extractor.suitable for extractor in _extractors()]

    def ours() -> int:
        return sum(seed.ref is not None for seed in parse_lines(lines, ours_by))

    def peer() -> int:
        return sum(any(check(link) for check in suitable) for link in links)

    ours_times, peer_times = [], []
    counts = [ours(), peer()]  # compiles the patterns
    for _ in range(_ROUNDS):
        ours_times.append(_time(ours))
        peer_times.append(_time(peer))
    value, peer_value = _LINES / median(ours_times), _LINES / median(peer_times)
    note = f"our forms: {', '.join(platforms)}; posts and pages recognised: {counts[0]}, by the peer {counts[1]}"
    name = f"suitable() of {len(suitable)} extractors"
    rate = Figure(key=_RATE, value=value, unit="lines/s", note=note)
    return [rate, Figure(key=_PEER, value=value, unit="lines/s", peer=name, peer_value=peer_value, note=note)]


def _time(work: Callable[[], int]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _mixed() -> tuple[list[str], list[bytes]]:
    """Return the links and the lines around them, the same in every run; one line in fifty has no link."""
    chance = random.Random(1)
    texts, weights = zip(*_TEXTS, strict=True)
    links, lines = [], []
    for n, form in zip(range(_LINES), itertools.cycle(_LINKS)):
        link = form.format(n=n, b=f"{n:06d}".replace("0", "A")) if n % 50 else f"nothing here, only text number {n}"
        text: str = chance.choices(texts, weights)[0] if n % 50 else "{link}"
        links.append(link)
        lines.append((text.format(link=link) + "\n").encode())
    return links, lines


def _extractors() -> Sequence[Any]:
    """Return yt-dlp's extractors of the four sites, in its own order."""
    found = import_module("yt_dlp.extractor").gen_extractor_classes()
    return [extractor for extractor in found if extractor.__name__.startswith(_EXTRACTORS)]


GROUP = Group((_RATE, _PEER), measure)
