"""A seed: one requested link."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scraper.errors import ErrorCode
from scraper.model.ref import Ref
from scraper.text.jsonline import JSON


def split_id(seed_id: str) -> tuple[int, int]:
    """Split ``<line>.<n>`` into the number of the line and the position in it."""
    line, _, place = seed_id.partition(".")
    return int(line), int(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One link to fetch, or one line without a link."""

    id: str
    """``<line>.<n>``, both from 1; blank lines and comments count as lines."""
    line: int
    text: str
    """The link as written; for a line without a link the line, cut to 500 characters."""
    ref: Ref | None = None
    rejected: ErrorCode | None = None
    """The reason for a missing *ref*."""
    platform: str | None = None
    """The platform of the ref, or of the site of a rejected link; None = unknown."""
    problem: str | None = None
    """A fault of the line itself, which the user must correct."""
    options: Mapping[str, JSON] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """The same text for every link of one post, and for one short link; without a ref the written text."""
        if self.ref is None:
            return self.text
        return self.ref.url if self.ref.kind == "short" else self.ref.key
