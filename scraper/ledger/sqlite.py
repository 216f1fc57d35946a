"""The ledger of one OUTPUT_DIR as a SQLite file. Used from the thread that opened it."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

from scraper.core.envelope import status_of
from scraper.core.ledger import Claim, EnvelopeLine, Lease, Run, State, split_id
from scraper.core.record import JSON
from scraper.core.seeds import Seed
from scraper.ledger.rows import INSERT, open_file, to_row, to_seed, translated

NAME = "ledger.db"
_BATCH = 2000
_PAGE = 100
_DONE = 200
_SETTLE = """
UPDATE seeds SET state = ?, code = ?, error = ?, envelope_at = ?, leased_until = NULL WHERE line = ? AND n = ?
"""
_TODO = "SELECT * FROM seeds WHERE platform = ? AND state = 'todo' ORDER BY line, n LIMIT ?"
_EXPIRED = """
SELECT * FROM seeds WHERE platform = ? AND state = 'leased' AND leased_until <= ? ORDER BY line, n LIMIT ?
"""
# a claim counts from the lease on: what a seed claimed before, another may have now
_LEASE = """
UPDATE seeds SET state = 'leased', attempts = attempts + 1, leased_until = ?, key = NULL WHERE line = ? AND n = ?
"""
_RELEASE = """
UPDATE seeds SET state = 'todo', leased_until = NULL, duplicate_of = NULL,
  attempts = attempts - (duplicate_of IS NULL) WHERE line = ? AND n = ? AND state = 'leased'
"""
_RELEASE_WAITING = "UPDATE seeds SET state = 'todo', duplicate_of = NULL WHERE duplicate_of = ? AND state = 'leased'"
_WAIT = """
UPDATE seeds SET key = ?, duplicate_of = ?, leased_until = NULL, attempts = attempts - (duplicate_of IS NULL)
  WHERE line = ? AND n = ? AND state = 'leased'
"""
_WAITING = """
SELECT * FROM seeds WHERE duplicate_of = ? AND state = 'leased' AND (line, n) > (?, ?) ORDER BY line, n LIMIT ?
"""
_FORGET = """
UPDATE seeds SET state = 'todo', attempts = 0, leased_until = NULL, code = NULL, error = NULL, envelope_at = NULL,
  duplicate_of = NULL WHERE envelope_at >= ?
