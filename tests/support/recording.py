"""The recorder of a run with all its collaborators, without a crawler."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from scraper.envelopes.maker import EnvelopeMaker
from scraper.envelopes.outcome import Outcome
from scraper.envelopes.shape import load_shape
from scraper.errors import ErrorCode, SeedError
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from scraper.platform.registry import load
from scraper.runs.answers import RawFiles
from scraper.runs.drift import Drift
from scraper.runs.options import RunOptions
from scraper.runs.pacing import Pacer
from scraper.runs.recorder import Recorder
from scraper.runs.tally import Tally
from scraper.runtime.pauses import Pauses
from scraper.runtime.progress import Progress

REF = Ref(platform="tiktok", kind="video", id="7", url="https://www.tiktok.com/@a/video/7")
SHAPES = {"hybrid": "pipelines.shapes.hybrid"}


class Recording:
    """A recorder of *folder*, with lists of the signals, counts and ends."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[tuple[object, dict[str, Any]]] = []
        self.reasons: list[str] = []
        self.counts = Counter[str]()
        stats: Any = self
        self.pauses = Pauses(stats, lambda: False)
        self.progress = Progress()
        self.tally = Tally(stats, self.progress)
        self.pacer = Pacer(4, 60, pauses=self.pauses, progress=self.progress)
        self.raw_files = RawFiles(folder, Drift(stats), is_on=True)
        self.recorder = Recorder(
            RunOptions(folder=folder, open_seeds=4, lease_seconds=60),
            spider="hybrid",
            maker=EnvelopeMaker(load_shape("hybrid", SHAPES), load(("spiders",)), "hybrid"),
            pacer=self.pacer,
            tally=self.tally,
            announce=lambda signal, **facts: self.sent.append((signal, facts)),
            close_spider=self._close_spider,
            is_over=lambda: False,
        )

    def inc_value(self, key: str) -> None:
        """Count, as Scrapy's stats do."""
        self.counts[key] += 1

    async def open(self, seeds: int) -> Recorder:
        """Begin a run of *seeds* seeds for one post."""
        await self.recorder.open("list")
        await self.recorder.ledger.load(seed(line) for line in range(1, seeds + 1))
        return self.recorder

    async def claim(self, found: Seed) -> bool:
        """Claim a post as the spider does before its request: return whether *found* is the seed that fetches it."""
        claim = await self.pacer.claim(self.recorder.ledger, REF.key, found.id)
        if not claim.is_first:
            await self.recorder.repeat(failed(found), claim)
        return claim.is_first

    def sent_signals(self) -> list[object]:
        return [signal for signal, _ in self.sent]

    async def _close_spider(self, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    made = Recording(tmp_path)
    yield made
    with suppress(OSError):
        asyncio.run(made.recorder.close("over"))


def seed(line: int, platform: str = "tiktok") -> Seed:
    return Seed(id=f"{line}.1", line=line, text=REF.url, ref=REF._replace(platform=platform), platform=platform)


def failed(found: Seed) -> Outcome:
    return Outcome(seed=found, ref=REF, started=time.monotonic(), error=SeedError(ErrorCode.REMOVED))
