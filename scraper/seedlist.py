"""Seed lists as files."""

import sys
from pathlib import Path
from typing import BinaryIO

from scraper.core.errors import UsageError


def open_seeds(name: str) -> BinaryIO:
    """Return the seed list *name* (``-`` = standard input); raise UsageError when it cannot be read."""
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(f"seeds: cannot read {name}: {error.strerror}: give the path of a text file") from error
