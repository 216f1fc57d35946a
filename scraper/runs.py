"""How a run begins, goes on after it broke off, and has its files and its ledger brought together."""

import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

from scraper import folder as files
from scraper.badge import read_badge, write_badge
from scraper.core.errors import UsageError
from scraper.core.ledger import Ledger, State, read_envelopes
from scraper.ledger.redis import RedisLedger
from scraper.ledger.sqlite import SQLiteLedger
from scraper.seedlist import PIPE

logger = logging.getLogger(__name__)

JOIN = "join"
"""The source of who brings no list: the run that is there, whatever its list."""
_BATCH = 500


async def open_run(folder: Path, source: str, *, is_retry: bool, now: float) -> tuple[SQLiteLedger, bool]:
    """
    Return the ledger of a run of *source* (a fingerprint of the seed list), and whether an earlier process began it.

    A run that broke off goes on, one that is retried has its failures open again; anything else moves to
    ``runs/<start>/`` before the new run begins, at *now* (unix seconds).
    """
    async with AsyncExitStack() as stack:
        ledger = SQLiteLedger(folder / files.LEDGER)
        stack.push_async_callback(ledger.close)
        run = await ledger.run()
        is_retry = is_retry and run.started is not None
        goes_on = run.started is not None and not run.is_finished
        is_continued = is_retry or (goes_on and (source == JOIN or run.source == source != PIPE))
        if is_continued:
            await recover(folder, ledger)
        if is_retry:
            files.keep_copies(folder, run.started)
            logger.info("%d failed seeds are tried again", await ledger.retry())
            await drop_stale(folder, ledger)
        elif is_continued:
            logger.warning("the run that broke off here goes on: %s", describe(await ledger.counts()))
        else:
            await ledger.close()
            files.put_aside(folder, run.started)
            ledger = SQLiteLedger(folder / files.LEDGER)
            stack.push_async_callback(ledger.close)
            await ledger.note(source=source, started=now)
        stack.pop_all()
    return ledger, is_continued


async def join_run(folder: Path, ledger: RedisLedger, source: str, *, is_retry: bool, now: float) -> bool:
    """
    Take part in the run that *ledger* holds, or begin one of *source*; return whether this folder took part before.

    A run that has finished begins anew for a list of its own, or for a folder that saw it end; raise UsageError for a
    list that is not the run's while that goes on.
    """
    badge = read_badge(folder)
    if badge.run is None and (folder / files.LEDGER).exists():
        _refuse_own_run(folder)
    while True:
        run = await ledger.run()
        took_part = run.started is not None and badge.run == run.started
        if run.started is None or (run.is_finished and not is_retry and source != JOIN):
            if source == JOIN:
                raise UsageError("LEDGER: no run is there: add a list with scrapy seeds add, or give -a seeds=FILE")
            if run.source == source and not took_part and run.started is not None:
                break  # others were quicker: nothing is left
            if await ledger.begin(source, run, now):
                continue
        elif source not in (JOIN, run.source):
            raise UsageError(
                "LEDGER: a run of another list goes on there: wait for it, add your list with scrapy seeds add,"
                " or name another run with ?run=NAME"
            )
        else:
            break
    if took_part:
        await recover(folder, ledger)
        logger.warning("this worker goes on: %s", describe(await ledger.counts()))
    else:
        files.put_aside(folder, badge.run)
        write_badge(folder, badge._replace(run=run.started))
    if is_retry and run.is_finished:
        logger.info("%d failed seeds are tried again", await ledger.retry())
        await drop_stale(folder, ledger)
    return took_part


def _refuse_own_run(folder: Path) -> None:
    """Raise UsageError where a run of the folder's own has not finished: it would be lost among those put aside."""
    ledger = SQLiteLedger(folder / files.LEDGER)
    run = ledger.peek()
    ledger.shut()
    if run.started is not None and not run.is_finished:
        raise UsageError(f"LEDGER: a run of its own is in {folder}: end it without LEDGER, or give another OUTPUT_DIR")


async def recover(folder: Path, ledger: Ledger) -> None:
    """Bring files and ledger together after a run that broke off: whole lines count, a half one is cut."""
    path = folder / files.ENVELOPES
    path.touch()
    if path.stat().st_size < (await ledger.run()).envelopes_end:
        await ledger.forget(0)
    with path.open("r+b") as file:
        end = (await ledger.run()).envelopes_end
        file.seek(end)
        await ledger.recover(read_envelopes(file, end))
        file.truncate((await ledger.run()).envelopes_end)
    await ledger.expire_all()
    await _keep_records(folder, ledger, Counter())
    await drop_stale(folder, ledger)


async def drop_stale(folder: Path, ledger: Ledger) -> None:
    """
    Leave out the lines of seeds that were put back since, and their records.

    Wherever this breaks off, recover() ends it: a file that is shorter than the ledger knows is believed.
    """
    run = await ledger.run()
    if not run.stale:
        return
    path, dropped = folder / files.ENVELOPES, Counter[str]()
    with files.rewritten(path) as target:
        async for line in _current(path, ledger, dropped):
            target.write(line)
        size = target.tell()
    with path.open("rb") as file:
        await ledger.recover(read_envelopes(file, 0))
    await ledger.note(envelopes_end=size, posts_end=0)
    await _keep_records(folder, ledger, dropped)
    await ledger.note(stale=False)


def describe(counts: Mapping[State, int]) -> str:
    """Return how far a run has come, for people."""
    left = counts[State.TODO] + counts[State.LEASED]
    return f"{counts[State.DONE]} ok, {counts[State.FAILED]} failed, {left} left"


async def _current(path: Path, ledger: Ledger, dropped: Counter[str]) -> AsyncIterator[bytes]:
    """Yield the lines that count; of the others count in *dropped* the records that go with them, by their seed."""
    with path.open("rb") as file:
        lines = read_envelopes(file, 0)
        while batch := list(islice(lines, _BATCH)):
            places = [(str(envelope["seed"]), offset) for offset, _, envelope in batch]
            for (offset, end, envelope), is_current in zip(batch, await ledger.current(places), strict=True):
                if is_current:
                    yield os.pread(file.fileno(), end - offset, offset)
                elif envelope.get("data") is not None and "duplicate_of" not in envelope:
                    dropped[str(envelope["seed"])] += 1


async def _keep_records(folder: Path, ledger: Ledger, dropped: Counter[str]) -> None:
    """
    Leave out records that belong to no envelope.

    A record is written before its envelope, so beyond what the ledger knows only those with an envelope count; where
    lines were *dropped*, the first records of their seeds go with them.
    """
    path, start = folder / files.POSTS, (await ledger.run()).posts_end
    records = files.whole_lines(path, start)
    with files.rewritten(path, start) as target:
        while batch := list(islice(records, _BATCH)):
            settled = await ledger.settled({str(record["seed"]) for _, record in batch})
            for line, record in batch:
                if dropped[record["seed"]] > 0:
                    dropped[record["seed"]] -= 1
                elif record["seed"] in settled:
                    target.write(line)
        size = target.tell()
    await ledger.note(posts_end=size)
