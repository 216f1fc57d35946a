"""What is an alarm, who is told of it, and what Prometheus reads of a run."""

import errno
import json
import os
import re
import resource
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from scrapy.settings import Settings

from scraper.crawl.preflight import check
from scraper.errors import ErrorCode, UsageError
from scraper.monitoring import alert
from scraper.monitoring.limits import DEFAULTS, find_alarms, read_limits
from scraper.monitoring.monitors import Monitors
from scraper.monitoring.options import MonitorOptions
from scraper.runs.info import RunInfo
from scraper.runs.prometheus import make_metrics
from scraper.runs.results import count_results, read_earlier, write_run
from tests.lab.process import LabProcess
from tests.support.crawling import ROOT, Crawl, crawl, scrapy, wait_for

ROOM = 1 << 40


def make(ok: int, reason: str = "finished", left: int | None = 0, run: str = "now", stats: Any = (), **failed: int) -> dict[str, Any]:
    """Return as much of a run.json as the monitors look at."""
    codes = {"200": ok} | {str(ErrorCode(code).status): number for code, number in failed.items()}
    counts = {"seeds/finished": ok + sum(failed.values()), **dict(stats)}
    known = {"run": run, "spider": "twitter", "reason": reason, "problem": None, "left": left}
    return {**known, "codes": codes, "results": {"ok": ok, **failed}, "stats": counts}


def found(run: dict[str, Any], limits: str = "", earlier: Iterable[dict[str, Any]] = (), free: int = ROOM) -> list[str]:
    known = list(map(RunInfo.from_json, earlier))
    return [each.monitor for each in find_alarms(RunInfo.from_json(run), known, read_limits("MONITOR_LIMITS", limits), free)]


def before(*oks: int, failed: int = 0, **known: Any) -> list[dict[str, Any]]:
    return [make(ok, run=f"run {place}", removed=failed) | known for place, ok in enumerate(oks)]


@pytest.mark.parametrize(
    ("run", "limits", "expected"),
    [
        (make(50, removed=50), "", []),
        (make(49, removed=51), "", ["failures"]),
        (make(70, removed=30), "failures=0.29", ["failures"]),
        (make(0, removed=100), "failures=off", []),
        (make(90, challenge=10), "", []),
        (make(89, challenge=11), "", ["challenge"]),
        (make(89, rate_limited=11), "", ["rate_limited"]),
        (make(89, parse_error=11), "", ["parse_error"]),
        (make(89, timeout=11), "", ["timeout"]),
        (make(80, media_failed=20), "", []),
        (make(79, media_failed=21), "", ["media_failed"]),
        (make(60, private=40), "", []),
        (make(60, private=40), "private=.3", ["private"]),
        (make(30, challenge=40, timeout=30), "", ["failures", "challenge", "timeout"]),
        (make(0, challenge=19), "", []),
        (make(0, challenge=20), "", ["failures", "challenge"]),
        (make(0, challenge=3), "seeds=3, failures=off", ["challenge"]),
        (make(100), "failures=0 challenge=0", []),
        (make(0), "seeds=0 failures=0", []),
        (make(0) | {"results": {"removed": 3}}, "seeds=0 failures=0 removed=0", []),
    ],
)
def test_failures(run: dict[str, Any], limits: str, expected: list[str]) -> None:
    assert found(run, limits) == expected


@pytest.mark.parametrize(
    ("reason", "left", "limits", "expected"),
    [
        ("finished", 0, "", []),
        ("finished", 1, "", ["unfinished"]),
        ("disk_full", 1, "", ["unfinished"]),
        ("closespider_timeout", 9, "", ["unfinished"]),
        ("closespider_timeout", 9, "unfinished=9", []),
        ("unusable", None, "unfinished=9", ["unfinished"]),
        ("unusable", None, "unfinished=off", []),
        ("shutdown", 9, "", []),
        ("forced", None, "", []),
    ],
)
def test_an_end_that_nobody_wanted(reason: str, left: int | None, limits: str, expected: list[str]) -> None:
    assert found(make(2, reason, left), limits) == expected


def test_the_problem_of_a_run_is_told() -> None:
    run = make(0, "unusable", None) | {"problem": "seeds: no such list"}
    (told,) = find_alarms(RunInfo.from_json(run), [], DEFAULTS, ROOM)
    assert (told.value, told.limit) == (0, 0)
    assert told.message.startswith("the run ended as unusable (seeds: no such list), and an unknown number of seeds is left")


