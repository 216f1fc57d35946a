"""The output folder between runs: its lock, its files, and where those of earlier runs go."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any, BinaryIO

from scraper.badge import NAME as BADGE
from scraper.core.errors import UsageError

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
_RESULTS = (ENVELOPES, POSTS, RUN, METRICS, *EXPORTED, RAW, "drift", LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", BADGE)
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


def put_aside(folder: Path, started: float | None) -> None:
    """Move the results of the run that began at *started* (unix seconds) to ``runs/<start>/``; media stay."""
    if started is not None or (folder / ENVELOPES).exists():
        run = _run_folder(folder, started)
        for name in _RESULTS:
            if (folder / name).exists():
                (folder / name).rename(run / name)


def keep_copies(folder: Path, started: float | None) -> None:
    """Copy the files of the run that began at *started* to ``runs/<start>/`` before lines of them are left out."""
    run = _run_folder(folder, started)
    for name in _COPIED:
        if (folder / name).exists():
            shutil.copy2(folder / name, run / name)


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


def keep_lines(path: Path, keep: Callable[[Any], bool]) -> None:
    """Leave out the lines that *keep* does not want."""
    with rewritten(path) as target:
        target.writelines(line for line, value in whole_lines(path) if keep(value))


@contextmanager
def rewritten(path: Path, start: int = 0) -> Iterator[BinaryIO]:
    """Give a file with all of *path* up to byte *start*, which takes its place when it is left without an error."""
    path.touch()
    part = path.with_name(f".{path.name}.part")
    with path.open("rb") as source, part.open("wb") as target:
        _copy(source, target, min(start, path.stat().st_size))
        yield target
    part.replace(path)


def whole_lines(path: Path, start: int = 0) -> Iterator[tuple[bytes, Any]]:
    """Yield each line from byte *start* on with what it says, up to the first that is cut short or damaged."""
    path.touch()
    with path.open("rb") as lines:
        lines.seek(min(start, path.stat().st_size))
        for line in lines:
            try:
                value = loads(line)
            except ValueError:
                return
            if not line.endswith(b"\n") or not isinstance(value, dict):
                return
            yield line, value


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)
