"""Create our SQLite files, and recognise them before anything in them is changed."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple


class Mark(NamedTuple):
    """The header values that identify a SQLite file."""

    application: int
    version: int
    tables: int

    @property
    def is_new(self) -> bool:
        """Whether the file is still empty."""
        return self == (0, 0, 0)


def read_mark(database: sqlite3.Connection) -> Mark:
    """Return the mark of *database*; raise sqlite3.Error if the file is not a SQLite file."""
    queries = ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    return Mark(*(database.execute(query).fetchone()[0] for query in queries))


def make_tables(database: sqlite3.Connection, schema: str, application: int, version: int) -> None:
    """Create the tables of *schema* and mark the file as ours, in one transaction."""
    database.executescript(
        f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {application}; PRAGMA user_version = {version}; COMMIT"
    )


def full_disk(error: sqlite3.Error, path: Path) -> OSError | None:
    """Return the OSError for a full disk if that is the meaning of *error*, else None."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
        return None
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
