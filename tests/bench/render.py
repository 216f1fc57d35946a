"""Slideshows made while a crawl's event loop has other work."""

import asyncio
import time
from collections.abc import Collection
from pathlib import Path

from scrapy.utils.test import get_crawler

from scraper.media.libav.options import LibavOptions
from scraper.media.libav.pool import LibavPool
from tests.bench.figure import Figure, Group
from tests.bench.loop import p999, tick
from tests.bench.processes import open_folder
from tests.lab import media

_STALL, _SPEED = "render_stall_p999_ms", "render_s_per_picture"
_PICTURES = ("photo-1", "photo-2", "photo-3", "photo-4")
_TURNS = 5
"""Repetitions of the pictures in a slideshow."""
_AT_ONCE = 4
_IDLE = 2.0


def measure(wanted: Collection[str]) -> list[Figure]:
    media.ensure([*_PICTURES, "tune"])
    with open_folder() as folder:
        found = asyncio.run(_render(folder))
    count = len(_PICTURES) * _TURNS * _AT_ONCE
    note = f"{_AT_ONCE} slideshows of {len(_PICTURES) * _TURNS} pictures at once, {found['ticks']} ticks, longest {found['longest']:.1f} ms"
    stall = Figure(
        key=_STALL, value=found["stall"], unit="ms", peer="idle", peer_value=found["idle"], has_ratio=False, note=note
    )
    return [stall, Figure(key=_SPEED, value=found["seconds"] / count, unit="s")]


async def _render(folder: Path) -> dict[str, float]:
    crawler = get_crawler(settings_dict={"VERIFY": "ends", "MEDIA_CONCURRENCY": 8})
    pool = LibavPool(LibavOptions.from_settings(crawler.settings), crawler.stats)
    images = [media.cache_dir() / f"{name}.jpeg" for name in _PICTURES] * _TURNS
    lateness: list[float] = []
    ticker = asyncio.ensure_future(tick(lateness))
    await asyncio.sleep(_IDLE)
    idle = sorted(lateness)
    lateness.clear()
    begun = time.monotonic()
    sound = media.cache_dir() / "tune.mp3"
    await asyncio.gather(*(pool.render(images, sound, folder / f"{number}.mp4") for number in range(_AT_ONCE)))
    seconds, late = time.monotonic() - begun, sorted(lateness)
    ticker.cancel()
    await pool.close()
    return {"idle": p999(idle), "stall": p999(late), "longest": late[-1] * 1000, "ticks": len(late), "seconds": seconds}


GROUP = Group((_STALL, _SPEED), measure)
