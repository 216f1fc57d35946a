"""A run that broke off is picked up whole, wherever it broke."""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from scraper.ledger.sqlite import SQLiteLedger
from scraper.runs import lifecycle as runs
from scraper.runs.folder import ENVELOPES, LEDGER, POSTS
from tests.support.outputs import Output
from tests.support.recording import seed
from tests.support.sqlite_ledger import on_disk


class Killed(BaseException):
    """The process ends here."""


def kill_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the change of file or ledger with that *number* be the last one."""
    done = count(1)

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any) -> Any:
            if next(done) > number:
                raise Killed
            return change(*args)

        return do

    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    monkeypatch.setattr(SQLiteLedger, "_write", counted(SQLiteLedger._write))


def make_broken_run(folder: Path) -> None:
    """Leave an aborted run: seeds 1 to 6, the odd ones failed, 7 open with only its record, 8 not begun."""
    folder.mkdir()
    with on_disk(folder / LEDGER) as ledger:
        ledger.load(seed(line) for line in range(1, 9))
        ledger.note(source="list", started=1e9, loaded=True)
        sizes = {ENVELOPES: 0, POSTS: 0}
        for lease in ledger.lease("tiktok", 7, 60.0):
            name, offset = lease.seed.id, sizes[ENVELOPES]
            code = 404 if lease.seed.line % 2 else 200
            ledger.claim(name, name)
            if code == 200 or name == "7.1":
                sizes[POSTS] = add(folder / POSTS, {"seed": name})
            if name != "7.1":
                error = {"code": "removed"} if code == 404 else None
                same_length = "." * (25 - len(json.dumps(error)))
                line = {"seed": name, "code": code, "error": error, "message": same_length}
                end = sizes[ENVELOPES] = add(folder / ENVELOPES, line)
                ledger.settle(name, code=code, error=None, offset=offset, end=end, posts_end=sizes[POSTS])


def add(path: Path, value: object) -> int:
    with path.open("a") as file:
        file.write(json.dumps(value) + "\n")
    return path.stat().st_size


def open_run(folder: Path, *, is_retry: bool) -> tuple[SQLiteLedger, bool]:
    return asyncio.run(runs.open_run(folder, "list", is_retry=is_retry, now=1e9))


def test_runs_that_begin_within_a_second_have_names_of_their_own(tmp_path: Path) -> None:
    async def begin(now: float) -> float | None:
        ledger, _ = await runs.open_run(tmp_path, "list", is_retry=False, now=now)
        await ledger.loaded()
        await ledger.finish()
        started = (await ledger.run()).started
        await ledger.close()
        return started

    times = [asyncio.run(begin(now)) for now in (1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.9, 1e9 + 9.5, 1e8)]
    assert times == [1e9 + 0.1, 1e9 + 1, 1e9 + 2, 1e9 + 9.5, 1e8]


def test_a_retry_killed_at_any_point_is_picked_up_whole(tmp_path: Path) -> None:
    """After any last change, a plain run finds that files and ledger agree."""
    for number in count():
        folder = tmp_path / str(number)
        make_broken_run(folder)
        with pytest.MonkeyPatch.context() as patch:
            kill_at(number, patch)
            try:
                open_run(folder, is_retry=True)[0].shut()
                break
            except Killed:
                pass
        opened, is_continued = open_run(folder, is_retry=False)
        assert is_continued
        opened.shut()
        with on_disk(folder / LEDGER) as ledger:
            found = [envelope["seed"] for envelope in Output(folder).envelopes]
            assert found in ([f"{line}.1" for line in range(1, 7)], ["2.1", "4.1", "6.1"]), number
            assert [post["seed"] for post in Output(folder).posts] == ["2.1", "4.1", "6.1"]
            again = [lease.seed.id for lease in ledger.lease("tiktok", 9, 60.0)]
            assert sorted(found + again) == [f"{line}.1" for line in range(1, 9)], number
            assert ledger.claim("2.1", "8.1").offset == found.index("2.1") * len((folder / ENVELOPES).read_bytes()) // len(found)
            assert ledger.claim("1.1", "7.1").is_first == ("1.1" not in found)
    assert number > 6
