"""A ref: the target of a link, independent of the form of the link."""

from typing import NamedTuple

_POSTS = frozenset({"video", "photo"})
"""Kinds that share their ids: a link to one may open the other."""


class Ref(NamedTuple):
    """The target of a link, in the platform's own terms. A tuple, because every line of a list creates one."""

    platform: str
    kind: str
    """video, photo, short, user, live … as docs/platforms.md lists them."""
    id: str
    """The platform's id; for a short link its code."""
    url: str
    """Canonical: https, the ``www.`` host, no tracking parameters."""
    part: int | None = None
    """The medium of the post that the link names, from 1."""

    @property
    def key(self) -> str:
        """A text that is the same for every link of one post."""
        part = "" if self.part is None else f"#{self.part}"
        return f"{self.platform}:{'post' if self.kind in _POSTS else self.kind}:{self.id}{part}"
