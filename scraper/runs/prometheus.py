"""run.json in the text format that Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from scraper.runs.info import RunInfo
from scraper.text.unicode import clean_text

_HELP = {
    "scraper_run_info": "The last run in an output folder: its name, and the reason of its end (empty before its end).",
    "scraper_run_started_seconds": "Start of the run, in unix time.",
    "scraper_run_ended_seconds": "End of the run, in unix time; missing before its end.",
    "scraper_run_seeds": "Number of seeds with an envelope, by result: ok, or an error code.",
    "scraper_run_seeds_left": "Number of seeds without an envelope; missing if the list was not read to its end.",
    "scraper_run_alarms": "Number of alarms of its monitors.",
    "scraper_run_alarm": "The value of an alarm, which is beyond the limit of its monitor.",
    "scraper_stat": "A number of Scrapy's stats, of its last process.",
}
"""All families, in the order of the file."""
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
