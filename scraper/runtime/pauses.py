"""Who must not be asked now: platforms and media servers that said so, and until when."""

import asyncio
import logging
import time
from collections.abc import Callable

from scrapy.statscollectors import StatsCollector

from scraper.errors import InterruptedRunError

logger = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between two looks at whether the run goes on: Scrapy says nothing when a stop begins."""
_NEWS = 10.0
"""Seconds a pause must grow by to be told again."""


class Pauses:
    """The pauses of one run, by name: a platform's, or the download slot's of its media server."""

    def __init__(self, stats: StatsCollector, is_over: Callable[[], bool]) -> None:
        self._stats = stats
        self.is_over = is_over
        """Returns whether the run is being stopped, or has ended."""
        self._until: dict[str, float] = {}

    def pause(self, name: str, seconds: float, why: str) -> None:
        """Ask *name* for nothing for *seconds* from now; a pause that lasts longer stays as it is."""
        left = self.left(name)
        if seconds <= left:
            return
        self._until[name] = time.monotonic() + seconds
        if not left:
            self._stats.inc_value(f"pause/{name}")
        if not left or seconds - left > _NEWS:
            logger.warning("%s is paused for %.0f s: %s", name, seconds, why)

    def left(self, name: str) -> float:
        """Return the seconds that the pause of *name* still lasts, 0 for none."""
        return max(0.0, self._until.get(name, 0.0) - time.monotonic())

    def is_paused(self, name: str) -> bool:
        """Whether *name* must not be asked now."""
        return self.left(name) > 0

    def all(self) -> dict[str, int]:
        """Return who is paused now, and for how many seconds still."""
        return {name: round(left) for name in self._until if (left := self.left(name)) > 0}

    async def wait(self, name: str) -> None:
        """Return when *name* may be asked; raise InterruptedRunError when the run is stopped before."""
        while left := self.left(name):
            await self.sleep(left)

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds*; raise InterruptedRunError when the run is stopped before."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, TICK))
            self.check()

    def check(self) -> None:
        """Raise InterruptedRunError if the run is being stopped: nothing is waited for then."""
        if self.is_over():
            raise InterruptedRunError("the run was stopped")
