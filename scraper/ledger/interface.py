"""The state of every seed of a run. Pure: the states, and the interface that a store implements."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from scraper.envelopes.lines import EnvelopeLine
from scraper.model.seed import Seed

SUSPECT_DEATHS = 1
"""Deaths of the process while a seed was open, from which on the seed is opened alone: a further death is its own."""
POISON_DEATHS = 3
"""Deaths from which on the seed is not opened any more."""


class State(StrEnum):
    """The state of a seed: ``leased`` is open, ``done`` and ``failed`` have their envelope."""

    TODO = "todo"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A seed that is open until its envelope is written, or the lease expires."""

    seed: Seed
    attempts: int
    """Number of leases so far, with this one, without those that were released."""

    @property
    def deaths(self) -> int:
        """Number of earlier leases that ended with neither an envelope nor a release."""
        return self.attempts - 1

    @property
    def is_suspect(self) -> bool:
        """Whether the seed must be opened alone, so that a further death is surely its own."""
        return SUSPECT_DEATHS <= self.deaths < POISON_DEATHS

    @property
    def is_poison(self) -> bool:
        """Whether the seed must not be opened, but end with the error ``poison``."""
        return self.deaths >= POISON_DEATHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to fetch a post: it belongs to this seed, or to the seed *of*, whose envelope is repeated."""

    of: str | None = None
    """The seed that came first; None = the claim is this seed's own."""
    offset: int | None = None
    """Offset of the envelope of *of*; None = that seed is still open."""

    @property
    def is_first(self) -> bool:
        return self.of is None

    @property
    def is_waiting(self) -> bool:
        """Whether this seed ends when the seed *of* does."""
        return self.of is not None and self.offset is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """The state of a run and of one worker's folder; times are unix seconds."""

    source: str | None = None
    """Fingerprint of the seed list."""
    loaded: bool = False
    """Whether the whole list is in the ledger."""
    started: float | None = None
    finished: float | None = None
    """Time of the last envelope; None = there is work left."""
    envelopes_end: int = 0
    """Length of envelopes.jsonl in bytes, as far as the ledger knows the file."""
    posts_end: int = 0
    stale: int = 0
    """Counter of reopened seeds: above 0, envelopes.jsonl may hold lines that do not count any more."""
    lease: float | None = None
    """Seconds of silence after which a worker counts as dead; None = each worker has its own limit."""

    @property
    def is_finished(self) -> bool:
        return self.finished is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedEntry:
    """A seed with its state and result."""

    seed: Seed
    state: State
    code: int | None = None
    """Code of its envelope; None = no envelope yet."""
    error: str | None = None
    duplicate_of: str | None = None


class Ledger(Protocol):
    """Keeps the seeds of one run across its processes. Of a shared ledger, each folder has an instance of its own."""

    async def run(self) -> RunState:
        """Return the state of the run."""

    async def note(self, **changes: Any) -> None:
        """Store fields of the RunState, or ``pulse``: ``await ledger.note(loaded=True)``."""

    async def pulses(self) -> dict[str, dict[str, Any]]:
        """
        Return the last ``pulse`` of each worker, with the seconds since its last sign of life as ``heard``.

        The worker of an unshared ledger has the name "".
        """

    async def finish(self) -> bool:
        """Mark the run as finished if the list is loaded and no seed is left; return whether it is finished."""

    async def may_load(self) -> bool:
        """Return True if this process may load the list, False while another one does."""

    async def load(self, seeds: Iterable[Seed]) -> int:
        """Add *seeds* and return the number of new ones; a seed that exists stays unchanged."""

    async def loaded(self) -> bool:
        """Mark the list as loaded; return False if writes may be lost, and the list must be loaded once more."""

    async def reserve(self, lines: int) -> int:
        """Reserve *lines* unused line numbers, and return the number before the first of them."""

    async def platforms(self) -> list[str]:
        """Return the platforms with unsettled seeds; ``""`` stands for seeds without a platform."""

    async def lease(self, platform: str, limit: int, seconds: float) -> list[Lease]:
        """Lease the first *limit* seeds of *platform* that wait, or whose lease has expired, in the list's order."""

    async def renew(self, seed_ids: Iterable[str], seconds: float) -> None:
        """Renew the leases of open seeds for *seconds* from now."""

    async def release(self, seed_ids: Iterable[str]) -> None:
        """Release open seeds, as if they had never been leased, and the seeds that wait for them."""

    async def release_all(self) -> None:
        """Release all seeds that are open in this folder, also those that this process does not know."""

    async def expire_all(self) -> int:
        """Release the seeds that a dead process left open, and return their number; each counts one more death."""

    async def claim(self, key: str, seed_id: str) -> Claim:
        """
        Claim the post *key* for the open seed *seed_id*.

        A claim ends when its seed is released or leased again. A seed that waits for another does no work: its lease is
        no attempt and does not expire, but ends together with the lease of the other.
        """

    def waiting(self, seed_id: str) -> AsyncIterator[Seed]:
        """Yield the open seeds that repeat *seed_id*, in the list's order; the caller may settle each at once."""

    async def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> bool:
        """
        Note that the seed's envelope is written at *offset*, and that the file ends at *end* after it.

        Return False, and note nothing, if another worker has the seed now, the seed is unknown, or it has an envelope
        elsewhere.
        """

    async def move(self, lines: Iterable[EnvelopeLine]) -> None:
        """Note the new offsets of the lines of seeds that are settled here."""

    async def clear_stale(self, seen: int) -> bool:
        """Note that stale lines are removed; return False if more seeds were reopened since ``stale`` was *seen*."""

    async def recover(self, lines: Iterable[EnvelopeLine]) -> int:
        """Settle the seeds of *lines*, and return the number of known ones; for settled ones, note the new offset."""

    async def forget(self, size: int) -> int:
        """
        Reopen the seeds whose envelope begins at byte *size* or later, as if never tried; return their number.

        The file ends at *size*. ``posts_end`` becomes 0, as the records of the other seeds are not known.
        """

    async def retry(self, errors: Iterable[str] | None = None) -> int:
        """Reopen failed seeds, as if never tried: all, or those with one of *errors*; return their number."""

    async def current(self, lines: Sequence[tuple[str, int]]) -> list[bool]:
        """Return for each pair of seed and offset whether the seed's current envelope is at that offset."""

    async def settled(self, seed_ids: Iterable[str]) -> set[str]:
        """Return those of *seed_ids* that have their envelope here."""

    async def counts(self) -> dict[State, int]:
        """Return the number of seeds in each state. It may read all seeds: do not call it every second."""

    async def results(self) -> dict[str, int]:
        """Return the number of envelopes in this folder by result: OK, or an error code."""

    async def errors(self) -> dict[str, int]:
        """Return the number of failed seeds of the run by error code."""

    def entries(self) -> AsyncIterator[SeedEntry]:
        """Yield all seeds with state and result, in the list's order if that costs nothing."""

    async def checkpoint(self) -> None:
        """Do maintenance; to be called now and then while the ledger is in use."""

    async def close(self) -> None:
        """Close the store cleanly. Open seeds stay leased."""
