"""run.json as a value: it is read as it was written, and files of other versions or edited by hand do no harm."""

import json
from pathlib import Path
from typing import Any

import pytest

from scraper.runs.folder import RUN, RUNS
from scraper.runs.info import Alarm, RunInfo
from scraper.runs.results import read_earlier, read_run, write_run

INFO = RunInfo(
    run="20261128T180000Z",
    spider="twitter",
    started="2026-11-28T18:00:00+00:00",
    ended="2026-11-28T18:01:00+00:00",
    reason="finished",
    codes={"200": 3, "404": 1},
    results={"ok": 3, "removed": 1},
    left=0,
    alarms=(Alarm(monitor="disk", value=1, limit=2.5, message="free some space"),),
    earlier=({"started": "2026-11-28T17:00:00+00:00", "ended": None, "reason": None},),
    versions={"scraper": "1.0"},
    settings={"MEDIA": "best", "POLITE": False},
    stats={"media/bytes": 1 << 40, "seconds": 0.5},
)
KEYS = ["run", "spider", "started", "ended", "reason", "problem", "codes", "results", "left", "alarms", "earlier", "versions", "settings"]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_run(tmp_path, INFO)
    assert read_run(tmp_path) == INFO
    data = json.loads((tmp_path / RUN).read_text("utf-8"))
    assert list(data) == [*KEYS, "stats"]
    assert data["alarms"] == [{"monitor": "disk", "value": 1, "limit": 2.5, "message": "free some space"}]


def test_a_run_that_goes_on_has_every_key_but_stats() -> None:
    assert list(RunInfo(run="20261128T180000Z").to_json()) == KEYS


def test_what_another_version_writes_survives(tmp_path: Path) -> None:
    (tmp_path / RUN).write_text(json.dumps({**INFO.to_json(), "host": "a", "notes": [1, {"b": None}]}))
    run = read_run(tmp_path)
    assert (run.run, run.others) == (INFO.run, {"host": "a", "notes": [1, {"b": None}]})
    write_run(tmp_path, run)
    assert json.loads((tmp_path / RUN).read_text("utf-8")) == {**INFO.to_json(), "host": "a", "notes": [1, {"b": None}]}


@pytest.mark.parametrize("text", [None, "", "[", "[]", "1", "null", "{}", "\udcff"])
def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path, text: str | None) -> None:
    run = tmp_path / RUNS / "20261128T180000Z"
    run.mkdir(parents=True)
    if text is not None:
        (run / RUN).write_text(text, errors="surrogateescape")
    assert read_run(run) == RunInfo()
    assert read_run(run).name == "unknown"
    assert read_earlier(tmp_path) == []


@pytest.mark.parametrize("value", [None, "mended by hand", 1, [], [1], ["a"], {}, {"a": "b"}, True])
def test_a_value_of_another_type_counts_as_not_there(value: Any) -> None:
    run = RunInfo.from_json({**dict.fromkeys([*KEYS, "stats"], value), "run": "a"})
    assert run.name == "a"
    assert (run.codes, run.results, run.stats, run.alarms) == ({}, {}, {}, ())
    assert RunInfo.from_json(run.to_json()) == run


def test_a_file_of_an_early_version_is_called_after_its_start() -> None:
    assert RunInfo.from_json({"started": "2026-11-28T18:00:00+00:00"}).name == "2026-11-28T18:00:00+00:00"
