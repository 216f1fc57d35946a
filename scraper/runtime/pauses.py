"""Pauses of platforms and media servers that asked us to wait."""

import asyncio
import logging
import time
from collections.abc import Callable

from scrapy.statscollectors import StatsCollector

from scraper.errors import InterruptedRunError

logger = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two checks whether the run is stopping: Scrapy sends no signal for the beginning of a stop."""
_NEWS = 10.0
"""Seconds by which a pause must grow to be logged again."""


class Pauses:
    """The pauses of one run, by the name of a platform or of the download slot of its media server."""

    def __init__(self, stats: StatsCollector, is_over: Callable[[], bool]) -> None:
        self._stats = stats
        self.is_over = is_over
        """Returns whether the run is stopping or has ended."""
        self._until: dict[str, float] = {}

    def pause(self, name: str, seconds: float, why: str) -> None:
        """Pause *name* for *seconds* from now; a pause that lasts longer is unchanged."""
        left = self.left(name)
        if seconds <= left:
            return
        self._until[name] = time.monotonic() + seconds
        if not left:
            self._stats.inc_value(f"pause/{name}")
        if not left or seconds - left > _NEWS:
            logger.warning("%s is paused for %.0f s: %s", name, seconds, why)

    def left(self, name: str) -> float:
        """Return the remaining seconds of the pause of *name*, 0 if it is not paused."""
        return max(0.0, self._until.get(name, 0.0) - time.monotonic())

    def is_paused(self, name: str) -> bool:
        """Whether *name* is paused now."""
        return self.left(name) > 0

    def all(self) -> dict[str, int]:
        """Return the names that are paused now, with their remaining seconds."""
        return {name: round(left) for name in self._until if (left := self.left(name)) > 0}

    async def wait(self, name: str) -> None:
        """Wait for the end of the pause of *name*; raise InterruptedRunError if the run stops first."""
        while left := self.left(name):
            await self.sleep(left)

    async def sleep(self, seconds: float) -> None:
        """Wait for *seconds*; raise InterruptedRunError if the run stops first."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, TICK))
            self.check()

    def check(self) -> None:
        """Raise InterruptedRunError if the run is stopping."""
        if self.is_over():
            raise InterruptedRunError("the run was stopped")