@pytest.mark.parametrize(
    ("ok", "earlier", "limits", "expected"),
    [
        (70, before(100, 100, 100), "", []),
        (69, before(100, 100, 100), "", ["items"]),
        (69, before(100, 100, 100), "items=0.6", []),
        (69, before(100, 100, 100), "items=off", []),
        (69, before(100, 100), "", []),
        (69, before(0, 100, 100, 100), "", ["items"]),
        (57, before(80, 80, 80, failed=20), "", []),
        (55, before(80, 80, 80, failed=20), "", ["items"]),
        (55, before(160, 160, 160, failed=40), "", ["items"]),
        (55, before(240, 240, 240), "", []),
        (55, before(19, 19, 19), "", []),
        (55, before(100, 100, 100, spider="tiktok"), "", []),
        (55, before(100, 100, 100, reason="shutdown"), "", []),
        (55, before(100, 100, 100, run="now"), "", []),
        (55, before(100, 100, 100, run="retried"), "", []),
        (55, before(*[0] * 10, failed=100) + [make(100, run=f"older {place}") for place in range(30)], "", []),
        (55, before(100, 100, 100, codes="mended by hand"), "", []),
    ],
)
def test_fewer_posts_than_usual(ok: int, earlier: list[dict[str, Any]], limits: str, expected: list[str]) -> None:
    assert found(make(ok, removed=100 - ok), f"failures=off {limits}", earlier) == expected


@pytest.mark.parametrize(
    ("stats", "limits", "expected"),
    [
        ({"drift/tiktok": 1}, "", ["drift"]),
        ({"drift/tiktok": 1, "drift/twitter": 1}, "drift=2", []),
        ({"drift/tiktok": 2, "drift/twitter": 1}, "drift=2", ["drift"]),
        ({"session/refused/tiktok": 20, "session/refused/twitter": 10, "session/refused/tiktok/captcha": 20}, "", []),
        ({"session/refused/tiktok": 21, "session/refused/twitter": 10, "session/refused/tiktok/captcha": 21}, "", ["refusals"]),
        ({"session/refused/tiktok": 19, "seeds/finished": 19}, "", []),
        ({"session/refused/tiktok": 31}, "refusals=off", []),
        ({"media/bytes": ROOM}, "", []),
        ({"media/bytes": ROOM + 1}, "", ["disk"]),
        ({"media/bytes": ROOM + 1}, "disk=off", []),
    ],
)
def test_what_was_counted(stats: dict[str, int], limits: str, expected: list[str]) -> None:
    assert found(make(100, stats=stats), limits) == expected


def test_a_disk_that_is_nearly_full() -> None:
    assert found(make(1), free=1 << 30) == []
    assert found(make(1), free=(1 << 30) - 1) == ["disk"]
    assert found(make(1), "disk=500M", free=1 << 29) == []


def test_an_alarm_says_what_to_do() -> None:
    run = make(10, "disk_full", 4, challenge=90, stats={"drift/tiktok": 1, "session/refused/tiktok": 90, "media/bytes": 9})
    found = find_alarms(RunInfo.from_json(run), list(map(RunInfo.from_json, before(100, 100, 100))), DEFAULTS, 1)
    assert {each.monitor for each in found} == {"unfinished", "disk", "drift", "failures", "challenge", "items", "refusals"}
    assert all(re.fullmatch(r"[^\n:]+: [a-z][^\n]+[^.]", each.message) for each in found), found
    failures = next(each for each in found if each.monitor == "failures")
    assert failures.message.startswith("90 % of 100 seeds failed, most as challenge, 50 % are the limit: ")


def test_limits_that_nobody_can_read_are_all_told() -> None:
    with pytest.raises(UsageError) as caught:
        read_limits("MONITOR_LIMITS", "failure=0.5 challenge=50 items drift=few disk=lots hm=1")
    assert str(caught.value).splitlines() == [
        "MONITOR_LIMITS: 'failure' is no monitor: did you mean failures?",
        "MONITOR_LIMITS: challenge: expected a share from 0 to 1, or off, got '50': write challenge=0.1",
        "MONITOR_LIMITS: items: expected a share from 0 to 1, or off, got '': write items=0.7",
        "MONITOR_LIMITS: drift: expected a whole number, got 'few': write drift=1 or more",
        "MONITOR_LIMITS: disk: expected a number of bytes, got 'lots': write disk=500K, 2M or the like",
        f"MONITOR_LIMITS: 'hm' is no monitor: expected one of {', '.join(DEFAULTS)}, or an error code",
    ]


