"""A post whose media are wanted, and its newest answer, requested again if URLs have expired."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scraper.fetch.session import Session
from scraper.model.post import Media, Post, Variant
from scraper.platform.contract import Platform

_NEAR = timedelta(seconds=60)
"""A URL that expires within this time is renewed before its request, unless it was signed that recently."""


@dataclass(slots=True, kw_only=True)
class RefreshablePost:
    """A post, the session that resolved it, and the way to read it again."""

    post: Post
    platform: Platform
    session: Session | None
    extract: Callable[[], Awaitable[tuple[Post, Session | None]]]
    """Reads the post again; returns it with new URLs and their cookies, and the session for which they are valid."""
    newest: Post = field(init=False)
    """The last answer; *post* itself until it was read again."""
    _read_at: float = field(default_factory=time.monotonic, init=False)
    _failed_at: float = field(default=float("-inf"), init=False)
    _failure: Exception | None = field(default=None, init=False)
    _under_way: "asyncio.Future[None] | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin with the first answer as the newest."""
        self.newest = self.post

    async def renew(self, seen: Post) -> None:
        """
        Make sure that *newest* is newer than *seen*; raise the errors of ``extract``.

        Concurrent callers share one reading of the post; a failed one is not repeated for a while.
        """
        if self.newest is not seen:
            return
        if self._failure is not None and time.monotonic() - self._failed_at < _NEAR.total_seconds():
            raise self._failure
        if self._under_way is None:
            self._under_way = asyncio.ensure_future(self._read())
        await asyncio.shield(self._under_way)

    def is_near_end(self, variant: Variant, now: datetime | None = None) -> bool:
        """Whether the URL of *variant* is about to expire and reading the post again would help."""
        if variant.expires_at is None or time.monotonic() - self._read_at < _NEAR.total_seconds():
            return False
        return variant.expires_at - (now or datetime.now(UTC)) < _NEAR

    def find(self, medium: Media, old: Variant) -> Variant | None:
        """Return the newest answer's variant of the same object as *old*, a variant of *medium*, or None."""
        for other in self.newest.media:
            if (other.index, other.role) == (medium.index, medium.role):
                return next((variant for variant in other.variants if _is_same(variant, old)), None)
        return None

    async def _read(self) -> None:
        try:
            self.newest, self.session = await self.extract()
            self._read_at, self._failure = time.monotonic(), None
        except Exception as error:
            self._failed_at, self._failure = time.monotonic(), error
            raise
        finally:
            self._under_way = None


def _is_same(new: Variant, old: Variant) -> bool:
    """Whether two variants are the same object: by the durable part of the URL, else by their properties."""
    if new.watermark != old.watermark or new.watermark_source != old.watermark_source:
        return False
    if None not in (new.bytes, old.bytes) and new.bytes != old.bytes:
        return False
    if len(new.segments) != len(old.segments):
        return False
    return (new.durable, new.quality, new.codec, new.bitrate) == (old.durable, old.quality, old.codec, old.bitrate)
