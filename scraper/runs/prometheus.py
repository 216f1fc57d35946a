"""run.json in the text format that Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scraper.runs.info import RunInfo
from scraper.text.unicode import clean_text

_HELP = {
    "scraper_run_info": "The last run in an output folder: its name, and why it ended (empty while it has not).",
    "scraper_run_started_seconds": "When it began, in unix time.",
    "scraper_run_ended_seconds": "When it ended, in unix time; not there while it has not.",
    "scraper_run_seeds": "Its seeds that have an envelope, by result: ok, or an error code.",
    "scraper_run_seeds_left": "Its seeds without one; not there where the list was not read to its end.",
    "scraper_run_alarms": "How many alarms its monitors raised.",
    "scraper_run_alarm": "What an alarm is about: the value that is beyond the limit of its monitor.",
    "scraper_stat": "A number of Scrapy's stats, of its last process.",
}
"""Every family, in the order in which they stand."""
_Sample = tuple[str, Mapping[str, str], float]


def make_metrics(run: RunInfo, folder: str) -> str:
    """Return *run* with *folder* as a label; families without a value are left out."""
    common = {"folder": folder, "spider": run.spider or ""}
    samples: dict[str, list[str]] = {}
    for family, labels, value in _samples(run):
        samples.setdefault(family, []).append(f"{family}{_labels({**common, **labels})} {_number(value)}\n")
    return "".join(
        f"# HELP {family} {words}\n# TYPE {family} gauge\n{''.join(samples[family])}"
        for family, words in _HELP.items()
        if family in samples
    )


def _samples(run: RunInfo) -> Iterator[_Sample]:
    yield "scraper_run_info", {"run": run.run or "", "reason": run.reason or ""}, 1
    for name, time in (("started", run.started), ("ended", run.ended)):
        if time:
            yield f"scraper_run_{name}_seconds", {}, datetime.fromisoformat(time).timestamp()
    if run.left is not None:
        yield "scraper_run_seeds_left", {}, run.left
    yield from _family("scraper_run_seeds", "result", run.results.items())
    yield "scraper_run_alarms", {}, len(run.alarms)
    yield from _family("scraper_run_alarm", "monitor", ((alarm.monitor, alarm.value) for alarm in run.alarms))
    yield from _family("scraper_stat", "name", run.stats.items())


def _family(family: str, label: str, values: Iterable[tuple[str, float]]) -> Iterator[_Sample]:
    for name, value in values:
        yield family, {label: name}, value


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return clean_text(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(value + 0)  # a bool is a number of Python's, too
