"""``posts.db``: all runs of a folder in one SQLite file, ready for Datasette."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any, Self

from scraper.errors import UsageError
from scraper.exports.tables import TABLES, Observation, PostRow, SeedRow, TableRow, columns, values
from scraper.system.sqlite import make_tables, read_mark

NAME = "posts.db"
_APPLICATION = 0x53435053
_VERSION = 1
_TYPES = {"str": "TEXT", "int": "INTEGER", "float": "REAL"}
_OF_RUN = (SeedRow, Observation)
_LONELY_AUTHORS = """
DELETE FROM authors WHERE NOT EXISTS (
  SELECT 1 FROM posts WHERE posts.platform = authors.platform AND author IN (author_id, author_handle))
"""
_COUNT_RUNS = """
UPDATE runs SET seeds = (SELECT count(*) FROM seeds WHERE seeds.run = runs.run),
  ok = (SELECT count(*) FROM seeds WHERE seeds.run = runs.run AND error IS NULL),
  failed = (SELECT count(*) FROM seeds WHERE seeds.run = runs.run AND error IS NOT NULL)
"""
_INDEXES = """
CREATE INDEX observations_post ON observations (platform, post_id, run);
CREATE INDEX posts_author ON posts (platform, author_id);
CREATE INDEX files_path ON files (path);
"""


class PostsDb:
    """
    Takes the rows of one run, in one transaction: leaving it without an error commits.

    Rows of an earlier process of the same run are replaced. Raises UsageError for another program's file, sqlite3.Error
    for a disk error.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        try:
            mark = read_mark(self._database)
            if mark.is_new:
                make_tables(self._database, _schema(), _APPLICATION, _VERSION)
            elif (mark.application, mark.version) != (_APPLICATION, _VERSION):
                raise UsageError(f"{path} is not ours, or of another version: move it away")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.execute("BEGIN IMMEDIATE")
            for table in _OF_RUN:
                self._database.execute(f"DELETE FROM {table.TABLE} WHERE run = ?", (run,))  # noqa: S608 - our names
        except BaseException:
            self._database.close()
            raise

    def add(self, rows: Iterable[TableRow]) -> None:
        """Insert *rows*; a row of the same key is replaced, and with a post all rows of its media."""
        for row in rows:
            if isinstance(row, PostRow):
                self._drop_media(row)
            self._database.execute(_INSERTS[type(row)], values(row))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._database.execute("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._database.close()

    def _drop_media(self, post: PostRow) -> None:
        for table in ("media", "variants", "files"):
            where = f"DELETE FROM {table} WHERE platform = ? AND post_id = ?"  # noqa: S608 - our names
            self._database.execute(where, (post.platform, post.id))


def forget(path: Path, posts: Iterable[tuple[str, str]], seeds: Iterable[tuple[str, str]]) -> None:
    """
    Remove *posts* (platform, id) and *seeds* (run, seed) from all tables, and overwrite their bytes in the file.

    Raises UsageError for another program's file, and for an error of SQLite.
    """
    try:
        _forget(path, list(posts), list(seeds))
    except sqlite3.Error as error:
        raise UsageError(f"{path}: {error}: move it away, or try again when no other program has it open") from error


def _forget(path: Path, posts: Sequence[tuple[str, str]], seeds: Sequence[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        if read_mark(database).application != _APPLICATION:
            raise UsageError(f"{path} is not ours: move it away")
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        database.executemany("DELETE FROM posts WHERE platform = ? AND id = ?", posts)
        for table in ("media", "variants", "files", "observations"):
            database.executemany(f"DELETE FROM {table} WHERE platform = ? AND post_id = ?", posts)  # noqa: S608
        database.executemany("DELETE FROM seeds WHERE run = ? AND seed = ?", seeds)
        database.execute(_LONELY_AUTHORS)
        database.execute(_COUNT_RUNS)
        database.execute("COMMIT")
        database.execute("VACUUM")


def _schema() -> str:
    return "\n".join(map(_create, TABLES)) + _INDEXES


def _create(table: type[Any]) -> str:
    """Return the statement for *table*, with names, types and key from its dataclass."""
    lines = []
    for field in fields(table):
        words = (field.type.__name__ if isinstance(field.type, type) else str(field.type)).split(" | ")
        lines.append(f"  {field.name} {_TYPES[words[0]]}{'' if 'None' in words else ' NOT NULL'}")
    lines.append(f"  PRIMARY KEY ({', '.join(table.KEY)})")
    return f"CREATE TABLE {table.TABLE} (\n" + ",\n".join(lines) + "\n);"


def _insert(table: type[Any]) -> str:
    names = columns(table)
    return f"INSERT OR REPLACE INTO {table.TABLE} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608


_INSERTS = {table: _insert(table) for table in TABLES}
