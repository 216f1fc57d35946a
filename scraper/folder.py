"""The output folder between runs: the lock, what an earlier run left, and how a broken run is picked up."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import BinaryIO

from scraper.core.ledger import Ledger, read_envelopes

ENVELOPES = "envelopes.jsonl"
POSTS = "posts.jsonl"
RUN = "run.json"
LEDGER = "ledger.db"
_RESULTS = (ENVELOPES, POSTS, RUN, "raw", LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm")
_COPIED = (ENVELOPES, POSTS, RUN)
_BATCH = 1000


def take_lock(folder: Path) -> BinaryIO | None:
    """Return the open lock file of *folder*, None where another process has it; closing it gives it back."""
    file = (folder / ".lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def is_locked(folder: Path) -> bool:
    """Whether a run is writing to *folder* now."""
    lock = take_lock(folder)
    if lock is not None:
        lock.close()
    return lock is None


def put_aside(folder: Path, started: float | None) -> None:
    """Move the results of the run that began at *started* (unix seconds) to ``runs/<start>/``; media stay."""
    if any((folder / name).exists() for name in _RESULTS):
        run = _run_folder(folder, started)
        for name in _RESULTS:
            if (folder / name).exists():
                (folder / name).rename(run / name)


def drop_failures(folder: Path, ledger: Ledger) -> int:
    """
    Make the failed seeds of the last run open again and return how many.

    Their lines leave the files; what the files were is copied to ``runs/<start>/``.
    """
    run = _run_folder(folder, ledger.run.started)
    for name in _COPIED:
        if (folder / name).exists():
            shutil.copy2(folder / name, run / name)
    failed = frozenset(ledger.failed_ids())
    ends = [_keep_lines(folder / name, lambda seed: seed not in failed) for name in (ENVELOPES, POSTS)]
    count = ledger.reset_failed()
    with (folder / ENVELOPES).open("rb") as file:
        ledger.recover(read_envelopes(file, 0))
    ledger.save(replace(ledger.run, finished=None, envelopes_end=ends[0], posts_end=ends[1]))
    return count


def recover(folder: Path, ledger: Ledger) -> None:
    """Bring files and ledger together after a run that broke off: whole lines count, a half one is cut."""
    ledger.expire_all()
    path = folder / ENVELOPES
    path.touch()
    end = ledger.run.envelopes_end
    if path.stat().st_size < end:
        end = _end_of_lines(path)
        ledger.forget(end)
    found: set[str] = set()
    with path.open("r+b") as file:
        file.seek(end)
        for begin, stop, envelope in list(read_envelopes(file, end)):
            ledger.recover([(begin, stop, envelope)])
            found.add(str(envelope["seed"]))
            end = stop
        file.truncate(end)
    # A record is written before its envelope, so beyond what the ledger knows only those with an envelope count.
    posts_end = _keep_lines(folder / POSTS, found.__contains__, start=ledger.run.posts_end)
    ledger.save(replace(ledger.run, envelopes_end=end, posts_end=posts_end))


def _run_folder(folder: Path, started: float | None) -> Path:
    known = started if started is not None else (folder / ENVELOPES).stat().st_mtime
    name = datetime.fromtimestamp(known, UTC).strftime("%Y%m%dT%H%M%SZ")
    run = folder / "runs" / name
    number = 1
    while run.exists():
        number += 1
        run = folder / "runs" / f"{name}-{number}"
    run.mkdir(parents=True)
    return run


def _end_of_lines(path: Path) -> int:
    """Return the byte after the last whole line."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
    return end


def _keep_lines(path: Path, keep: Callable[[str], bool], start: int = 0) -> int:
    """Leave out the lines from byte *start* on whose seed *keep* does not want; return the new size."""
    path.touch()
    part = path.with_name(f".{path.name}.part")
    with path.open("rb") as source, part.open("wb") as target:
        _copy(source, target, min(start, path.stat().st_size))
        target.writelines(line for line in _whole(source) if keep(str(loads(line)["seed"])))
        size = target.tell()
    part.replace(path)
    return size


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)


def _whole(lines: BinaryIO) -> Iterator[bytes]:
    for line in lines:
        try:
            whole = line.endswith(b"\n") and isinstance(loads(line), dict)
        except ValueError:
            whole = False
        if not whole:
            return
        yield line
