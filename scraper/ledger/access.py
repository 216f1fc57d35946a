"""Open a ledger outside of a crawl, to read it or to add seeds."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from scraper.envelopes.envelope import HYBRID
from scraper.errors import UsageError
from scraper.ledger.interface import Ledger, RunState
from scraper.ledger.redis import RedisLedger
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import Server
from scraper.ledger.sqlite import NAME, SQLiteLedger
from scraper.model.seed import Seed, split_id
from scraper.system.lock import take_lock

_ADDED = "added"
"""The source of a run that was started by ``scrapy seeds add``."""
_BATCH = 500


@asynccontextmanager
async def open_ledger(folder: Path, address: str, *, make: bool = False) -> AsyncIterator[Ledger]:
    """
    Open the ledger at *address*, or that of *folder*; raise UsageError.

    With *make*, begin a run that waits for seeds if there is none.
    """
    ledger = await _open_shared(address, make=make) if address else await _open_own(folder, make=make)
    try:
        yield ledger
    finally:
        await ledger.close()


def peek(path: Path) -> RunState:
    """Return the RunState in the ledger file at *path*, without an event loop; raise UsageError."""
    ledger = SQLiteLedger(path)
    try:
        return ledger.peek()
    finally:
        ledger.shut()


async def add_seeds(ledger: Ledger, seeds: Iterator[Seed]) -> AsyncIterator[int]:
    """
    Append *seeds*, with line numbers of their own; yield the number of new seeds of each batch.

    A finished run is continued. Raises UsageError while the run's own list is being read: its last line is not known.
    """
    if not (await ledger.run()).loaded:
        raise UsageError("the list of that run is not in its ledger yet: wait, or run its own command again first")
    while batch := list(islice(seeds, _BATCH)):
        first = batch[0].line
        before = await ledger.reserve(batch[-1].line - first + 1)
        yield await ledger.load(_renumber(seed, before + 1 + seed.line - first) for seed in batch)
        await asyncio.sleep(0)  # for Ctrl-C


async def _open_shared(address: str, *, make: bool) -> Ledger:
    ledger = RedisLedger(Server(parse_address(address)), seconds=0)
    while make and not await ledger.start():
        await ledger.begin(f"{HYBRID} {_ADDED}", time.time(), loaded=True)
    return ledger


async def _open_own(folder: Path, *, make: bool) -> Ledger:
    path = folder / NAME
    if path.is_file() or not make:
        if not path.is_file():
            raise UsageError(f"{folder}: no ledger is there: give the folder with -o DIR, or a Redis with -l ADDRESS")
        return SQLiteLedger(path)
    _make(folder)
    with take_lock(folder):  # so that no crawl begins meanwhile
        ledger = SQLiteLedger(path)
        if (await ledger.run()).started is None:
            await ledger.note(source=_ADDED, started=time.time(), loaded=True)
    return ledger


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"OUTPUT_DIR: cannot make {folder}: {error.strerror}: give another folder") from error


def _renumber(seed: Seed, line: int) -> Seed:
    return replace(seed, id=f"{line}.{split_id(seed.id)[1]}", line=line)
