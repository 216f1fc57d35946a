"""The settings of a run, read once and checked."""

from dataclasses import dataclass, field
from pathlib import Path

from scrapy.settings import BaseSettings

from scraper.text.values import read_bool, read_int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Where a run is kept, what of it, and how many seeds are open."""

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
    """How long a seed is open without a word."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "RunOptions":
        """Read OUTPUT_DIR, LEDGER, RETRY, SIDECAR, RAW, OPEN_SEEDS and LEASE_SECONDS; raise UsageError."""
        return cls(
            folder=Path(settings["OUTPUT_DIR"]),
            ledger=str(settings["LEDGER"] or ""),
            is_retry=settings["RETRY"] == "failed",
            has_sidecars=read_bool("SIDECAR", settings["SIDECAR"]),
            has_raw=read_bool("RAW", settings["RAW"]),
            open_seeds=read_int("OPEN_SEEDS", settings["OPEN_SEEDS"], 1),
            lease_seconds=read_int("LEASE_SECONDS", settings["LEASE_SECONDS"], 1),
        )
