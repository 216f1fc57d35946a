"""The progress of a run, for people who watch it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_WINDOW = 60.0
"""Seconds over which the rate is measured."""


@dataclass(slots=True, kw_only=True)
class ActiveFile:
    """A transfer under way."""

    name: str
    total: int | None
    """Announced size in bytes."""
    done: Callable[[], int]
    """Returns the number of bytes written."""


class Progress:
    """Counts of seeds, and the files under way; the parts of the crawl update them."""

    def __init__(self) -> None:
        self.ok = 0
        self.failed = 0
        self.open = 0
        self.total: int | None = None
        """Seeds of the run; None while the list is still being read."""
        self.files: dict[int, ActiveFile] = {}
        self._ends: deque[float] = deque()

    @property
    def finished(self) -> int:
        """Seeds with an envelope."""
        return self.ok + self.failed

    def finish(self, *, is_ok: bool, now: float) -> None:
        """Note the end of a seed at *now*, in seconds of a monotonic clock."""
        if is_ok:
            self.ok += 1
        else:
            self.failed += 1
        self._ends.append(now)

    def rate(self, now: float) -> float:
        """Return seeds a second over the last minute."""
        while self._ends and now - self._ends[0] > _WINDOW:
            self._ends.popleft()
        if len(self._ends) < 2:
            return 0.0
        return (len(self._ends) - 1) / max(now - self._ends[0], 0.001)

    def left(self, now: float) -> float | None:
        """Return the seconds until the end at the present rate, None if unknown."""
        rate = self.rate(now)
        if self.total is None or rate == 0:
            return None
        return (self.total - self.finished) / rate

    def line(self, now: float) -> str:
        """Return the progress in one line, for a log."""
        total = "?" if self.total is None else str(self.total)
        left = self.left(now)
        eta = "" if left is None else f", {duration(left)} left"
        return f"{self.ok} ok, {self.failed} failed, {self.open} open of {total} seeds, {self.rate(now):.1f}/s{eta}"


def duration(seconds: float) -> str:
    """Return *seconds* as h:mm:ss."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
