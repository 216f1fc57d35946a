"""The outcome of one seed, as it passes through the pipelines."""

from dataclasses import dataclass, field
from uuid import uuid4

from scraper.errors import PayloadError, SeedError
from scraper.fetch.session import Session
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.model.seed import Seed


@dataclass(slots=True, kw_only=True)
class Outcome:
    """A seed with its post or its error, never both."""

    seed: Seed
    started: float
    """Time at which the seed was opened, in seconds of the monotonic clock."""
    ref: Ref | None = None
    """The target of the seed; None if it has none."""
    post: Post | None = None
    error: SeedError | PayloadError | None = None
    session: Session | None = field(default=None, repr=False)
    """The session that resolved the post; the media step uses the same one."""
    wanted: int = 0
    """Number of media that the policy asks for."""
    request_id: str = field(default_factory=lambda: str(uuid4()))
    """Id of the envelope, and part of the name of the raw answer; random from the first digit."""
    answer: str | None = field(default=None, repr=False)
    """The platform's answer, secrets blanked."""

    @property
    def seed_id(self) -> str:
        """The seed's ``<line>.<n>``."""
        return self.seed.id
