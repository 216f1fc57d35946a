"""Checks a run when it has ended, and reports its alarms."""

import json
import logging
import shutil
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from scrapy.statscollectors import StatsCollector

from scraper.errors import UsageError
from scraper.monitoring.alert import run_alert_command
from scraper.monitoring.limits import find_alarms
from scraper.monitoring.options import MonitorOptions
from scraper.runs.info import Alarm, RunInfo
from scraper.runs.results import read_earlier, read_run, write_run
from scraper.system.lock import take_lock

logger = logging.getLogger(__name__)


class Monitors:
    """The alarms of a run; empty before it has ended, and with MONITORS=0."""

    def __init__(self, options: MonitorOptions, stats: StatsCollector) -> None:
        self._options = options
        self._stats = stats
        self._run = RunInfo()
        self.alarms: tuple[Alarm, ...] = ()

    def check(self, run: RunInfo, folder: Path) -> None:
        """Find the alarms of *run*, which is in *folder*; log and count them."""
        if not self._options.is_on:
            return
        free = shutil.disk_usage(folder).free
        self._run = run
        self.alarms = tuple(find_alarms(run, read_earlier(folder), self._options.limits, free))
        for alarm in self.alarms:
            self._stats.inc_value("monitors/alarms")
            logger.error("alarm: %s: %s", alarm.monitor, alarm.message)

    def alert(self, folder: Path) -> None:
        """Run ALERT_COMMAND if there is an alarm, and wait for it; its problems are logged."""
        command = self._options.command
        if not self.alarms or not command:
            return
        alarms = [asdict(alarm) for alarm in self.alarms]
        message = json.dumps(
            {"alarms": alarms, "folder": str(folder.absolute()), "run": self._run.to_json()}, default=str
        )
        problem = run_alert_command(command, f"{message}\n", folder, str(self._run.run))
        if problem is not None:
            self._count_failure(folder)
            logger.error("ALERT_COMMAND: %s %s", Path(command[0]).name, problem)

    def _count_failure(self, folder: Path) -> None:
        """Count a failure in run.json, which was written before; nothing changes once the next run has begun."""
        with suppress(UsageError, OSError), take_lock(folder):
            run = read_run(folder)
            if run.run == self._run.run:
                write_run(folder, replace(run, stats={**run.stats, "monitors/alert_failed": 1}))
