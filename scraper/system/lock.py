"""Locks on files."""

import fcntl
from pathlib import Path
from typing import BinaryIO

from scraper.errors import UsageError


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
