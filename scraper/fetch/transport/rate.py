"""How fast bodies come: at most so fast over all of them, at least so fast each."""


class RateLimit:
    """Bytes a second that all transfers share: who has taken too many waits. Time is passed in, in seconds."""

    def __init__(self, rate: int) -> None:
        """0 = as fast as they come."""
        self._rate = rate
        self._free_at = 0.0

    def take(self, size: int, now: float) -> float:
        """Return how long to wait after *size* bytes."""
        if not self._rate:
            return 0.0
        self._free_at = max(self._free_at, now) + size / self._rate
        return self._free_at - now


class Window:
    """Whether a body comes at *speed* bytes a second at least, looked at every *length* seconds."""

    def __init__(self, speed: int, length: float, now: float) -> None:
        self._least = speed * length
        self._length = length
        self._end = now + length
        self._bytes = 0

    def add(self, size: int, now: float, *, waited: float = 0.0) -> bool:
        """Count *size* bytes; the seconds *waited* were not the server's. Return whether it is fast enough."""
        self._bytes += size
        self._end += waited
        if now < self._end:
            return True
        is_enough = self._bytes >= self._least
        self._bytes, self._end = 0, now + self._length
        return is_enough
