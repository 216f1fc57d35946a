"""The ledger's file: what is damaged, foreign or cannot be opened is refused, and closing leaves one file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import UsageError
from scraper.ledger.interface import State
from scraper.ledger.sqlite import NAME, SQLiteLedger
from tests.support.leasing import lease_ids, seed
from tests.support.sqlite_ledger import on_disk


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Any]:
    with on_disk(tmp_path / NAME) as opened:
        yield opened


@pytest.mark.parametrize("content", [b"not a database at all, but a text " * 9, b"SQLite format 3\0" + b"\xff" * 900])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(UsageError, match=r"^OUTPUT_DIR: .* is damaged or no ledger: move it away") as caught:
        SQLiteLedger(tmp_path / NAME)
    assert "\n" not in str(caught.value)
    assert (tmp_path / NAME).read_bytes() == content


def test_damage_inside_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with on_disk(path) as ledger:
        ledger.load(seed(line) for line in range(1, 3000))
    data = path.read_bytes()
    path.write_bytes(data[: 16 * 4096] + b"\x5a" * (len(data) - 16 * 4096))
    with on_disk(path) as ledger, pytest.raises(UsageError, match="damaged"):
        ledger.lease("tiktok", 3000, 60.0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("CREATE TABLE t (a)", "another program"),
        ("PRAGMA user_version = 1", "another program"),
        ("PRAGMA application_id = 0x53484C4B; PRAGMA user_version = 9; CREATE TABLE t (a)", "version 9"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, script: str, words: str) -> None:
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.executescript(script)
    with pytest.raises(UsageError, match=words):
        SQLiteLedger(tmp_path / NAME)


def test_a_place_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / NAME):
        with pytest.raises(UsageError, match="choose another OUTPUT_DIR"):
            SQLiteLedger(path)


def test_a_full_disk_is_an_os_error(on_file: Any) -> None:
    on_file.load([seed(1)])
    on_file.ledger._database.execute("PRAGMA max_page_count = 12")
    with pytest.raises(OSError, match="No space left"):
        on_file.load(seed(line) for line in range(1, 3000))
    assert on_file.counts()[State.TODO] == 1
    assert lease_ids(on_file) == ["1.1"]


def test_closing_leaves_one_file(on_file: Any, tmp_path: Path) -> None:
    on_file.load([seed(1)])
    on_file.checkpoint()
    on_file.close()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
