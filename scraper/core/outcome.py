"""How one seed ended, on its way through the pipelines."""

from dataclasses import dataclass, field
from errno import EDQUOT, EFBIG, ENOSPC
from uuid import uuid4

from scraper.core.errors import ErrorCode, MediaCause, MediaError, PayloadError, SeedError
from scraper.core.items import Post
from scraper.core.links import Ref
from scraper.core.seeds import Seed
from scraper.core.sessions import Session


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


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room to write something."""
    return isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EFBIG)


def disk_error(error: OSError, what: str = "cannot be written") -> MediaError | SeedError:
    """Return what a medium ends with where the disk fails: a full one ends its seed."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return MediaError(MediaCause.TRUNCATED, f"{what}: {error.strerror}", is_final=True)


def to_bug(error: BaseException | None) -> PayloadError | SeedError:
    """Return what a seed ends with when something broke that should not: a full disk, else a bug of ours."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return PayloadError(type(error).__name__, "a bug of the scraper, see the log: please report it")
