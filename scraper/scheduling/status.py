"""The status of each entry of a schedule, for people and for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from scraper.scheduling.due import decide, next_due, remember, show, start_of
from scraper.scheduling.schedule import Schedule
from scraper.scheduling.scrapyd import Jobs
from scraper.scheduling.ticks import read_memories


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryStatus:
    """The next start of one entry, and its state."""

    name: str
    spider: str
    zone: tzinfo
    next_due: datetime
    next_start: datetime
    """*next_due* plus its jitter."""
    started: datetime | None
    """Time of the last start."""
    job: str | None
    state: str
    """``running`` or ``pending`` on Scrapyd, ``waiting``, ``due`` or ``idle``; ``unknown`` without Scrapyd."""
    note: str
    """The result of the last due time, as a sentence."""

    def as_json(self) -> dict[str, str | None]:
        """Return the status as JSON values, with times in ISO 8601."""
        return {
            "name": self.name,
            "spider": self.spider,
            "timezone": str(self.zone),
            "next_due": self.next_due.isoformat(),
            "next_start": self.next_start.isoformat(),
            "last_start": self.started.isoformat() if self.started is not None else None,
            "job": self.job,
            "state": self.state,
            "note": self.note,
        }

    def cells(self) -> tuple[str, ...]:
        """Return the status as a row of a table."""
        local = f"{self.next_start.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"
        started = show(self.started) if self.started is not None else "-"
        return self.name, self.spider, local, show(self.next_start), started, self.state, self.note


def describe(schedule: Schedule, jobs: Jobs | None, now: datetime) -> Iterator[EntryStatus]:
    """Yield the status of each entry of *schedule*; *jobs* is None if Scrapyd does not answer."""
    memories = read_memories(Path(schedule.state))
    for entry in schedule.entries:
        memory = remember(entry, memories.get(entry.name), now)
        due = next_due(entry, max(memory.handled, now - entry.jitter))
        while start_of(entry, due) <= now:
            due = next_due(entry, due)
        active = jobs.active.get(entry.name) if jobs is not None else None
        is_due = decide(entry, memory, now).due is not None
        waits = "waiting" if memory.waiting is not None else "due" if is_due else None
        state = active[1] if active is not None else waits or ("unknown" if jobs is None else "idle")
        yield EntryStatus(
            name=entry.name, spider=entry.spider, zone=entry.times.zone, next_due=due, next_start=start_of(entry, due),
            started=memory.started, job=memory.job, state=state, note=memory.note,
        )  # fmt: skip
