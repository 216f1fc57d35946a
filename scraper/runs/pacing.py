"""The choice of open seeds: at most OPEN_SEEDS a platform, none of a paused platform, a suspect alone."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

from scraper.ledger.interface import Claim, Lease, Ledger
from scraper.runtime.pauses import Pauses
from scraper.runtime.progress import Progress

_TICK = 0.5
"""Seconds between two checks: the end of a pause or of a lease sends no event."""


class Pacer:
    """Leases seeds from the ledger as others end, at most *limit* a platform."""

    def __init__(self, limit: int, lease_seconds: float, *, pauses: Pauses, progress: Progress) -> None:
        self._limit = limit
        self.lease_seconds = lease_seconds
        """Duration of a lease, which is renewed while the seed is open."""
        self._pauses = pauses
        self._progress = progress
        self._wake = asyncio.Event()
        self._leased: dict[str, str | None] = {}
        """Open seeds with the platform that they keep busy; None = no request was sent yet."""
        self._busy: Counter[str] = Counter()
        self._is_alone = False
        """Whether the one open seed is a suspect."""
        self._is_stopped = False
        self._renewed = time.time()

    async def leases(self, ledger: Ledger, loading: "asyncio.Future[None]") -> AsyncIterator[Lease]:
        """Yield seeds to open until the list is loaded and every seed has ended."""
        while not self._is_stopped:
            self._wake.clear()
            leases = await self._take(ledger)
            for lease in leases:
                yield lease
                await asyncio.sleep(0)
            if leases:
                continue  # seeds that wait for another one leave room
            if loading.done() and not self._leased and not await ledger.platforms():
                loading.result()
                if await ledger.finish():
                    return
                continue  # a seed was added
            with suppress(TimeoutError):
                # not wait_for, which until Python 3.12 loses a cancellation that comes with the event
                async with asyncio.timeout(_TICK):
                    await self._wake.wait()

    async def claim(self, ledger: Ledger, key: str, seed_id: str) -> Claim:
        """Claim the post *key* for a seed; a seed that has to wait for another one makes room for a further seed."""
        claim = await ledger.claim(key, seed_id)
        if claim.is_waiting:
            self.end(seed_id)
        return claim

    def open(self, seed_id: str, platform: str) -> None:
        """Count a seed that keeps *platform* busy from now on."""
        if self._leased.get(seed_id) is not None:
            return
        self._leased[seed_id] = platform
        self._busy[platform] += 1
        self._progress.open = self._busy.total()

    def end(self, seed_id: str) -> None:
        """Note that a seed has its envelope, or waits for another seed in the ledger."""
        if seed_id not in self._leased:
            return
        platform = self._leased.pop(seed_id)
        if platform is not None:
            self._busy[platform] -= 1
        self._is_alone = self._is_alone and bool(self._leased)
        self._progress.open = self._busy.total()
        self._wake.set()

    def is_open(self, seed_id: str) -> bool:
        """Whether the seed is leased and has no envelope yet."""
        return seed_id in self._leased

    def wake(self) -> None:
        """Check for seeds to lease now."""
        self._wake.set()

    def stop(self) -> None:
        """Lease nothing more."""
        self._is_stopped = True

    async def give_back(self, ledger: Ledger) -> None:
        """Release all open seeds at the end of the run."""
        self.stop()
        await ledger.release_all()
        self._leased.clear()

    async def renew(self, ledger: Ledger) -> None:
        """Renew the leases of open seeds; call it several times in LEASE_SECONDS."""
        # the wall clock, as for leases: it may jump while a machine sleeps
        if abs(time.time() - self._renewed) > self.lease_seconds / 4:
            self._renewed = time.time()
            await ledger.renew(list(self._leased), self.lease_seconds)

    async def _take(self, ledger: Ledger) -> list[Lease]:
        """Lease as many seeds as there is room for; none beside a suspect."""
        if self._is_alone:
            return []
        found: list[Lease] = []
        for platform in await ledger.platforms():
            room = self._limit - self._busy[platform]
            if room > 0 and not self._pauses.is_paused(platform):
                found += await ledger.lease(platform, room, self.lease_seconds)
        suspects = [lease for lease in found if lease.is_suspect]
        if suspects:
            # suspects first and alone: other seeds wait until no suspect is left
            taken = suspects[: not self._busy.total()]
            self._is_alone = bool(taken)
            await ledger.release([lease.seed.id for lease in found if lease not in taken])
            found = taken
        for lease in found:
            self._leased[lease.seed.id] = None
        return found
