"""The output folder between runs: the lock, what an earlier run left, and how a broken run is picked up."""

import fcntl
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any, BinaryIO

from scraper.core.envelope import status_of
from scraper.core.errors import UsageError
from scraper.core.ledger import Ledger, Run, State, read_envelopes
from scraper.ledger.sqlite import SQLiteLedger
from scraper.seedlist import PIPE

logger = logging.getLogger(__name__)

ENVELOPES = "envelopes.jsonl"
POSTS = "posts.jsonl"
RUN = "run.json"
METRICS = "run.prom"
RUNS = "runs"
"""Earlier runs, a folder each."""
RAW = "raw"
LEDGER = "ledger.db"
EXPORTED = ("posts.csv", "summary.csv", "summary.json", "report.html")
"""What is made of a run at its end."""
_RESULTS = (ENVELOPES, POSTS, RUN, METRICS, *EXPORTED, RAW, "drift", LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm")
_COPIED = (ENVELOPES, POSTS, RUN)


def take_lock(folder: Path) -> BinaryIO:
    """Return the open lock file of *folder*, which closing frees; raise UsageError where another process has it."""
    file = (folder / ".lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        problem = f"OUTPUT_DIR: another run is writing to {folder}: wait for it, or give another folder"
        raise UsageError(problem) from None
    return file


def open_run(folder: Path, source: str, *, is_retry: bool) -> tuple[SQLiteLedger, bool]:
    """
    Return the ledger of a run of *source* (a fingerprint of the seed list), and whether an earlier process began it.

    A run that broke off goes on, one that is retried has its failures open again; anything else moves to
    ``runs/<start>/`` before the new run begins.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(SQLiteLedger(folder / LEDGER)))
        run = ledger.run
        is_retry = is_retry and run.started is not None
        is_continued = is_retry or (run.started is not None and not run.is_finished and run.source == source != PIPE)
        if is_continued:
            recover(folder, ledger)
        if is_retry:
            logger.info("%d failed seeds are tried again", drop_failures(folder, ledger))
        elif is_continued:
            logger.warning("the run that broke off here goes on: %s", _describe(ledger.counts()))
        else:
            ledger.close()
            put_aside(folder, run.started)
            ledger = stack.enter_context(closing(SQLiteLedger(folder / LEDGER)))
            ledger.save(Run(source=source, started=time.time()))
        stack.pop_all()
    return ledger, is_continued


def put_aside(folder: Path, started: float | None) -> None:
    """Move the results of the run that began at *started* (unix seconds) to ``runs/<start>/``; media stay."""
    if started is not None or (folder / ENVELOPES).exists():
        run = _run_folder(folder, started)
        for name in _RESULTS:
            if (folder / name).exists():
                (folder / name).rename(run / name)


def drop_failures(folder: Path, ledger: Ledger) -> int:
    """
    Make the failed seeds of a run that was recovered open again and return how many.

    Their lines leave the file, and the ledger is made anew from it: wherever this breaks off, recover() ends it.
    What the files were is copied to ``runs/<start>/``.
    """
    run = _run_folder(folder, ledger.run.started)
    for name in _COPIED:
        if (folder / name).exists():
            shutil.copy2(folder / name, run / name)
    count = ledger.counts()[State.FAILED]
    keep_lines(folder / ENVELOPES, lambda envelope: status_of(envelope) == 200)
    recover(folder, ledger)
    return count


def recover(folder: Path, ledger: Ledger) -> None:
    """Bring files and ledger together after a run that broke off: whole lines count, a half one is cut."""
    path = folder / ENVELOPES
    path.touch()
    if path.stat().st_size < ledger.run.envelopes_end:
        ledger.forget(0)
    with path.open("r+b") as file:
        end = ledger.run.envelopes_end
        file.seek(end)
        ledger.recover(read_envelopes(file, end))
        file.truncate(ledger.run.envelopes_end)
    ledger.expire_all()
    # A record is written before its envelope, so beyond what the ledger knows only those with an envelope count.
    posts_end = keep_lines(folder / POSTS, lambda post: ledger.is_settled(post["seed"]), start=ledger.run.posts_end)
    ledger.save(replace(ledger.run, posts_end=posts_end))


def _describe(counts: Mapping[State, int]) -> str:
    left = counts[State.TODO] + counts[State.LEASED]
    return f"{counts[State.DONE]} ok, {counts[State.FAILED]} failed, {left} left"


def run_name(started: float) -> str:
    """Return what a run that began at *started* (unix seconds) is called."""
    return datetime.fromtimestamp(started, UTC).strftime("%Y%m%dT%H%M%SZ")


def _run_folder(folder: Path, started: float | None) -> Path:
    name = run_name(started if started is not None else (folder / ENVELOPES).stat().st_mtime)
    run = folder / RUNS / name
    number = 1
    while run.exists():
        number += 1
        run = folder / RUNS / f"{name}-{number}"
    run.mkdir(parents=True)
    return run


def keep_lines(path: Path, keep: Callable[[Any], bool], start: int = 0) -> int:
    """Leave out the lines from byte *start* on that *keep* does not want; return the new size."""
    path.touch()
    part = path.with_name(f".{path.name}.part")
    with path.open("rb") as source, part.open("wb") as target:
        _copy(source, target, min(start, path.stat().st_size))
        target.writelines(line for line, value in _whole(source) if keep(value))
        size = target.tell()
    part.replace(path)
    return size


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)


def _whole(lines: BinaryIO) -> Iterator[tuple[bytes, Any]]:
    """Yield each line with what it says, up to the first that is cut short or damaged."""
    for line in lines:
        try:
            value = loads(line)
        except ValueError:
            return
        if not line.endswith(b"\n") or not isinstance(value, dict):
            return
        yield line, value
