"""The ledger's file: its tables, and seeds as their rows."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scraper.envelopes.envelope import status_of
from scraper.errors import ErrorCode, UsageError
from scraper.ledger.interface import State
from scraper.ledger.sqlite_statements import SETTLE
from scraper.model.ref import Ref
from scraper.model.seed import Seed, split_id
from scraper.system.sqlite import full_disk, make_tables, read_mark
from scraper.text.jsonline import JSON

VERSION = 1
APPLICATION = 0x53484C4B
"""Marks the file as ours ("SHLK")."""
SCHEMA = """
CREATE TABLE seeds (
  line INTEGER NOT NULL, n INTEGER NOT NULL, platform TEXT NOT NULL, text TEXT NOT NULL,
  kind TEXT, ref TEXT, url TEXT, part INTEGER, rejected TEXT, problem TEXT, options TEXT, tags TEXT,
  state TEXT NOT NULL DEFAULT 'todo', attempts INTEGER NOT NULL DEFAULT 0, leased_until REAL,
  code INTEGER, error TEXT, envelope_at INTEGER, key TEXT, duplicate_of TEXT,
  id TEXT GENERATED ALWAYS AS (line || '.' || n) VIRTUAL,
  PRIMARY KEY (line, n)
) WITHOUT ROWID;
CREATE INDEX seeds_work ON seeds (platform, state, line, n);
CREATE INDEX seeds_code ON seeds (code) WHERE code IS NOT NULL;
CREATE INDEX seeds_duplicate ON seeds (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE TABLE claims (key TEXT PRIMARY KEY, seed TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
INSERT = """
INSERT OR IGNORE INTO seeds (line, n, platform, text, kind, ref, url, part, rejected, problem, options, tags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_DONE = 200
_WAL_PAGES = 16_384
"""64 MB: a checkpoint waits for the disk, so none may happen on the event loop; see SQLiteLedger.checkpoint."""
_OURS = "OUTPUT_DIR: {path} is {what}: move it away, or choose another OUTPUT_DIR"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNUSABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY})


def open_file(path: Path) -> sqlite3.Connection:
    """Open or make the ledger at *path*; raise UsageError for a file that is not a ledger."""
    try:
        database = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise UsageError(f"OUTPUT_DIR: cannot open {path}: {error}: choose another OUTPUT_DIR") from error
    try:
        with translated(path, opening=True):
            _check(database, path)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
            if not database.execute("PRAGMA user_version").fetchone()[0]:
                make_tables(database, SCHEMA, APPLICATION, VERSION)
    except BaseException:
        database.close()
        raise
    database.row_factory = sqlite3.Row
    return database


def _check(database: sqlite3.Connection, path: Path) -> None:
    mark = read_mark(database)
    if mark.is_new:
        return
    if mark.application != APPLICATION:
        raise UsageError(_OURS.format(path=path, what="the database of another program"))
    if mark.version != VERSION:
        what = f"a ledger of version {mark.version}, this program writes {VERSION}"
        raise UsageError(_OURS.format(path=path, what=what))


@contextmanager
def translated(path: Path, *, opening: bool = False) -> Iterator[None]:
    """Convert SQLite's errors: UsageError for a damaged file, OSError for a full disk."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise UsageError(_OURS.format(path=path, what="damaged or no ledger")) from error
        if (full := full_disk(error, path)) is not None:
            raise full from error
        if opening and code in _UNUSABLE:
            raise UsageError(f"OUTPUT_DIR: cannot write {path}: {error}: choose another OUTPUT_DIR") from error
        raise


def to_row(seed: Seed) -> tuple[object, ...]:
    """Return the values for INSERT."""
    ref = seed.ref
    place = (seed.line, split_id(seed.id)[1], seed.platform or "", seed.text)
    target = (None, None, None, None) if ref is None else (ref.kind, ref.id, ref.url, ref.part)
    options = json.dumps(dict(seed.options)) if seed.options else None
    tags = json.dumps(seed.tags) if seed.tags else None
    return (*place, *target, seed.rejected, seed.problem, options, tags)


def to_seed(row: sqlite3.Row) -> Seed:
    """Return the seed of a row of all columns."""
    kind, platform, options, tags = row["kind"], row["platform"], row["options"], row["tags"]
    ref = None
    if kind is not None:
        ref = Ref(platform=platform, kind=kind, id=row["ref"], url=row["url"], part=row["part"])
    return Seed(
        id=f"{row['line']}.{row['n']}",
        line=row["line"],
        text=row["text"],
        ref=ref,
        rejected=None if row["rejected"] is None else ErrorCode(row["rejected"]),
        platform=platform or None,
        problem=row["problem"],
        options={} if options is None else json.loads(options),
        tags=() if tags is None else tuple(json.loads(tags)),
    )


def state_of(code: int) -> str:
    """Return the state of a seed that ended with *code*."""
    return State.DONE if code == _DONE else State.FAILED


def settle_line(database: sqlite3.Connection, offset: int, envelope: Mapping[str, JSON]) -> int:
    """Settle the seed of *envelope*; return 1, or 0 if the ledger does not hold that seed."""
    try:
        place = split_id(str(envelope["seed"]))
        code = status_of(envelope)
    except (KeyError, ValueError):
        return 0
    error = envelope.get("error")
    reason = str(error.get("code")) if isinstance(error, dict) else None
    known = database.execute(SETTLE, (state_of(code), code, reason, offset, *place)).rowcount
    if "duplicate_of" in envelope:
        first = str(envelope["duplicate_of"])
        database.execute("UPDATE seeds SET duplicate_of = ? WHERE line = ? AND n = ?", (first, *place))
    return known


def put(database: sqlite3.Connection, **values: Any) -> None:
    """Store *values* by their names, beside the seeds."""
    rows = [(name, json.dumps(value)) for name, value in values.items()]
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)
