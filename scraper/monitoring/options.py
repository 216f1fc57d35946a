"""The settings of monitors, read once and checked."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from scrapy.settings import BaseSettings

from scraper.errors import UsageError
from scraper.monitoring.limits import read_limits
from scraper.text.values import read_bool


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """The limits a run is checked against at its end, and the program to start when there is an alarm."""

    is_on: bool
    limits: Mapping[str, float]
    """By monitor (monitoring/limits.py)."""
    command: tuple[str, ...] = field(repr=False)
    """Program and arguments, which may hold a secret; () = nothing is started."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "MonitorOptions":
        """Read MONITORS, MONITOR_LIMITS and ALERT_COMMAND; raise UsageError."""
        try:
            command = tuple(shlex.split(str(settings.get("ALERT_COMMAND") or "")))
        except ValueError as error:
            problem = f"ALERT_COMMAND: {str(error).lower()}: write it as in a shell, and what has blanks in quotes"
            raise UsageError(problem) from error
        return cls(
            is_on=read_bool("MONITORS", settings["MONITORS"]),
            limits=read_limits("MONITOR_LIMITS", str(settings.get("MONITOR_LIMITS") or "")),
            command=command,
        )
