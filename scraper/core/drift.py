"""Whether a platform seems to have changed: how many of its last posts could not be read, and what was missing."""

from collections import Counter, deque
from dataclasses import dataclass

WINDOW = 50
"""Posts of a platform that are looked at: the last ones."""
LEAST = 10
"""Posts before anything is said."""
SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """More than SHARE of the last posts could not be read."""

    unread: int
    seen: int
    path: str
    """What was missing most often."""


class DriftWindow:
    """The last answers of one platform that should have held a post."""

    def __init__(self) -> None:
        self._last: deque[str | None] = deque(maxlen=WINDOW)

    def add(self, path: str | None) -> Change | None:
        """Note an answer: where its known keys ended, None for one that was read; return what that shows."""
        self._last.append(path)
        paths = Counter(each for each in self._last if each is not None)
        unread, seen = paths.total(), len(self._last)
        if path is None or seen < LEAST or unread <= SHARE * seen:
            return None
        return Change(unread, seen, paths.most_common(1)[0][0])
