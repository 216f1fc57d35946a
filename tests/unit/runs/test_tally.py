"""Counts and memory of the seeds that have ended."""

import logging
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from scraper.runs import tally as module
from scraper.runs.seed_row import ResultRow
from scraper.runs.tally import Tally
from scraper.runtime.progress import Progress


def row(line: int, code: int = 200, result: str = "ok") -> ResultRow:
    return ResultRow(seed=f"{line}.1", text="x", code=code, result=result, files=2, bytes=10, seconds=0.25, advice="")


def make() -> tuple[Tally, Counter[str], Progress]:
    counts, progress = Counter[str](), Progress()
    stats: Any = SimpleNamespace(inc_value=lambda key: counts.update([key]))
    return Tally(stats, progress), counts, progress


def test_seeds_are_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    tally, counts, progress = make()
    tally.begin(5, 1)
    with caplog.at_level(logging.INFO):
        tally.add(row(1))
        tally.add(row(2, result="ok, 1 missing"))
        tally.add(row(3, 404, "removed (as 1.1)"))
        tally.lose("4.1")
    assert counts == {"seeds/finished": 3, "seeds/result/ok": 2, "seeds/result/removed": 1, "seeds/taken_over": 1}
    assert (progress.ok, progress.failed) == (7, 2)
    assert caplog.messages[0] == "seed 1.1: ok, 2 files, 10 bytes, 0.2 s"
    assert caplog.messages[-1] == "seed 4.1: another worker has taken it over, or it has its envelope"


def test_the_table_has_the_first_seeds_and_later_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    tally, counts, _ = make()
    for line in range(1, 21):
        tally.add(row(line, *(() if line % 2 else (404, "removed"))))
    assert [each.seed for each in tally.rows] == ["1.1", "2.1", "3.1", "4.1", "6.1", "8.1"]
    assert counts["seeds/finished"] == 20
