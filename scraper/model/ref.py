"""A ref: what a link names, whatever the form of the link."""

from typing import NamedTuple

_POSTS = frozenset({"video", "photo"})
"""Kinds that share their numbers: a link may say the one and mean the other."""


class Ref(NamedTuple):
    """What a link points to, in the platform's own terms. A tuple, because one is made for every line of a list."""

    platform: str
    kind: str
    """video, photo, short, user, live … as docs/platforms.md lists them."""
    id: str
    """The platform's id; of a short link its code."""
    url: str
    """Canonical: https, the ``www.`` host, no tracking parameters."""
    part: int | None = None
    """From 1, where a link names one medium of a post."""

    @property
    def key(self) -> str:
        """The same for every link of one post."""
        part = "" if self.part is None else f"#{self.part}"
        return f"{self.platform}:{'post' if self.kind in _POSTS else self.kind}:{self.id}{part}"
