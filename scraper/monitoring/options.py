"""The settings of monitors, read once and checked."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from scrapy.settings import BaseSettings

from scraper.errors import UsageError
from scraper.monitoring.limits import read_limits
from scraper.text.setting import switch, text

MONITORS = switch("MONITORS", True, "`0` raises no [alarms](operations.md#monitors-and-alarms) at the end of a run")
MONITOR_LIMITS = text(
    "MONITOR_LIMITS",
    "",
    "`name=limit …`",
    "limits of the alarms, where the usual ones do not fit: `failures=0.3 disk=20G drift=off` "
    "([all](operations.md#monitors-and-alarms))",
)
ALERT_COMMAND = text(
    "ALERT_COMMAND",
    "",
    "command",
    "a program with its arguments, run when there is an alarm, with the alarms as JSON on its standard input",
    is_secret=True,
)


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
            command = tuple(shlex.split(ALERT_COMMAND.read(settings)))
        except ValueError as error:
            problem = f"ALERT_COMMAND: {str(error).lower()}: write it as in a shell, and what has blanks in quotes"
            raise UsageError(problem) from error
        return cls(
            is_on=MONITORS.read(settings),
            limits=read_limits("MONITOR_LIMITS", MONITOR_LIMITS.read(settings)),
            command=command,
        )
