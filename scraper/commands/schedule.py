"""``scrapy schedule``: start crawls on Scrapyd at the times that schedule.toml names."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from scrapy.settings import default_settings
from scrapy.spiderloader import get_spider_loader

from scraper import settings as defaults
from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import print_columns
from scraper.crawl.preflight import find_faults
from scraper.errors import UsageError
from scraper.scheduling.loop import run_loop
from scraper.scheduling.schedule import Schedule
from scraper.scheduling.scrapyd import Scrapyd, ScrapydError, read_credentials
from scraper.scheduling.status import EntryStatus, describe
from scraper.scheduling.ticks import FILE, BusyError, TickReport, read_schedule, run_now, tick
from scraper.text.values import read_path

_USAGE = "check [--online] | list [--json] | run-now NAME | tick | loop"


class Command(ProjectCommand):
    """Exit code 0: done; 1: Scrapyd refused, or the entry has a job already; 2: wrong use, or an error in the file."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return _USAGE

    def short_desc(self) -> str:
        return "Start crawls on Scrapyd at the times of schedule.toml"

    def long_desc(self) -> str:
        return (
            "`check` says what is wrong in the file, `list` when each entry runs next and what became of the last "
            "time. `tick`, from cron or a systemd timer, starts what is due, once; `loop` does so until "
            "Ctrl-C; `run-now` starts one at once. Example: scrapy schedule tick --file /etc/schedule.toml"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--file", default=FILE, metavar="FILE", help=f"the schedule ({FILE} in this folder)")
        parser.add_argument("--json", action="store_true", help="list: print one JSON object for each entry")
        parser.add_argument("--online", action="store_true", help="check: also ask Scrapyd whether it has the spiders")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the action that *args* name."""
        try:
            self._file = read_path("--file", opts.file, FILE)
            self.exitcode = self._do(args, opts)
        except (BusyError, ScrapydError) as error:
            self.exitcode = _complain([str(error)], 1)
        except (UsageError, OSError) as error:
            self.exitcode = _complain(str(error).splitlines(), 2)
        except KeyboardInterrupt:
            self.exitcode = 130

    def _do(self, args: Sequence[str], opts: argparse.Namespace) -> int:
        match args:
            case ["check"]:
                return self._check(is_online=opts.online)
            case ["list"]:
                return self._list(is_json=opts.json)
            case ["run-now", name]:
                return self._run_now(name)
            case ["tick"]:
                schedule = self._read()
                report = self._tick(schedule)
                _print_report(report)
                return 2 if schedule.problems else 1 if report.problems else 0
            case ["loop"]:
                self._read()
                run_loop(self._read, self._tick, _print_report)
                return 0
        raise UsageError(f"expected {_USAGE}, got {' '.join(args)[:60] or 'nothing'!r}: see scrapy schedule --help")

    def _read(self) -> Schedule:
        assert self.settings is not None
        own = (name for place in (defaults, default_settings) for name in vars(place) if name.isupper())
        spiders = sorted(get_spider_loader(self.settings).list())
        return read_schedule(self._file, spiders, frozenset(own), partial(find_faults, self.settings))

    def _scrapyd(self, schedule: Schedule) -> Scrapyd:
        return Scrapyd(schedule.url, schedule.project, read_credentials(schedule.url, os.environ))

    def _tick(self, schedule: Schedule) -> TickReport:
        report = tick(schedule, self._scrapyd(schedule), _now)
        return TickReport(report.lines, (*schedule.problems, *report.problems))

    def _check(self, *, is_online: bool) -> int:
        schedule = self._read()
        _complain(schedule.problems, 2)
        spiders = ""
        if is_online:
            deployed = self._scrapyd(schedule).spiders()
            lost = [entry for entry in schedule.entries if entry.spider not in deployed]
            if lost:
                lines = [f"{entry.name}: {schedule.url} has no spider {entry.spider}: deploy it" for entry in lost]
                return _complain(lines, 2 if schedule.problems else 1)
            spiders = f"; {schedule.url} has their spiders"
        if schedule.problems:
            return 2
        count = len(schedule.entries)
        print(f"{self._file}: {count} {'entry' if count == 1 else 'entries'}, nothing is wrong{spiders}")
        return 0

    def _list(self, *, is_json: bool) -> int:
        schedule = self._read()
        jobs, problem = None, None
        try:
            jobs = self._scrapyd(schedule).jobs()
        except ScrapydError as error:
            problem = str(error)
        found = list(describe(schedule, jobs, _now()))
        if is_json:
            for status in found:
                print(json.dumps(status.as_json(), ensure_ascii=False))
        else:
            _print(found)
        _complain([*schedule.problems, *([problem] if problem else [])], 2)
        return 2 if schedule.problems else 1 if problem else 0

    def _run_now(self, name: str) -> int:
        schedule = self._read()
        entry = next((each for each in schedule.entries if each.name == name), None)
        if entry is None:
            mine = [line for line in schedule.problems if f" {name}: " in line]
            names = ", ".join(each.name for each in schedule.entries) or "none"
            raise UsageError("\n".join(mine) or f"{name[:60]!a}: no such entry: expected one of {names}")
        print(f"{name}: started as {run_now(entry, schedule, self._scrapyd(schedule), _now())}")
        return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _print_report(report: TickReport) -> None:
    for line in report.lines:
        print(line, flush=True)
    _complain(report.problems, 1)


def _complain(lines: Sequence[str], code: int) -> int:
    for line in lines:
        print(f"scrapy schedule: {line}", file=sys.stderr, flush=True)
    return code


def _print(found: Sequence[EntryStatus]) -> None:
    names = ("name", "spider", "next", "in UTC", "last start", "state", "note")
    print_columns(names, [status.cells() for status in found])