def test_operations_has_every_monitor_with_its_limit() -> None:
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    section = text.partition("## Monitors and alarms")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| `([^`]+)` \|", section, re.MULTILINE))
    assert read_limits("", " ".join(f"{name}={limit}" for name, limit in rows.items())) == DEFAULTS
    assert list(rows) == list(DEFAULTS)


# Who is told


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return tmp_path / "said"


def call(said: Path, *words: str) -> str | None:
    return alert.run_alert_command(("sh", "-c", *words), '{"alarms": []}', said.parent, "20261128T180000Z")


def test_the_program_is_given_the_alarms_and_no_secret(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPER_PROXY", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert call(said, f"cat > {said}; env >> {said}") is None
    text = said.read_text()
    assert text.startswith('{"alarms": []}')
    lines = text.splitlines()
    assert {"SCRAPER_RUN=20261128T180000Z", f"SCRAPER_FOLDER={said.parent}"} <= set(lines)
    assert any(line.startswith("PATH=") for line in lines)
    assert "secret" not in text


def test_a_program_that_fails_or_never_ends_is_told_in_one_line(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(said, "echo first; printf 'no \\033[1mroute\\n\\n' >&2; exit 3") == "ended with 3: no \\x1b[1mroute"
    assert call(said, "exit 3") == "ended with 3"
    assert call(said, "head -c 9000000 /dev/zero") is None
    assert alert.run_alert_command((str(said),), "", said.parent, "") == "cannot be started: No such file or directory"
    monkeypatch.setattr(alert, "PATIENCE", 0.3)
    assert call(said, f"sleep 60 & echo $! > {said}; wait") == "was ended, as it took more than 0 s"
    wait_for(lambda: not is_alive(int(said.read_text())), 5)


def test_a_full_disk_loses_no_alarm(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    assert call(said, f"cat > {said}; echo told") is None
    assert said.read_text() == '{"alarms": []}'
    monkeypatch.delattr(os, "memfd_create")  # as elsewhere than on Linux
    assert call(said, "true") == "cannot be started: No space left on device"


def test_no_room_for_the_message_is_told_in_one_line(said: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        assert call(said, "true") == "cannot be started: File too large"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_ends_the_program_alone(said: Path) -> None:
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    assert call(said, "sleep 60") == "was ended by Ctrl-C"
    timer.join()
    assert signal.getsignal(signal.SIGINT) is handler


# Whole runs


def gone(number: int) -> str:
    """Return links to posts that the lab does not know."""
    return " ".join(f"https://x.com/nobody/status/{1900000000000000000 + place}" for place in range(number))


def run(lab: LabProcess, folder: Path, urls: str, **settings: Any) -> Crawl:
    return crawl(lab, folder, "-a", f"urls={urls}", spider="twitter", MEDIA="none", TABLES=0, SUMMARY=0, REPORT=0, **settings)


def info(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return read


def families(folder: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """Return what Prometheus reads: the samples of each family, by the values of its own labels."""
    return parse((folder / "run.prom").read_text("utf-8"))


def parse(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        assert family.name not in found
        for sample in family.samples:
            own = tuple(value for name, value in sample.labels.items() if name not in ("folder", "spider"))
            assert own not in found.setdefault(family.name, {})
            found[family.name][own] = sample.value
    return found


def test_a_run_with_an_alarm_ends_with_3_and_tells_whom_it_is_to_tell(lab: LabProcess, tmp_path: Path) -> None:
    said, urls = tmp_path / "said", f"{gone(20)} {lab.url('lab_gif/')}"
    first = run(lab, tmp_path, urls, ALERT_COMMAND=f"sh -c 'cat > {said}; echo $SCRAPER_RUN $SCRAPER_FOLDER >> {said}'")
    assert first.code == 3
    message = "95.2 % of 21 seeds failed, most as removed, 50 % are the limit: see message in envelopes.jsonl for the cause and advice of each"
    assert first.stdout.splitlines()[-1] == f"alarm: failures: {message}"
    assert f"[scraper.monitoring.monitors] ERROR: alarm: failures: {message}" in first.stderr
    told, where = said.read_text().splitlines()
    alarms = [{"monitor": "failures", "value": 0.9524, "limit": 0.5, "message": message}]
    after = info(first.folder)
    assert (after["alarms"], after["results"]) == (alarms, {"ok": 1, "removed": 20})
    assert json.loads(told) == {"alarms": alarms, "folder": str(first.folder), "run": json.loads(told)["run"]}
    assert json.loads(told)["run"]["codes"] == {"200": 1, "404": 20}
    assert where == f"{after['run']} {first.folder}"
    assert first.stat("monitors/alarms") == after["stats"]["monitors/alarms"] == 1
    read = families(first.folder)
    assert read["scraper_run_info"] == {(after["run"], "finished"): 1}
    assert read["scraper_run_seeds"] == {("ok",): 1, ("removed",): 20}
    assert read["scraper_run_alarm"] == {("failures",): 0.9524}
    assert (read["scraper_run_alarms"], read["scraper_run_seeds_left"]) == ({(): 1}, {(): 0})
    assert {name: value for (name,), value in read["scraper_stat"].items()} == after["stats"]
    assert read["scraper_run_started_seconds"][()] <= read["scraper_run_ended_seconds"][()]

    second = run(lab, tmp_path, urls, ALERT_COMMAND="sh -c 'echo no route; exit 5'")
    assert second.code == 3
    assert "[scraper.monitoring.monitors] ERROR: ALERT_COMMAND: sh ended with 5: no route" in second.stderr
    assert info(second.folder)["stats"]["monitors/alert_failed"] == 1
    assert families(second.folder)["scraper_stat"][("monitors/alert_failed",)] == 1
    (aside,) = (second.folder / "runs").iterdir()
    assert families(aside)["scraper_run_info"] == read["scraper_run_info"]
    assert [run.run for run in read_earlier(second.folder)] == [after["run"]]


def test_fewer_posts_than_the_last_runs_got_and_a_list_that_is_gone(lab: LabProcess, tmp_path: Path) -> None:
    for place in range(3):
        earlier = tmp_path / f"out/runs/20261{place}01T000000Z"
        earlier.mkdir(parents=True)
        (earlier / "run.json").write_text(json.dumps(make(4, run=earlier.name)))
    (tmp_path / "out/runs/20261301T000000Z").mkdir()
    (tmp_path / "out/runs/20261301T000000Z/run.json").write_text("[")
    urls = f"{lab.url('lab_gif/')} {lab.url('lab_photo/')} {gone(2)}"
    done = run(lab, tmp_path, urls, MONITOR_LIMITS="seeds=4", ALERT_COMMAND="true")
    assert done.code == 3
    assert "\nalarm: items: 2 of 4 seeds ok, where 4 are usual (the last 3 runs): " in done.stdout
    said = tmp_path / "said"
    missing = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/none.txt", ALERT_COMMAND=f"tee {said}")
    assert (missing.code, missing.stdout) == (2, "")
    alarm, problem = missing.stderr.splitlines()[-2:]
    assert alarm.startswith("alarm: unfinished: ")
    assert problem.startswith("scrapy crawl: seeds: https://lists.example.com/none.txt answered 404")
    assert [each["monitor"] for each in json.loads(said.read_text())["alarms"]] == ["unfinished"]


def test_monitors_look_at_any_folder_without_a_crawler(said: Path, tmp_path: Path) -> None:
    counts = Counter[str]()
    stats: Any = SimpleNamespace(inc_value=lambda key: counts.update([key]))
    command = ("sh", "-c", f"cat > {said}; exit 7")
    monitors = Monitors(MonitorOptions(is_on=True, limits=DEFAULTS, command=command), stats)
    ended = RunInfo.from_json(make(4, removed=30))
    write_run(tmp_path, ended)
    monitors.check(ended, tmp_path)
    assert ([each.monitor for each in monitors.alarms], counts["monitors/alarms"]) == (["failures"], 1)
    monitors.alert(tmp_path)
    assert json.loads(said.read_text())["run"] == ended.to_json()
    assert info(tmp_path) == replace(ended, stats={**ended.stats, "monitors/alert_failed": 1}).to_json()
    silent = Monitors(MonitorOptions(is_on=False, limits=DEFAULTS, command=command), stats)
    silent.check(ended, tmp_path)
    assert silent.alarms == ()


def test_commands_for_a_few_links_raise_no_alarm(lab: LabProcess, tmp_path: Path) -> None:
    given = {"PROXY": lab.proxy, "CA_FILE": lab.ca_file, "SESSION_DIR": tmp_path, "MONITOR_LIMITS": "seeds=0 failures=0"}
    given |= {"ALERT_COMMAND": f"touch {tmp_path}/said", "MONITORS": "1"}
    options = [option for name, value in given.items() for option in ("-s", f"{name}={value}")]
    done = scrapy("get", *options, "-o", str(tmp_path / "out"), gone(1))
    assert (done.returncode, info(tmp_path / "out")["alarms"], (tmp_path / "said").exists()) == (4, [], False)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ALERT_COMMAND", "no-such-program --now", "no such program: 'no-such-program': give a name on PATH, or the whole"),
        ("ALERT_COMMAND", "mail 'me", "no closing quotation: write it as in a shell, and what has blanks in quotes"),
        ("MONITOR_LIMITS", "failures=2", "failures: expected a share from 0 to 1, or off, got '2': write failures=0.5"),
        ("MONITORS", "perhaps", "expected 1 or 0, got 'perhaps'"),
    ],
)
def test_what_cannot_be_used_is_told_before_the_run(name: str, value: str, told: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {name: value}
    done = crawl(None, tmp_path, "-a", "urls=x", spider="twitter", **settings)
    assert done.code == 2
    assert f"scrapy crawl: {name}: {told}" in done.stderr


def test_a_program_that_starts_a_crawl_finds_no_setting_in_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RUN", "FOLDER", "FOLDERS"):
        monkeypatch.setenv(f"SCRAPER_{name}", "x")
    settings = Settings({"LOG_LEVEL": "INFO"})
    settings.setmodule("scraper.settings")
    settings.set("OUTPUT_DIR", str(tmp_path), priority="cmdline")
    with pytest.raises(UsageError, match=r"\ASCRAPER_FOLDERS: is no setting: leave it out\Z"):
        check(settings, {"urls": "x"}, None)


def test_a_folder_that_shares_its_ledger_is_counted_by_its_lines(tmp_path: Path) -> None:
    ends = (None, {"code": "removed"}, {"code": "challenge"}, {"code": "removed"})
    lines = [json.dumps({"seed": f"{place}.1", "error": error}) for place, error in enumerate(ends)]
    (tmp_path / "envelopes.jsonl").write_text("\n".join([*lines, '{"seed": "9.1", "err']))
    assert count_results(tmp_path) == {"challenge": 1, "ok": 1, "removed": 2}


# Prometheus


def test_a_run_that_goes_on_has_no_end() -> None:
    known = {"run": "20261128T180000Z", "spider": "twitter", "started": "2026-11-28T18:00:00+00:00", "ended": None}
    read = parse(make_metrics(RunInfo.from_json({**known, "reason": None, "codes": {}, "left": None}), "/out"))
    assert read == {
        "scraper_run_info": {("20261128T180000Z", ""): 1},
        "scraper_run_started_seconds": {(): 1795888800},
        "scraper_run_alarms": {(): 0},
    }


def test_labels_and_numbers_are_what_prometheus_reads() -> None:
    folder = 'a "b"\\n\\\n名'
    stats = {"pause/a\"b": 1e-7, "on": True, "large": 1 << 60, "endless": float("inf"), "share": 0.25}
    text = make_metrics(RunInfo.from_json(make(1, stats=stats)), folder)
    assert "\ufffd" in make_metrics(RunInfo.from_json(make(1)), "name that is no text \udc80")
    labels = [sample.labels for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {(each["folder"], each["spider"]) for each in labels} == {(folder, "twitter")}
    assert {name: value for (name,), value in parse(text)["scraper_stat"].items()} == {"seeds/finished": 1, **stats}
    assert re.fullmatch(r"(?:[a-z_]+\{[^\n]*\} \S+\n|# (?:HELP|TYPE) [^\n]+\n)+", text)
