"""Whole runs that end with an alarm, who is told of it, and what Prometheus reads of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from scraper.runs.results import read_earlier
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.metrics import read_metrics
from tests.support.run_infos import info, make_info


def gone(number: int) -> str:
    """Return links to posts that the lab does not know."""
    return " ".join(f"https://x.com/nobody/status/{1900000000000000000 + place}" for place in range(number))


def run(lab: LabProcess, folder: Path, urls: str, **settings: Any) -> Crawl:
    return crawl(lab, folder, "-a", f"urls={urls}", spider="twitter", MEDIA="none", TABLES=0, SUMMARY=0, REPORT=0, **settings)


def families(folder: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the metrics for Prometheus: the samples of each family, by the values of its own labels."""
    return read_metrics((folder / "run.prom").read_text("utf-8"))


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
        (earlier / "run.json").write_text(json.dumps(make_info(4, run=earlier.name)))
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
