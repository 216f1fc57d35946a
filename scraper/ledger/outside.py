"""A ledger as somebody has it who does not crawl: opened for a look, and given more seeds."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from scraper.core.errors import UsageError
from scraper.core.ledger import Ledger, split_id
from scraper.core.seeds import Seed
from scraper.ledger.address import parse_address
from scraper.ledger.redis import RedisLedger
from scraper.ledger.server import Server
from scraper.ledger.sqlite import NAME, SQLiteLedger

_ADDED = "added"
"""The source of a run that no list began."""
_BATCH = 500
_PATIENCE = 5.0


@asynccontextmanager
async def open_ledger(folder: Path, address: str, *, make: bool = False) -> AsyncIterator[Ledger]:
    """Give the ledger at *address*, else that of *folder*, made where there is none if *make*; raise UsageError."""
    ledger = _open_shared(address) if address else _open_own(folder, make=make)
    try:
        yield ledger
    finally:
        await ledger.close()


def _open_shared(address: str) -> Ledger:
    return RedisLedger(Server(parse_address(address), patience=_PATIENCE), worker="", seconds=0)


def _open_own(folder: Path, *, make: bool) -> Ledger:
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    elif not (folder / NAME).is_file():
        raise UsageError(f"{folder}: no ledger is there: give the folder with -o DIR, or a Redis with -l ADDRESS")
    return SQLiteLedger(folder / NAME)


async def add_seeds(ledger: Ledger, seeds: Iterator[Seed]) -> int:
    """
    Add *seeds* behind those that are there, by lines of their own, and return how many.

    A run that had finished goes on. Raises UsageError while the run's own list is being read: its lines are not known.
    """
    run, now = await ledger.run(), time.time()
    if run.started is None:
        if isinstance(ledger, RedisLedger):
            await ledger.begin(_ADDED, run, now)
        await ledger.note(source=_ADDED, started=now, loaded=True)
    elif not run.loaded:
        raise UsageError("the list of that run is not in its ledger yet: wait, or let its own command go on first")
    count = 0
    while batch := list(islice(seeds, _BATCH)):
        first = batch[0].line
        before = await ledger.reserve(batch[-1].line - first + 1)
        count += await ledger.load(_renumber(seed, before + 1 + seed.line - first) for seed in batch)
    return count


def _renumber(seed: Seed, line: int) -> Seed:
    return replace(seed, id=f"{line}.{split_id(seed.id)[1]}", line=line)
