"""The truth of a run: what becomes of every seed. Pure: the states, and the interface that a store provides."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from scraper.envelopes.lines import EnvelopeLine
from scraper.model.seed import Seed

SUSPECT_DEATHS = 1
"""A seed that was open so often when the process died is opened alone, so that a further death is surely its own."""
POISON_DEATHS = 3
"""… and so often not at all."""


class State(StrEnum):
    """Where a seed stands; ``leased`` is open, ``done`` and ``failed`` have their envelope."""

    TODO = "todo"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A seed that is open until its envelope is written, or the lease runs out."""

    seed: Seed
    attempts: int
    """Leases so far, with this one; those that were given back do not count."""

    @property
    def deaths(self) -> int:
        """How many earlier leases ended with neither an envelope nor a release."""
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
    """Who fetches a post: this seed, or the seed *of*, whose envelope is repeated."""

    of: str | None = None
    """The seed that came first; None = the claim is this seed's own."""
    offset: int | None = None
    """Where the envelope of *of* begins; None = it is still open."""

    @property
    def is_first(self) -> bool:
        return self.of is None

    @property
    def is_waiting(self) -> bool:
        """Whether this seed ends when the seed *of* does."""
        return self.of is not None and self.offset is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What the ledger knows of its run, and of the folder that asks; times are unix seconds."""

    source: str | None = None
    """Fingerprint of the seed list."""
    loaded: bool = False
    """Whether the whole list is in the ledger."""
    started: float | None = None
    finished: float | None = None
    """When every seed had its envelope; None = there is work left."""
    envelopes_end: int = 0
    """Bytes of envelopes.jsonl that the ledger accounts for."""
    posts_end: int = 0
    stale: int = 0
    """Grows whenever seeds were put back: envelopes.jsonl may hold lines that do not count any more."""
    lease: float | None = None
    """Seconds of silence after which any of its workers is dead; None = each says so for itself."""

    @property
    def is_finished(self) -> bool:
        return self.finished is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedEntry:
    """A seed and what became of it."""

    seed: Seed
    state: State
    code: int | None = None
    """Of its envelope; None = it has none."""
    error: str | None = None
    duplicate_of: str | None = None


class Ledger(Protocol):
    """Keeps the seeds of one run through every end of a process. Folders that share one each ask for themselves."""

    async def run(self) -> RunState:
        """Return what is known of the run."""

    async def note(self, **changes: Any) -> None:
        """Keep fields of the RunState, or ``pulse``: ``await ledger.note(loaded=True)``."""

    async def pulses(self) -> dict[str, dict[str, Any]]:
        """
        Return what each worker noted last as its ``pulse``, and in ``heard`` how many seconds ago it was heard of.

        The one of a folder's own ledger has no name.
        """

    async def finish(self) -> bool:
        """Note that the run has finished, if the list is loaded and no seed is left; return whether it has."""

    async def may_load(self) -> bool:
        """Whether it is this process that brings the list in: not while another one does."""

    async def load(self, seeds: Iterable[Seed]) -> int:
        """Add *seeds* and return how many are new; one that is there already stays as it is."""

    async def loaded(self) -> bool:
        """Note that the whole list is in; return False where that is not sure, and it must be loaded once more."""

    async def reserve(self, lines: int) -> int:
        """Return the number before the first of *lines* lines that no seed has, or ever will have but those to come."""

    async def platforms(self) -> list[str]:
        """Return whose seeds are not all settled; ``""`` stands for seeds that no platform owns."""

    async def lease(self, platform: str, limit: int, seconds: float) -> list[Lease]:
        """Open the first *limit* seeds of *platform* that wait or whose lease has run out, in the list's order."""

    async def renew(self, seed_ids: Iterable[str], seconds: float) -> None:
        """Keep open seeds for *seconds* from now."""

    async def release(self, seed_ids: Iterable[str]) -> None:
        """Give open seeds back, as if they had never been leased, and the seeds that wait for them."""

    async def release_all(self) -> None:
        """Give back all that is open here, also what its process never heard of."""

    async def expire_all(self) -> int:
        """Take back what a dead process had open here and return how much; each of these seeds has died once more."""

    async def claim(self, key: str, seed_id: str) -> Claim:
        """
        Return who fetches the post *key* for the open seed *seed_id*.

        A claim ends when its seed is given back or leased again. A seed that waits for another does no work: its lease
        is no attempt and never runs out, but ends together with the other's.
        """

    def waiting(self, seed_id: str) -> AsyncIterator[Seed]:
        """Yield the open seeds that repeat *seed_id*, in the list's order; each may be settled as it comes."""

    async def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> bool:
        """
        Note that the seed's envelope is written from *offset* on, and that the file ends at *end* after it.

        Returns False, and notes nothing, where the seed is another's by now, not known, or has its envelope elsewhere.
        """

    async def move(self, lines: Iterable[EnvelopeLine]) -> None:
        """Note where the lines of seeds that are settled here stand now."""

    async def clear_stale(self, seen: int) -> bool:
        """Note that lines of seeds that were put back are gone; False where more were since ``stale`` was *seen*."""

    async def recover(self, lines: Iterable[EnvelopeLine]) -> int:
        """Settle the seeds of *lines* and return how many were known; what is settled here already moves there."""

    async def forget(self, size: int) -> int:
        """
        Open anew, and count, the seeds whose envelope begins at byte *size* or later, as if never tried.

        The file ends there. Which records belong to the others is not known either: ``posts_end`` is 0 again.
        """

    async def retry(self, errors: Iterable[str] | None = None) -> int:
        """Open failed seeds anew, as if never tried, all or those with one of *errors*; return how many."""

    async def current(self, lines: Sequence[tuple[str, int]]) -> list[bool]:
        """Return of each pair of seed and offset whether that is where the seed's envelope stands."""

    async def settled(self, seed_ids: Iterable[str]) -> set[str]:
        """Return those of *seed_ids* that have their envelope here."""

    async def counts(self) -> dict[State, int]:
        """Return how many seeds stand where; every state is there. May go through all: nothing for every second."""

    async def results(self) -> dict[str, int]:
        """Return how many seeds with an envelope in this folder ended how: OK, or with which error."""

    async def errors(self) -> dict[str, int]:
        """Return how many failed seeds of the run ended with which error."""

    def entries(self) -> AsyncIterator[SeedEntry]:
        """Yield all seeds with what became of them; the order is the list's where that costs nothing."""

    async def checkpoint(self) -> None:
        """Tidy up, now and then, while the ledger is in use."""

    async def close(self) -> None:
        """Close the store cleanly. Open seeds stay leased."""
