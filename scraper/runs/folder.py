"""The output folder between runs: the names of its files, and the archive of earlier runs."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from scraper.runs.worker import NAME as WORKER

ENVELOPES = "envelopes.jsonl"
POSTS = "posts.jsonl"
RUN = "run.json"
METRICS = "run.prom"
RUNS = "runs"
"""Folder of the earlier runs, with a folder for each."""
RAW = "raw"
LEDGER = "ledger.db"
EXPORTED = ("posts.csv", "summary.csv", "summary.json", "report.html")
"""Files that are made at the end of a run."""
_RESULTS = (
    ENVELOPES,
    POSTS,
    RUN,
    METRICS,
    *EXPORTED,
    RAW,
    "drift",
    LEDGER,
    f"{LEDGER}-wal",
    f"{LEDGER}-shm",
    WORKER,
)
_COPIED = (ENVELOPES, POSTS, RUN)


def put_aside(folder: Path, started: float | None) -> None:
    """Move the results of the run that began at *started* (unix seconds) to ``runs/<start>/``; media stay."""
    if started is not None or (folder / ENVELOPES).exists():
        run = _run_folder(folder, started)
        for name in _RESULTS:
            if (folder / name).exists():
                (folder / name).rename(run / name)


def keep_copies(folder: Path, started: float | None) -> None:
    """Copy the files of the run that began at *started* to ``runs/<start>/``, before lines are removed from them."""
    run = _run_folder(folder, started)
    for name in _COPIED:
        if (folder / name).exists():
            shutil.copy2(folder / name, run / name)


def run_name(started: float) -> str:
    """Return the name of a run that began at *started* (unix seconds)."""
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
