"""Shapes of envelopes: one module per shape (the setting ENVELOPE), and its input."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.outcome import Outcome
from scraper.model.post import Post
from scraper.platform.contract import Platform
from scraper.posts.aweme_form import to_aweme
from scraper.text.jsonline import JSON
from scraper.text.values import read_choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A post, with the platform's own object for it."""

    post: Post
    own: Mapping[str, Any] | None = None
    """The platform's own object, secrets blanked; None if the shape does not want it, or it was not found."""
    aweme: Mapping[str, Any] | None = None
    """The same in the app's form, for every platform; None if the shape does not want it."""


class EnvelopeShape(Protocol):
    """A module below ``pipelines.shapes``. Both functions are pure."""

    READS_ANSWER: bool
    """Whether the shape wants *own* and *aweme*."""

    def make_data(self, source: Source) -> JSON:
        """Return the ``data`` of a post."""
        ...

    def make_frame(self, envelope: Envelope) -> Envelope:
        """
        Return *envelope* in this shape.

        ``seed`` and ``error`` must stay unchanged: the ledger reads lines by them.
        """
        ...


def load_shape(name: object, known: Mapping[str, str]) -> EnvelopeShape:
    """Return the shape *name* (ENVELOPE), a module of *known* (ENVELOPE_SHAPES); raise UsageError for other names."""
    return cast("EnvelopeShape", import_module(known[read_choice("ENVELOPE", name, known)]))


def shape_data(shape: EnvelopeShape, platform: Platform | None, outcome: Outcome) -> JSON:
    """Return the ``data`` of *outcome*'s post in *shape*; *platform* reads the answer if the shape wants it."""
    assert outcome.post is not None
    if not shape.READS_ANSWER or platform is None:
        return shape.make_data(Source(post=outcome.post))
    own = None if outcome.answer is None else platform.find_own(outcome.answer, outcome.post.id)
    aweme = platform.complete_aweme(to_aweme(outcome.post, own), own)
    return shape.make_data(Source(post=outcome.post, own=own, aweme=aweme))
