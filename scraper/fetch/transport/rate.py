"""Limits of speed: a maximum for all bodies together, a minimum for each."""


class RateLimit:
    """A limit in bytes a second for all transfers together: one that is too fast waits. The caller passes the time."""

    def __init__(self, rate: int) -> None:
        """*rate* is in bytes a second; 0 = no limit."""
        self._rate = rate
        self._free_at = 0.0

    def take(self, size: int, now: float) -> float:
        """Return the seconds to wait after *size* bytes."""
        if not self._rate:
            return 0.0
        self._free_at = max(self._free_at, now) + size / self._rate
        return self._free_at - now


class Window:
    """Checks every *length* seconds that a body arrives at *speed* bytes a second or more."""

    def __init__(self, speed: int, length: float, now: float) -> None:
        self._least = speed * length
        self._length = length
        self._end = now + length
        self._bytes = 0

    def add(self, size: int, now: float, *, waited: float = 0.0) -> bool:
        """Count *size* bytes, except for the seconds that we *waited* ourselves; return whether it is fast enough."""
        self._bytes += size
        self._end += waited
        if now < self._end:
            return True
        is_enough = self._bytes >= self._least
        self._bytes, self._end = 0, now + self._length
        return is_enough
