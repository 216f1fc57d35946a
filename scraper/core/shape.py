"""What the ``data`` of an envelope is made of, and what makes it: one module a shape (the setting ENVELOPE)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from scraper.core.envelope import Envelope
from scraper.core.items import Post
from scraper.core.record import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A post, and what its platform said of it."""

    post: Post
    own: Mapping[str, Any] | None = None
    """The platform's own object, secrets blanked; None where it is not asked for, or not found."""
    aweme: Mapping[str, Any] | None = None
    """The same in the app's form, whatever the platform; None where it is not asked for."""


class Shape(Protocol):
    """A module below ``pipelines.shapes``. Both functions are pure."""

    READS_ANSWER: bool
    """Whether *own* and *aweme* are wanted."""

    def make_data(self, source: Source) -> JSON:
        """Return the ``data`` of a post."""
        ...

    def make_frame(self, envelope: Envelope) -> Envelope:
        """
        Return *envelope* as this shape writes it.

        ``seed`` and ``error`` stay what they are: by them the ledger knows what a line says.
        """
        ...
