"""Locks on files."""

import fcntl
import time
from pathlib import Path
from typing import BinaryIO

from scraper.errors import UsageError

_LOOK = 0.05
"""Seconds between two tries to lock a file that another process holds."""


def lock(file: BinaryIO, patience: float = 0.0) -> bool:
    """Lock *file* until it is closed; return False if another process holds it for *patience* seconds. Blocking."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
        time.sleep(_LOOK)


def take_lock(folder: Path) -> BinaryIO:
    """Return the open lock file of *folder*; closing it unlocks. Raise UsageError if another process holds it."""
    file = (folder / ".lock").open("ab")
    try:
        is_ours = lock(file)
    except OSError:  # a file system without locks
        is_ours = False
    if not is_ours:
        file.close()
        raise UsageError(f"OUTPUT_DIR: another run is writing to {folder}: wait for it, or give another folder")
    return file
