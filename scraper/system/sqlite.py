"""SQLite files of ours: told from those of other programs before anything in them is touched."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple


class Mark(NamedTuple):
    """What a SQLite file says of itself."""

    application: int
    version: int
    tables: int

    @property
    def is_new(self) -> bool:
        """Whether nothing is in it as yet."""
        return self == (0, 0, 0)


def read_mark(database: sqlite3.Connection) -> Mark:
    """Return whose *database* is; raise sqlite3.Error for a file that is none."""
    queries = ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    return Mark(*(database.execute(query).fetchone()[0] for query in queries))


def make_tables(database: sqlite3.Connection, schema: str, application: int, version: int) -> None:
    """Make what *schema* says, and mark the file as ours: all of it, or nothing."""
    database.executescript(
        f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {application}; PRAGMA user_version = {version}; COMMIT"
    )


def full_disk(error: sqlite3.Error, path: Path) -> OSError | None:
    """Return *error* as the OSError it stands for where the disk is full, else None."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
        return None
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
