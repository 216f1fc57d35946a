"""A schedule of one entry, and the state that its last tick left."""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scraper.scheduling.schedule import Schedule, ScheduleEntry, parse_schedule


def forget_an_hour(path: Path, expression: str = "* * * * *") -> None:
    """Write the state that a tick an hour ago would have left, so that an entry is due now."""
    memory = {"times": f"{expression} UTC", "handled": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    entry = {**memory, "waiting": None, "started": None, "job": None, "note": ""}
    path.with_name("schedule.state.json").write_text(json.dumps({"version": 1, "entries": {"daily": entry}}))


SPIDERS = ("hybrid", "tiktok", "twitter")
SETTINGS = ("OUTPUT_DIR", "MEDIA", "PROXY", "RAW")
DAILY = """
[[schedule]]
name = "daily"
spider = "hybrid"
seeds = "/lists/daily.txt"
cron = "30 4 * * *"
"""
T = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
"""A due time of DAILY."""


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def parse(text: str) -> Schedule:
    return parse_schedule(tomllib.loads(text), SPIDERS, SETTINGS, find_faults)


def find_faults(given: Mapping[str, str]) -> list[str]:
    return [f"{name}: is wrong" for name, value in given.items() if value == "wrong"]


def entry_of(more: str = "", text: str = DAILY) -> ScheduleEntry:
    schedule = parse(text + more)
    assert schedule.problems == ()
    return schedule.entries[0]
