"""The detector of platform changes: counts the posts that could not be read, and the keys they lacked."""

import logging
from collections import Counter, deque
from dataclasses import dataclass

from scrapy.statscollectors import StatsCollector

WINDOW = 50
"""Number of a platform's last posts that are counted."""
LEAST = 10
"""Least number of posts before a warning."""
SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """More than SHARE of the last posts could not be read."""

    unread: int
    seen: int
    path: str
    """The key that was missing most often."""


class DriftWindow:
    """The last answers of one platform that should have held a post."""

    def __init__(self) -> None:
        self._last: deque[str | None] = deque(maxlen=WINDOW)

    def add(self, path: str | None) -> Change | None:
        """Note the path that an answer lacked, None if it was read; return the change if it is above the limit."""
        self._last.append(path)
        paths = Counter(each for each in self._last if each is not None)
        unread, seen = paths.total(), len(self._last)
        if path is None or seen < LEAST or unread <= SHARE * seen:
            return None
        return Change(unread, seen, paths.most_common(1)[0][0])


logger = logging.getLogger(__name__)

MAX_KEPT = 100
"""Most payloads of a platform that are kept in one run: the first ones show the change."""
FOLDER = "drift"
"""The folder in OUTPUT_DIR."""


class Drift:
    """Counts the payloads that could not be read, in *stats* as ``drift/<platform>``."""

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats
        self._windows: dict[str, DriftWindow] = {}
        self._counts: Counter[str] = Counter()
        self._warned: set[str] = set()

    def note(self, platform: str, path: str | None) -> bool:
        """Note a payload with the path that it lacked; return whether to keep it."""
        change = self._windows.setdefault(platform, DriftWindow()).add(path)
        if path is None:
            return False
        self._counts[platform] += 1
        self._stats.inc_value(f"drift/{platform}")
        if change is not None and platform not in self._warned:
            self._warned.add(platform)
            logger.warning(
                "%s seems to have changed: %d of its last %d posts could not be read, mostly because %s was missing; "
                "their payloads are in %s/%s: look for a newer version, and report it",
                *(platform, change.unread, change.seen, change.path, FOLDER, platform),
            )
        return self._counts[platform] <= MAX_KEPT
