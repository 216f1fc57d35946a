"""The settings of a run, read once and checked."""

from dataclasses import dataclass, field
from pathlib import Path

from scrapy.settings import BaseSettings

from scraper.media.storage.options import OUTPUT_DIR
from scraper.text.setting import choice, number, switch, text

RETRY = choice(
    "RETRY",
    "",
    ("failed",),
    "`failed` repeats the failed seeds of the last run in `OUTPUT_DIR`, and only those",
    is_optional=True,
)
LEDGER = text(
    "LEDGER",
    "",
    "address",
    "where the seeds stand: nothing = `ledger.db` in `OUTPUT_DIR`; `redis://[user:password@]host:port/db?run=NAME` = "
    "a run that any number of workers share ([more](operations.md#one-run-many-workers))",
    is_secret=True,
)
LEASE_SECONDS = number(
    "LEASE_SECONDS", 120, "seconds of silence after which a worker counts as dead, and others take its seeds", 1
)
OPEN_SEEDS = number("OPEN_SEEDS", 32, "seeds of a platform under way at once", 1)
SIDECAR = switch("SIDECAR", False, "`1` writes the record of a post beside its first file, as `<name>.json`")
ENVELOPE = text(
    "ENVELOPE",
    "hybrid",
    "`hybrid` `raw` `tikhub` `twitterdown`",
    "the shape of the envelopes: `hybrid`, `raw` (the platform's own object), `tikhub` or `twitterdown` "
    "([each](outputs.md#envelopes))",
)
RAW = switch("RAW", True, "`0` keeps no answers of the platforms")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The folder and the ledger of a run, the files that it keeps, and the limits of open seeds."""

    folder: Path
    ledger: str = field(default="", repr=False)
    """The address of a ledger that folders share, which may hold a password; "" = the folder has its own."""
    is_retry: bool = False
    """Whether the seeds that failed in the last run are tried again."""
    has_sidecars: bool = False
    has_raw: bool = False
    """Whether the platforms' answers are kept."""
    open_seeds: int
    """Of each platform, at most."""
    lease_seconds: int
    """Seconds of silence after which the lease of a seed ends."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "RunOptions":
        """Read OUTPUT_DIR, LEDGER, RETRY, SIDECAR, RAW, OPEN_SEEDS and LEASE_SECONDS; raise UsageError."""
        return cls(
            folder=OUTPUT_DIR.read(settings),
            ledger=LEDGER.read(settings),
            is_retry=RETRY.read(settings) == "failed",
            has_sidecars=SIDECAR.read(settings),
            has_raw=RAW.read(settings),
            open_seeds=OPEN_SEEDS.read(settings),
            lease_seconds=LEASE_SECONDS.read(settings),
        )
