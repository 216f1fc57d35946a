"""Start a run, continue an interrupted one, and make its files and its ledger consistent."""

import logging
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from itertools import islice
from pathlib import Path

from scraper.envelopes.envelope import has_record
from scraper.envelopes.lines import read_envelopes
from scraper.errors import UsageError
from scraper.ledger.access import peek
from scraper.ledger.interface import Ledger, RunState, State
from scraper.ledger.redis import RedisLedger
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import Server
from scraper.ledger.sqlite import SQLiteLedger
from scraper.runs.folder import ENVELOPES, LEDGER, POSTS, keep_copies, put_aside
from scraper.runs.options import RunOptions
from scraper.runs.results import read_lines
from scraper.runs.worker import WorkerId, make_worker_id, read_worker_id
from scraper.seeds.lists import PIPE
from scraper.system.jsonlines import read_whole, rewritten
from scraper.text.jsonline import JSON

logger = logging.getLogger(__name__)

JOIN = "join"
"""The source of a crawl without a list: it joins the current run with any list."""
_BATCH = 500
_MANY = 10
"""Most runs that begin within one second; a start further in the future is from a wrong clock."""


async def open_any(
    options: RunOptions, source: str, *, spider: str, now: float, seconds: float, is_over: Callable[[], bool]
) -> tuple[Ledger, bool]:
    """Open the run of a folder by open_run(), or that of a shared ledger by join_run(); *is_over* ends waits for it."""
    if not options.ledger:
        return await open_run(options.folder, source, is_retry=options.is_retry, now=now)
    server = Server(parse_address(options.ledger))
    try:
        ledger, is_continued = await join_run(
            options.folder, server, f"{spider} {source}", is_retry=options.is_retry, now=now, seconds=seconds
        )
    except BaseException:
        await server.close()
        raise
    server.is_hurried = is_over  # before this point, nothing is lost by giving up early
    return ledger, is_continued


async def open_run(folder: Path, source: str, *, is_retry: bool, now: float) -> tuple[SQLiteLedger, bool]:
    """
    Return the ledger of a run of *source* (a fingerprint of the seed list), and whether an earlier process began it.

    An interrupted run is continued, and a retry opens its failures again; any other run moves to ``runs/<start>/``
    before a new one begins at *now* (unix seconds).
    """
    async with AsyncExitStack() as stack:
        ledger = SQLiteLedger(folder / LEDGER)
        stack.push_async_callback(ledger.close)
        run = await ledger.run()
        is_retry = is_retry and run.started is not None
        goes_on = run.started is not None and not run.is_finished
        is_continued = is_retry or (goes_on and (source == JOIN or run.source == source != PIPE))
        if is_continued:
            await recover(folder, ledger)
        if is_retry:
            await _retry(folder, ledger, run)
        elif is_continued:
            logger.warning("the interrupted run in this folder continues: %s", describe(await ledger.counts()))
        else:
            await ledger.close()
            put_aside(folder, run.started)
            ledger = SQLiteLedger(folder / LEDGER)
            stack.push_async_callback(ledger.close)
            await ledger.note(source=source, started=_next_start(run, now))
        stack.pop_all()
    return ledger, is_continued


async def join_run(
    folder: Path, server: Server, source: str, *, is_retry: bool, now: float, seconds: float
) -> tuple[RedisLedger, bool]:
    """
    Join the run on *server*, or begin one of *source*, a spider and the fingerprint of its list.

    Returns its ledger, and whether *folder* took part before. After a finished run, a new one begins for another list,
    or for a folder that saw the end. In a run that begins here, a worker counts as dead after *seconds* of silence.
    Raises UsageError for another list while the run is not finished.
    """
    _refuse_own_run(folder)
    is_ours = False
    while True:
        shared, worker = RedisLedger(server, seconds=seconds), read_worker_id(folder)
        start, run = await shared.start(), await shared.run()
        took_part = worker is not None and worker.run == start != ""
        if not start or (run.is_finished and not is_retry and not _is_over(run, source, worker if took_part else None)):
            if _list_of(source) == JOIN:
                raise UsageError("LEDGER: no run is there: add a list with scrapy seeds add, or give -a seeds=FILE")
            is_ours = await shared.begin(source, _next_start(run, now))
            continue
        if not is_ours:
            _check_list(run, source)
        break
    if not took_part:
        put_aside(folder, None)
        worker = make_worker_id(folder, start)
    assert worker is not None
    ledger = RedisLedger(server, worker.worker, start, seconds)
    if run.lease is None:
        await ledger.note(lease_ms=int(seconds * 1000))
    if took_part:
        await recover(folder, ledger)
        logger.warning("this worker continues: %s", describe(await ledger.counts()))
    if is_retry and run.is_finished:
        await _retry(folder, ledger, run)
    ledger.reader = partial(read_lines, folder / ENVELOPES)
    return ledger, took_part


def _next_start(last: RunState, now: float) -> float:
    """Return the start of a run at *now*, in a later second than that of the *last* one: the second is its name."""
    if last.started is None or not 0 <= int(last.started) - int(now) < _MANY:
        return now
    return float(int(last.started) + 1)


