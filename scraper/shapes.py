"""The shape of the envelopes: which one a run writes, and what it is given of a post."""

from importlib import import_module
from typing import cast

from scrapy.settings import BaseSettings

from scraper.core.arguments import read_choice
from scraper.core.outcome import Outcome
from scraper.core.record import JSON
from scraper.core.shape import Shape, Source
from scraper.platform import Platform


def load(settings: BaseSettings) -> Shape:
    """Return the shape that ENVELOPE names; raise UsageError where there is none of that name."""
    known = settings.getdict("ENVELOPE_SHAPES")
    return cast("Shape", import_module(known[read_choice("ENVELOPE", settings["ENVELOPE"], known)]))


def make_data(shape: Shape, platform: Platform | None, outcome: Outcome) -> JSON:
    """Return the ``data`` of *outcome*'s post in *shape*; *platform* reads the answer where the shape wants it."""
    assert outcome.post is not None
    if not shape.READS_ANSWER or platform is None:
        return shape.make_data(Source(post=outcome.post))
    own = None if outcome.answer is None else platform.find_own(outcome.answer, outcome.post.id)
    return shape.make_data(Source(post=outcome.post, own=own, aweme=platform.to_aweme(own, outcome.post)))
