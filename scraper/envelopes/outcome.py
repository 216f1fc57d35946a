"""How one seed ended, on its way through the pipelines."""

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
    """Seconds on the monotonic clock, when the seed was opened."""
    ref: Ref | None = None
    """What the seed led to; None when it led nowhere."""
    post: Post | None = None
    error: SeedError | PayloadError | None = None
    session: Session | None = field(default=None, repr=False)
    """The session that resolved the post: its media are fetched with the very same."""
    wanted: int = 0
    """How many media the policy asked for."""
    request_id: str = field(default_factory=lambda: str(uuid4()))
    """Of its envelope, and in the name of its raw answer; random from the first digit on."""
    answer: str | None = field(default=None, repr=False)
    """What the platform said, secrets blanked."""

    @property
    def seed_id(self) -> str:
        """The seed's ``<line>.<n>``."""
        return self.seed.id
