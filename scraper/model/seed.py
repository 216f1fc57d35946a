"""A seed: one link that somebody asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scraper.errors import ErrorCode
from scraper.model.ref import Ref
from scraper.text.jsonline import JSON


def split_id(seed_id: str) -> tuple[int, int]:
    """Return the line and the place in it that ``<line>.<n>`` names."""
    line, _, place = seed_id.partition(".")
    return int(line), int(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One link to fetch, or one line without a link."""

    id: str
    """``<line>.<n>``, both from 1; blank lines and comments count as lines."""
    line: int
    text: str
    """The link as written; of a line without one the line, cut to 500 characters."""
    ref: Ref | None = None
    rejected: ErrorCode | None = None
    """Why there is no *ref*."""
    platform: str | None = None
    """Of the ref, or whose site a rejected link belongs to; None = no platform we know."""
    problem: str | None = None
    """What is wrong with the line itself, where a person must correct it."""
    options: Mapping[str, JSON] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """The same for every link of one post, and for one short link; without a ref what was written."""
        if self.ref is None:
            return self.text
        return self.ref.url if self.ref.kind == "short" else self.ref.key
