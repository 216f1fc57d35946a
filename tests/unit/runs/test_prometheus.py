"""What Prometheus reads of a run."""

import re

from prometheus_client.parser import text_string_to_metric_families

from scraper.runs.info import RunInfo
from scraper.runs.prometheus import make_metrics
from tests.support.metrics import read_metrics
from tests.support.run_infos import make_info


def test_a_run_that_goes_on_has_no_end() -> None:
    known = {"run": "20261128T180000Z", "spider": "twitter", "started": "2026-11-28T18:00:00+00:00", "ended": None}
    read = read_metrics(make_metrics(RunInfo.from_json({**known, "reason": None, "codes": {}, "left": None}), "/out"))
    assert read == {
        "scraper_run_info": {("20261128T180000Z", ""): 1},
        "scraper_run_started_seconds": {(): 1795888800},
        "scraper_run_alarms": {(): 0},
    }


def test_labels_and_numbers_are_what_prometheus_reads() -> None:
    folder = 'a "b"\\n\\\n名'
    stats = {"pause/a\"b": 1e-7, "on": True, "large": 1 << 60, "endless": float("inf"), "share": 0.25}
    text = make_metrics(RunInfo.from_json(make_info(1, stats=stats)), folder)
    assert "\ufffd" in make_metrics(RunInfo.from_json(make_info(1)), "name that is no text \udc80")
    labels = [sample.labels for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {(each["folder"], each["spider"]) for each in labels} == {(folder, "twitter")}
    assert {name: value for (name,), value in read_metrics(text)["scraper_stat"].items()} == {"seeds/finished": 1, **stats}
    assert re.fullmatch(r"(?:[a-z_]+\{[^\n]*\} \S+\n|# (?:HELP|TYPE) [^\n]+\n)+", text)