def _is_over(run: RunState, source: str, worker: WorkerId | None) -> bool:
    """Whether a finished run is the wanted one: other workers finished it, or this worker was away."""
    return _list_of(source) == JOIN or (run.source == source and (worker is None or not worker.ended))


def _check_list(run: RunState, source: str) -> None:
    """Raise UsageError for another list or another spider than those of *run*."""
    wanted, spider = _list_of(source), str(run.source).partition(" ")[0]
    if wanted != JOIN and not run.is_finished and (source != run.source or wanted == PIPE):
        raise UsageError(
            "LEDGER: a run of another list is under way there: wait for it, add your list with scrapy seeds add,"
            " or name another run with ?run=NAME"
        )
    if spider != source.partition(" ")[0]:
        raise UsageError(f"LEDGER: that run is one of the spider {spider}: start scrapy crawl {spider}")


def _list_of(source: str) -> str:
    return source.partition(" ")[2]


def _refuse_own_run(folder: Path) -> None:
    """Raise UsageError if the folder has an unfinished run of its own: it would be lost among the earlier runs."""
    if not (folder / LEDGER).exists():
        return
    run = peek(folder / LEDGER)
    if run.started is not None and not run.is_finished:
        raise UsageError(f"LEDGER: a run of its own is in {folder}: end it without LEDGER, or give another OUTPUT_DIR")


async def _retry(folder: Path, ledger: Ledger, run: RunState) -> None:
    """Open the failures of *run* again, after a copy of its files is made."""
    keep_copies(folder, run.started)
    logger.info("%d failed seeds are tried again", await ledger.retry())
    await drop_stale(folder, ledger)


async def recover(folder: Path, ledger: Ledger) -> None:
    """Make files and ledger consistent after an interrupted run: whole lines count, a partial one is cut."""
    path = folder / ENVELOPES
    path.touch()
    if path.stat().st_size < (await ledger.run()).envelopes_end:
        await ledger.forget(0)
    with path.open("r+b") as file:
        end = (await ledger.run()).envelopes_end
        file.seek(end)
        await ledger.recover(read_envelopes(file, end))
        file.truncate((await ledger.run()).envelopes_end)
    await ledger.expire_all()
    await _keep_records(folder, ledger)
    await drop_stale(folder, ledger)


async def drop_stale(folder: Path, ledger: Ledger) -> None:
    """
    Remove the lines of seeds that were opened again, and their records.

    Records are removed first, as the lines show which ones: after an interruption, the same call completes the removal.
    """
    path = folder / ENVELOPES
    while stale := (await ledger.run()).stale:
        known = await _find_stale(path, ledger)
        _drop_records(folder / POSTS, known)
        with rewritten(path) as target:
            async for line, _, is_current in _lines(path, ledger):
                if is_current:
                    target.write(line)
            size = target.tell()
        await ledger.move(read_lines(path))
        await ledger.note(envelopes_end=size, posts_end=(folder / POSTS).stat().st_size)
        await ledger.clear_stale(stale)


def describe(counts: Mapping[State, int]) -> str:
    """Return the progress of a run, for people."""
    left = counts[State.TODO] + counts[State.LEASED]
    return f"{counts[State.DONE]} ok, {counts[State.FAILED]} failed, {left} left"


async def _lines(path: Path, ledger: Ledger) -> AsyncIterator[tuple[bytes, Mapping[str, JSON], bool]]:
    """Yield each line of *path*, its envelope, and whether it counts."""
    with path.open("rb") as file:
        lines = read_envelopes(file, 0)
        while batch := list(islice(lines, _BATCH)):
            places = [(str(envelope["seed"]), offset) for offset, _, envelope in batch]
            for (offset, end, envelope), is_current in zip(batch, await ledger.current(places), strict=True):
                yield os.pread(file.fileno(), end - offset, offset), envelope, is_current


async def _find_stale(path: Path, ledger: Ledger) -> dict[str, bool]:
    """Return each seed with a line in *path* that does not count; True if its last line counts and has a post."""
    found: dict[str, bool] = {}
    async for _, envelope, is_current in _lines(path, ledger):
        seed = str(envelope["seed"])
        if not is_current:
            found[seed] = False
        elif seed in found:  # the line that counts is the last of its seed
            found[seed] = has_record(envelope)
    return found


def _drop_records(path: Path, stale: Mapping[str, bool]) -> None:
    """Remove the records of *stale* seeds, except the last one of a seed if it belongs to the line that counts."""
    left = Counter(record["seed"] for _, record in read_whole(path) if record["seed"] in stale)
    with rewritten(path) as target:
        for line, record in read_whole(path):
            seed = record["seed"]
            if seed in stale:
                left[seed] -= 1
            if seed not in stale or (stale[seed] and not left[seed]):
                target.write(line)


async def _keep_records(folder: Path, ledger: Ledger) -> None:
    """
    Remove records without an envelope.

    A record is written before its envelope, so records after ``posts_end`` are checked.
    """
    path, start = folder / POSTS, (await ledger.run()).posts_end
    records = read_whole(path, start)
    with rewritten(path, start) as target:
        while batch := list(islice(records, _BATCH)):
            settled = await ledger.settled({str(record["seed"]) for _, record in batch})
            target.writelines(line for line, record in batch if record["seed"] in settled)
        size = target.tell()
    await ledger.note(posts_end=size)