"""
# steps from name to name, as DISTINCT would read every row
_PLATFORMS = """
WITH RECURSIVE found (name) AS (
  SELECT min(platform) FROM seeds
  UNION ALL SELECT (SELECT min(platform) FROM seeds WHERE platform > name) FROM found WHERE name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL
  AND EXISTS (SELECT 1 FROM seeds WHERE platform = name AND state IN ('todo', 'leased'))
"""


class SQLiteLedger:
    """A Ledger; every method commits what it changes before it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tidying = threading.Lock()
        self._is_closed = False
        self._database = open_file(path)
        try:
            with translated(path):
                rows = self._database.execute("SELECT name, value FROM meta").fetchall()
        except BaseException:
            self._database.close()
            raise
        self._run = Run(**{name: json.loads(value) for name, value in rows})

    @property
    def run(self) -> Run:
        return self._run

    def save(self, run: Run) -> None:
        with self._write() as database:
            _put(database, run)
        self._run = run

    def finish(self, now: float) -> bool:
        if not self._run.loaded or self.platforms():
            return False
        if not self._run.is_finished:
            self.save(replace(self._run, finished=now))
        return True

    def load(self, seeds: Iterable[Seed]) -> int:
        rows = map(to_row, seeds)
        added = 0
        while batch := list(islice(rows, _BATCH)):
            added += self._insert(batch)
        return added

    def load_some(self, seeds: Iterator[Seed], limit: int) -> bool:
        batch = [to_row(seed) for seed in islice(seeds, limit)]
        if batch:
            self._insert(batch)
        return len(batch) == limit

    def last_line(self) -> int:
        return int(self._read("SELECT coalesce(max(line), 0) FROM seeds")[0][0])

    def platforms(self) -> list[str]:
        return [name for (name,) in self._read(_PLATFORMS)]

    def lease(self, platform: str, limit: int, now: float, seconds: float) -> list[Lease]:
        limit = max(limit, 0)  # SQLite takes a negative one for none
        rows = self._read(_TODO, platform, limit) + self._read(_EXPIRED, platform, now, limit)
        rows = sorted(rows, key=lambda row: (row["line"], row["n"]))[:limit]
        if rows:
            with self._write() as database:
                database.executemany(_LEASE, [(now + seconds, row["line"], row["n"]) for row in rows])
                database.executemany(_RELEASE_WAITING, [(row["id"],) for row in rows if row["state"] == State.LEASED])
        return [Lease(seed=to_seed(row), attempts=row["attempts"] + 1) for row in rows]

    def renew(self, seed_ids: Iterable[str], until: float) -> None:
        with self._write() as database:
            database.executemany(
                "UPDATE seeds SET leased_until = ? WHERE line = ? AND n = ? AND state = 'leased'",
                [(until, *split_id(seed_id)) for seed_id in seed_ids],
            )

    def release(self, seed_ids: Iterable[str]) -> None:
        given_back = list(seed_ids)
        with self._write() as database:
            # the attempt of a seed that waits was taken back when it began to wait
            database.executemany(_RELEASE, map(split_id, given_back))
            database.executemany(_RELEASE_WAITING, [(seed_id,) for seed_id in given_back])

    def expire_all(self) -> int:
        with self._write() as database:
            query = (
                "UPDATE seeds SET state = 'todo', leased_until = NULL, duplicate_of = NULL"
                " WHERE platform = ? AND state = 'leased'"
            )
            return database.executemany(query, [(name,) for name in self.platforms()]).rowcount

    def claim(self, key: str, seed_id: str) -> Claim:
        with self._write() as database:
            holder = database.execute("SELECT seed FROM claims WHERE key = ?", (key,)).fetchone()
            first = None if holder is None or holder[0] == seed_id else self._find_first(holder[0], key)
            if first is None:
                database.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (key, seed_id))
                database.execute("UPDATE seeds SET key = ? WHERE line = ? AND n = ?", (key, *split_id(seed_id)))
                return Claim()
            database.execute(_WAIT, (key, first.of, *split_id(seed_id)))
            return first

    def waiting(self, seed_id: str) -> Iterator[Seed]:
        place = (0, 0)
        while rows := self._read(_WAITING, seed_id, *place, _PAGE):
            yield from map(to_seed, rows)
            place = (rows[-1]["line"], rows[-1]["n"])

    def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> None:
        run = replace(self._run, envelopes_end=end, posts_end=self._run.posts_end if posts_end is None else posts_end)
        with self._write() as database:
            values = (_state(code), code, error, offset, *split_id(seed_id))
            if database.execute(_SETTLE, values).rowcount != 1:
                raise KeyError(seed_id)
            _put_ends(database, run)
        self._run = run

    def recover(self, lines: Iterable[EnvelopeLine]) -> int:
        known = 0
        lines = iter(lines)
        while batch := list(islice(lines, _PAGE)):
            run = replace(self._run, envelopes_end=max(self._run.envelopes_end, batch[-1][1]))
            with self._write() as database:
                for offset, _, envelope in batch:
                    known += _recover(database, offset, envelope)
                _put_ends(database, run)
            self._run = run
        return known

    def forget(self, size: int) -> int:
        run = replace(self._run, envelopes_end=min(self._run.envelopes_end, size), posts_end=0, finished=None)
        if run.envelopes_end == self._run.envelopes_end:
            return 0
        with self._write() as database:
            count = database.execute(_FORGET, (size,)).rowcount
            _put(database, run)
        self._run = run
        return count

    def drop(self, seed_ids: Iterable[str]) -> None:
        """Leave seeds out, and what they claimed, as if the list had never had them; nothing stays in the file."""
        dropped = list(seed_ids)
        with translated(self._path):
            self._database.execute("PRAGMA secure_delete = ON")
        with self._write() as database:
            database.executemany("DELETE FROM seeds WHERE line = ? AND n = ?", map(split_id, dropped))
            database.executemany("DELETE FROM claims WHERE seed = ?", [(seed_id,) for seed_id in dropped])

    def is_settled(self, seed_id: str) -> bool:
        return bool(self._read("SELECT 1 FROM seeds WHERE line = ? AND n = ? AND code IS NOT NULL", *split_id(seed_id)))

    def counts(self) -> dict[State, int]:
        found = dict(self._read("SELECT state, count(*) FROM seeds GROUP BY state"))
        return {state: found.get(state.value, 0) for state in State}

    def codes(self) -> dict[int, int]:
        query = "SELECT code, count(*) FROM seeds WHERE code IS NOT NULL GROUP BY code"
        return dict(self._read(query))

    def checkpoint(self) -> None:
        """
        Move what was written into the main file, through a connection of its own.

        To be called now and then from another thread: it waits for the disk, the ledger goes on meanwhile.
        """
        name = f"{self._path.absolute().as_uri()}?mode=rw"  # never makes a new file
        with self._tidying, translated(self._path):
            if not self._is_closed:
                with closing(sqlite3.connect(name, uri=True, isolation_level=None)) as database:
                    database.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        with self._tidying:  # whose connection must not outlive the run
            self._is_closed = True
            self._database.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: all of it, or nothing."""
        database = self._database
        with translated(self._path):
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # SQLite ends it itself when the disk is full
                    database.execute("ROLLBACK")
                raise

    def _read(self, query: str, *values: object) -> list[Any]:
        with translated(self._path):
            return self._database.execute(query, values).fetchall()

    def _insert(self, rows: list[tuple[object, ...]]) -> int:
        with self._write() as database:
            return database.executemany(INSERT, rows).rowcount

    def _find_first(self, seed_id: str, key: str) -> Claim | None:
        """Return what repeating *seed_id* means, None where it was given back since it claimed *key*, or lost."""
        query = "SELECT envelope_at FROM seeds WHERE line = ? AND n = ? AND key = ? AND state != 'todo'"
        found = self._read(query, *split_id(seed_id), key)
        return Claim(of=seed_id, offset=found[0][0]) if found else None


def _state(code: int) -> str:
    return State.DONE if code == _DONE else State.FAILED


def _recover(database: sqlite3.Connection, offset: int, envelope: Mapping[str, JSON]) -> int:
    """Settle the seed of *envelope*; return 1, or 0 where the ledger does not know it."""
    try:
        place = split_id(str(envelope["seed"]))
        code = status_of(envelope)
    except (KeyError, ValueError):
        return 0
    error = envelope.get("error")
    reason = str(error.get("code")) if isinstance(error, dict) else None
    known = database.execute(_SETTLE, (_state(code), code, reason, offset, *place)).rowcount
    if "duplicate_of" in envelope:
        first = str(envelope["duplicate_of"])
        database.execute("UPDATE seeds SET duplicate_of = ? WHERE line = ? AND n = ?", (first, *place))
    return known


def _put(database: sqlite3.Connection, run: Run) -> None:
    values = [(name, json.dumps(value)) for name, value in asdict(run).items()]
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)


def _put_ends(database: sqlite3.Connection, run: Run) -> None:
    ends = [("envelopes_end", str(run.envelopes_end)), ("posts_end", str(run.posts_end))]
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", ends)
