"""The ledger of one OUTPUT_DIR as a SQLite file. Used from the thread that opened it."""

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

from scraper.envelopes.lines import EnvelopeLine
from scraper.envelopes.messages import OK
from scraper.ledger import sqlite_statements as sql
from scraper.ledger.interface import Claim, Lease, RunState, SeedEntry, State
from scraper.ledger.sqlite_rows import INSERT, open_file, put, settle_line, state_of, to_row, to_seed, translated
from scraper.model.seed import Seed, split_id

NAME = "ledger.db"
_BATCH = 2000
_BREATH = 0.01
"""Seconds of pause between two writes of many seeds, for other processes."""
_PAGE = 100
_RUN = frozenset(field.name for field in fields(RunState))
_LINES = "lines"
"""Name of a value beside the RunState: the last line number in use."""


class SQLiteLedger:
    """A Ledger of one process; every method commits its changes before it returns, and none blocks."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._tidying = threading.Lock()
        self._is_closed = False
        self._database = open_file(path)

    async def run(self) -> RunState:
        return self.peek()

    def peek(self) -> RunState:
        """Return the state of the run, without an event loop."""
        rows = self._read("SELECT name, value FROM meta")
        return RunState(**{name: json.loads(value) for name, value in rows if name in _RUN})

    async def note(self, **changes: Any) -> None:
        with self._write() as database:
            put(database, **changes)

    async def pulses(self) -> dict[str, dict[str, Any]]:
        found = self._read("SELECT value FROM meta WHERE name = 'pulse'")
        pulse = json.loads(found[0][0]) if found else None
        return {} if pulse is None else {"": {**pulse, "heard": self._clock() - pulse["at"]}}

    async def finish(self) -> bool:
        with self._write():  # no seed is added between the check and the note
            run = await self.run()
            if not run.loaded or await self.platforms():
                return False
            if not run.is_finished:
                put(self._database, finished=self._clock())
        return True

    async def may_load(self) -> bool:
        return True

    async def load(self, seeds: Iterable[Seed]) -> int:
        rows = map(to_row, seeds)
        added = 0
        while batch := list(islice(rows, _BATCH)):
            added += self._insert(batch)
        return added

    async def loaded(self) -> bool:
        await self.note(loaded=True)
        return True

    async def reserve(self, lines: int) -> int:
        with self._write() as database:
            last = self._read("SELECT coalesce(max(line), 0) FROM seeds")[0][0]
            taken = self._read("SELECT value FROM meta WHERE name = ?", _LINES)
            before = max([last, *(int(value) for (value,) in taken)])
            put(database, **{_LINES: before + lines})
        return int(before)

    async def platforms(self) -> list[str]:
        return [name for (name,) in self._read(sql.PLATFORMS)]

    async def lease(self, platform: str, limit: int, seconds: float) -> list[Lease]:
        limit, now = max(limit, 0), self._clock()  # SQLite reads a negative limit as no limit
        rows = self._read(sql.TODO, platform, limit) + self._read(sql.EXPIRED, platform, now, limit)
        rows = sorted(rows, key=lambda row: (row["line"], row["n"]))[:limit]
        if rows:
            with self._write() as database:
                database.executemany(sql.LEASE, [(now + seconds, row["line"], row["n"]) for row in rows])
                died = [(row["id"],) for row in rows if row["state"] == State.LEASED]
                database.executemany(sql.RELEASE_WAITING, died)
        return [Lease(seed=to_seed(row), attempts=row["attempts"] + 1) for row in rows]

    async def renew(self, seed_ids: Iterable[str], seconds: float) -> None:
        until = self._clock() + seconds
        with self._write() as database:
            database.executemany(
                "UPDATE seeds SET leased_until = ? WHERE line = ? AND n = ? AND state = 'leased'",
                [(until, *split_id(seed_id)) for seed_id in seed_ids],
            )

    async def release(self, seed_ids: Iterable[str]) -> None:
        given_back = list(seed_ids)
        with self._write() as database:
            # the attempt of a seed that waits was taken back when it began to wait
            database.executemany(sql.RELEASE, map(split_id, given_back))
            database.executemany(sql.RELEASE_WAITING, [(seed_id,) for seed_id in given_back])

    async def release_all(self) -> None:
        names = await self.platforms()
        with self._write() as database:
            database.executemany(f"{sql.FREE} WHERE platform = ? AND state = 'leased'", [(name,) for name in names])

    async def expire_all(self) -> int:
        names = await self.platforms()
        with self._write() as database:
            query = (
                "UPDATE seeds SET state = 'todo', leased_until = NULL, duplicate_of = NULL"
                " WHERE platform = ? AND state = 'leased'"
            )
            return database.executemany(query, [(name,) for name in names]).rowcount if names else 0

    async def claim(self, key: str, seed_id: str) -> Claim:
        with self._write() as database:
            holder = database.execute("SELECT seed FROM claims WHERE key = ?", (key,)).fetchone()
            first = None if holder is None or holder[0] == seed_id else self._find_first(holder[0], key)
            if first is None:
                database.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (key, seed_id))
                database.execute("UPDATE seeds SET key = ? WHERE line = ? AND n = ?", (key, *split_id(seed_id)))
                return Claim()
            database.execute(sql.WAIT, (key, first.of, *split_id(seed_id)))
            return first

    async def waiting(self, seed_id: str) -> AsyncIterator[Seed]:
        place = (0, 0)
        while rows := self._read(sql.WAITING, seed_id, *place, _PAGE):
            for row in rows:
                yield to_seed(row)
            place = (rows[-1]["line"], rows[-1]["n"])

    async def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> bool:
        with self._write() as database:
            values = (state_of(code), code, error, offset, *split_id(seed_id))
            if database.execute(sql.SETTLE, values).rowcount != 1:
                return False
            put(database, envelopes_end=end, **({} if posts_end is None else {"posts_end": posts_end}))
        return True

    async def recover(self, lines: Iterable[EnvelopeLine]) -> int:
        known, end = 0, (await self.run()).envelopes_end
        lines = iter(lines)
        while batch := list(islice(lines, _PAGE)):
            end = max(end, batch[-1][1])
            with self._write() as database:
                for offset, _, envelope in batch:
                    known += settle_line(database, offset, envelope)
                put(database, envelopes_end=end)
        return known

    async def forget(self, size: int) -> int:
        if (await self.run()).envelopes_end <= size:
            return 0
        with self._write() as database:
            count = database.execute(sql.FORGET, (size,)).rowcount
            put(database, envelopes_end=size, posts_end=0, finished=None)
        return count

    async def retry(self, errors: Iterable[str] | None = None) -> int:
        chosen = None if errors is None else list(errors)
        query = sql.FAILED if chosen is None else f"{sql.FAILED} AND error IN ({', '.join('?' * len(chosen))})"
        count, place = 0, (0, 0)
        # read all first, then write in small steps: a running crawl must not wait
        while places := [tuple(row) for row in self._read(f"{query} {sql.PAGE}", *(chosen or ()), *place, _BATCH)]:
            with self._write() as database:
                stale = (await self.run()).stale
                count += database.executemany(sql.REOPEN, places).rowcount
                put(database, stale=stale + 1, finished=None)
            place = places[-1]
            await asyncio.sleep(_BREATH)
        return count

    async def move(self, lines: Iterable[EnvelopeLine]) -> None:
        lines = iter(lines)
        while batch := list(islice(lines, _PAGE)):
            places = [(offset, *split_id(str(envelope["seed"]))) for offset, _, envelope in batch]
            with self._write() as database:
                database.executemany(
                    "UPDATE seeds SET envelope_at = ? WHERE line = ? AND n = ? AND code IS NOT NULL", places
                )

    async def clear_stale(self, seen: int) -> bool:
        with self._write() as database:
            if (await self.run()).stale != seen:
                return False
            put(database, stale=0)
        return True

    async def current(self, lines: Sequence[tuple[str, int]]) -> list[bool]:
        query = "SELECT 1 FROM seeds WHERE line = ? AND n = ? AND envelope_at = ?"
        return [bool(self._read(query, *split_id(seed_id), offset)) for seed_id, offset in lines]

    async def drop(self, seed_ids: Iterable[str]) -> None:
        """Remove seeds and their claims, as if they were never in the list, and overwrite their bytes in the file."""
        dropped = list(seed_ids)
        with translated(self._path):
            self._database.execute("PRAGMA secure_delete = ON")
        with self._write() as database:
            database.executemany("DELETE FROM seeds WHERE line = ? AND n = ?", map(split_id, dropped))
            database.executemany("DELETE FROM claims WHERE seed = ?", [(seed_id,) for seed_id in dropped])

    async def settled(self, seed_ids: Iterable[str]) -> set[str]:
        query = "SELECT 1 FROM seeds WHERE line = ? AND n = ? AND code IS NOT NULL"
        return {seed_id for seed_id in seed_ids if self._read(query, *split_id(seed_id))}

    async def counts(self) -> dict[State, int]:
        found = dict(self._read("SELECT state, count(*) FROM seeds GROUP BY state"))
        return {state: found.get(state.value, 0) for state in State}

    async def results(self) -> dict[str, int]:
        return dict(self._read(sql.RESULTS, OK))

    async def errors(self) -> dict[str, int]:
        return {name: count for name, count in (await self.results()).items() if name != OK}

    async def entries(self) -> AsyncIterator[SeedEntry]:
        place = (0, 0)
        while rows := self._read(sql.ENTRIES, *place, _PAGE):
            for row in rows:
                state, first = State(row["state"]), row["duplicate_of"]
                yield SeedEntry(
                    seed=to_seed(row), state=state, code=row["code"], error=row["error"], duplicate_of=first
                )
            place = (rows[-1]["line"], rows[-1]["n"])

    async def checkpoint(self) -> None:
        """Move the write-ahead log into the main file; the ledger stays usable meanwhile."""
        await asyncio.to_thread(self._checkpoint)

    def _checkpoint(self) -> None:
        """Write the checkpoint, with a connection of its own, in another thread."""
        name = f"{self._path.absolute().as_uri()}?mode=rw"  # never makes a new file
        with self._tidying, translated(self._path):
            if not self._is_closed:
                with closing(sqlite3.connect(name, uri=True, isolation_level=None)) as database:
                    database.execute("PRAGMA wal_checkpoint(PASSIVE)")

    async def close(self) -> None:
        self.shut()

    def shut(self) -> None:
        """Close the file, with the write-ahead log merged into it."""
        with self._tidying:  # its connection must not outlive the run
            self._is_closed = True
            self._database.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction: commit it, or roll it back on an error."""
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
            added = database.executemany(INSERT, rows).rowcount
            if added and self.peek().is_finished:
                put(database, finished=None)
        return added

    def _find_first(self, seed_id: str, key: str) -> Claim | None:
        """Return the claim of a seed that repeats *seed_id*; None if *seed_id* has no claim on *key* any more."""
        query = "SELECT envelope_at FROM seeds WHERE line = ? AND n = ? AND key = ? AND state != 'todo'"
        found = self._read(query, *split_id(seed_id), key)
        return Claim(of=seed_id, offset=found[0][0]) if found else None
