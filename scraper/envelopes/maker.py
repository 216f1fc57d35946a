"""Make the envelope of an outcome, in the shape of the run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from scraper.envelopes.envelope import Context, Envelope, duplicate, failure, success
from scraper.envelopes.outcome import Outcome
from scraper.envelopes.shape import EnvelopeShape, shape_data
from scraper.platform.contract import Platform
from scraper.text.jsonline import JSON


class EnvelopeMaker:
    """Makes envelopes in one shape; *name* is the spider's, for seeds that did not lead to a platform."""

    def __init__(self, shape: EnvelopeShape, platforms: Mapping[str, Platform], name: str) -> None:
        self._shape = shape
        self._platforms = platforms
        self._name = name

    def make(self, outcome: Outcome) -> Envelope:
        """Return the envelope of *outcome*. Make the record after this call: it adds the warning for missing media."""
        context = self._context(outcome)
        if outcome.post is None:
            assert outcome.error is not None, f"seed {outcome.seed.id} has neither a post nor an error"
            return failure(outcome.error, context)
        make_data = partial(shape_data, self._shape, self._platforms.get(outcome.post.platform), outcome)
        return success(outcome.post, context, wanted=outcome.wanted, make_data=make_data)

    def repeat(self, outcome: Outcome, envelope: Mapping[str, JSON]) -> Envelope:
        """Return the envelope of *outcome*, whose seed is for the same post as the seed of *envelope*."""
        first = str(envelope.get("duplicate_of", envelope["seed"]))
        return duplicate(envelope, self._context(outcome), of=first)

    def frame(self, envelope: Envelope) -> Envelope:
        """Return *envelope* in the run's shape."""
        return self._shape.make_frame(envelope)

    def _context(self, outcome: Outcome) -> Context:
        seed, ref = outcome.seed, outcome.ref
        name = ref.platform if ref is not None else seed.platform or self._name
        known = self._platforms.get(name)
        return Context(
            seed=seed,
            platform=name,
            title=known.title if known is not None else name,
            kind=ref.kind if ref is not None else None,
            request_id=outcome.request_id,
            time=datetime.now(UTC),
            ambiguous=known.ambiguous if known is not None else frozenset(),
        )
