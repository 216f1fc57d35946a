"""The finished media of all runs and output folders: a SQLite file that several crawls may share."""

import errno
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scraper.errors import UsageError
from scraper.system.sqlite import full_disk, make_tables, read_mark

_APPLICATION = 0x53434D41
_WAIT = 30.0
"""Seconds to wait for another crawl that writes."""
_FEW = 3
"""Candidates of equal content to look at; at least one of them should exist."""
_VERSION = 1
_SCHEMA = """
CREATE TABLE media (
  key TEXT PRIMARY KEY, folder TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
  details TEXT NOT NULL, changed REAL NOT NULL, is_done INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX media_sha256 ON media (sha256);
CREATE INDEX media_pending ON media (folder) WHERE NOT is_done;
"""
_BEGIN = "INSERT OR REPLACE INTO media VALUES (?, ?, ?, ?, ?, ?, ?, 0)"
_COLUMNS = "SELECT key, folder, path, bytes, sha256, details FROM media"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file that was fetched, in this or another folder."""

    key: str
    """Identifies the wanted file: platform, post, medium and variant."""
    folder: str
    """The OUTPUT_DIR in which it was stored, as an absolute path."""
    path: str
    """Path below *folder*."""
    bytes: int
    sha256: str
    details: Mapping[str, Any]
    """Values for later records."""

    @property
    def place(self) -> Path:
        """The absolute path of the file."""
        return Path(self.folder, self.path)

    @property
    def is_there(self) -> bool:
        """Whether a file of that size exists there. Blocking."""
        try:
            return self.place.stat().st_size == self.bytes
        except OSError:
            return False

    @property
    def is_whole(self) -> bool:
        """Whether a file with that content exists there. Blocking."""
        try:
            with self.place.open("rb") as file:
                return self.is_there and hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


class Archive:
    """
    Rows of files. Every method blocks, may be called from any thread, and raises OSError if the disk fails.

    First the row is written as pending (``begin``), then the file gets its name, then the row is marked as done
    (``finish``). After a crash in between, ``repair`` corrects the row, so every row has its file and every file a row.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file; raise UsageError if that fails."""
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error
        try:
            self._prepare()
        except BaseException as error:
            self._database.close()
            if isinstance(error, sqlite3.Error):
                raise self._unusable(str(error)) from error
            raise

    def find(self, key: str) -> ArchivedFile | None:
        """Return the finished file of *key*."""
        rows = self._do(f"{_COLUMNS} WHERE key = ? AND is_done", key)
        return _entry(rows[0]) if rows else None

    def find_same(self, sha256: str, folder: str) -> list[ArchivedFile]:
        """Return some files in *folder* with this content."""
        same = f"{_COLUMNS} WHERE sha256 = ? AND folder = ? AND is_done LIMIT {_FEW}"
        return list(map(_entry, self._do(same, sha256, folder)))

    def begin(self, entry: ArchivedFile) -> None:
        """Record that the file of *entry* is about to get its name."""
        details = json.dumps(entry.details)
        values = (entry.key, entry.folder, entry.path, entry.bytes, entry.sha256, details, time.time())
        self._do(_BEGIN, *values)

    def finish(self, key: str) -> None:
        """Record that the file of *key* has its name."""
        self._do("UPDATE media SET is_done = 1 WHERE key = ?", key)

    def forget(self, key: str) -> None:
        """Delete the row of *key*."""
        self._do("DELETE FROM media WHERE key = ?", key)

    def forget_post(self, platform: str, post_id: str) -> None:
        """Delete the rows of all media of a post."""
        start = f"{platform}/{post_id}/"
        self._do("DELETE FROM media WHERE substr(key, 1, ?) = ?", len(start), start)

    def repair(self, folder: str) -> None:
        """Finish or delete the pending rows of *folder*, to which no other crawl writes."""
        for entry in map(_entry, self._do(f"{_COLUMNS} WHERE folder = ? AND NOT is_done", folder)):
            if entry.is_whole:
                self.finish(entry.key)
            else:
                self.forget(entry.key)

    def move(self, folder: str) -> None:
        """Change the folder of all rows to *folder*: an archive inside it may have been moved with it."""
        if self._do("SELECT 1 FROM media WHERE folder != ? LIMIT 1", folder):
            self._do("UPDATE media SET folder = ?", folder)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _prepare(self) -> None:
        """Check that the file is ours before any change, and create missing tables."""
        mark = read_mark(self._database)
        if mark.application != _APPLICATION and mark.tables:
            raise self._unusable("it is the database of another program")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        if not mark.tables:
            try:
                make_tables(self._database, _SCHEMA, _APPLICATION, _VERSION)
            except sqlite3.OperationalError:  # another crawl has created them meanwhile
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if read_mark(self._database).application != _APPLICATION:
                    raise

    def _do(self, statement: str, *values: object) -> list[Any]:
        try:
            with self._lock:
                return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise full_disk(error, self._path) or OSError(errno.EIO, str(error), str(self._path)) from error

    def _unusable(self, what: str) -> UsageError:
        return UsageError(f"ARCHIVE: {self._path} cannot be used: {what}: move it away, or give another file")


def _entry(row: tuple[Any, ...]) -> ArchivedFile:
    key, folder, path, size, sha256, details = row
    return ArchivedFile(key=key, folder=folder, path=path, bytes=size, sha256=sha256, details=json.loads(details))
