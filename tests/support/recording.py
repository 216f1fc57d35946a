"""As much of a crawler as the records of a run need, and seeds that fail."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.settings import Settings

from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.runs.pacing import Pacer
from scraper.runs.recorder import Recorder
from scraper.runtime import signals

REF = Ref(platform="tiktok", kind="video", id="7", url="https://www.tiktok.com/@a/video/7")


class Crawler:
    """As much of one as the output folder needs."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings()
        self.settings.setmodule("scraper.settings")
        self.settings.update({"OUTPUT_DIR": str(folder), "OPEN_SEEDS": 4}, priority="cmdline")
        self.sent: list[object] = []
        self.signals = SimpleNamespace(send_catch_log=self.send, connect=lambda *_: None)
        self.stats = SimpleNamespace(inc_value=lambda *_: None)
        self.engine = SimpleNamespace(close_spider_async=self.close_spider, running=True, _slot=SimpleNamespace(closing=None))
        self.spider = None
        self.reasons: list[str] = []

    def send(self, signal: object, **named: Any) -> None:
        self.sent.append(signal)
        if signal is signals.seed_finished:
            Pacer.of(self).end(named["seed_id"])  # type: ignore[arg-type]

    async def close_spider(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def crawler(tmp_path: Path) -> Iterator[Any]:
    made: Any = Crawler(tmp_path)
    yield made
    with suppress(OSError):
        asyncio.run(Recorder.of(made).close("over"))


def seed(line: int, platform: str = "tiktok") -> Seed:
    return Seed(id=f"{line}.1", line=line, text=REF.url, ref=REF._replace(platform=platform), platform=platform)
