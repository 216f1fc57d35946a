"""The due times of a schedule: pure decisions about one entry, from its state and from the jobs of Scrapyd."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scraper.scheduling.schedule import ON_TIME, ScheduleEntry

_STAMP = "%Y%m%dT%H%M%SZ"
_JOB = re.compile(r"(?P<name>[a-z0-9_\-]+)-[0-9]{8}T[0-9]{6}Z(?:-now)?")
_BACK = timedelta(hours=1)
"""Limit for a last due time in the future: beyond it, the clock was wrong at that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryState:
    """The state of an entry between two ticks."""

    times: str
    """Fingerprint of the entry's times: after a change, the state begins anew."""
    handled: datetime
    """The last due time that was started or left out; all earlier ones are settled as well."""
    waiting: datetime | None = None
    """A due time whose start waits for the end of the job before it."""
    started: datetime | None = None
    """Time of the last start."""
    job: str | None = None
    note: str = ""
    """The result of the last due time, as a sentence."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state of an entry, the line to print, and the due time to start."""

    memory: EntryState
    line: str | None = None
    due: datetime | None = None
    """From decide(): settle() still checks it against Scrapyd's jobs."""


def job_id(name: str, due: datetime) -> str:
    """Return the id of the job of *name* for the time *due*; every process computes the same id."""
    return f"{name}-{due.strftime(_STAMP)}"


def manual_id(name: str, now: datetime) -> str:
    """Return the id of a job of *name* that a person started."""
    return f"{job_id(name, now)}-now"


def name_of(job: str) -> str | None:
    """Return the name of the entry that *job* belongs to, or None if no schedule started it."""
    found = _JOB.fullmatch(job)
    return found["name"] if found is not None else None


def start_of(entry: ScheduleEntry, due: datetime) -> datetime:
    """Return the start time of the job for *due*, jitter included; every process computes the same time."""
    seconds = int(entry.jitter.total_seconds())
    digest = hashlib.sha256(job_id(entry.name, due).encode()).digest()
    return due + timedelta(seconds=int.from_bytes(digest[:8]) % (seconds + 1))


def next_due(entry: ScheduleEntry, after: datetime) -> datetime:
    """Return the first due time after *after*."""
    return next(entry.times.after(after))


def remember(entry: ScheduleEntry, memory: EntryState | None, now: datetime) -> EntryState:
    """Return *memory*, or a new state that begins now, so that a new entry does not catch up on past times."""
    if memory is None:
        return EntryState(times=entry.times.mark, handled=now)
    if memory.times != entry.times.mark:
        return replace(memory, times=entry.times.mark, handled=now, waiting=None)
    return replace(memory, handled=now) if memory.handled > now + _BACK else memory


def decide(entry: ScheduleEntry, memory: EntryState, now: datetime) -> Decision:
    """Return the due time to start, and the result of those that have passed, by the clock alone."""
    due = _newest(entry, memory.handled, now)
    if due is None:
        return Decision(memory, due=memory.waiting)
    late = now - start_of(entry, due)
    if late > entry.missed_within:
        line = f"missed: due {show(due)}, {span(late)} ago, more than {span(entry.missed_within)}: it is left out"
        return Decision(replace(memory, handled=due, note=line), line, memory.waiting)
    if memory.waiting is not None:
        line = f"skipped: due {show(due)}, while the one of {show(memory.waiting)} still waits"
        return Decision(replace(memory, handled=due, note=line), line, memory.waiting)
    return Decision(memory, due=due)


def settle(
    entry: ScheduleEntry, memory: EntryState, due: datetime, active: str | None, known: Collection[str]
) -> Decision:
    """
    Return the decision about *due*, with or without a start.

    *active* is a job of this name that is pending or running, *known* are all jobs that Scrapyd lists.
    """
    handled = max(memory.handled, due)
    if (job := job_id(entry.name, due)) in known:
        line = f"started before: due {show(due)}, Scrapyd has {job}"
        return Decision(replace(memory, handled=handled, waiting=None, job=job, note=line), line)
    if active is None:
        return Decision(memory, due=due)
    if entry.overlap == "skip":
        line = f"skipped: due {show(due)}, while {active} is not done"
        return Decision(replace(memory, handled=handled, waiting=None, note=line), line)
    if memory.waiting is not None:
        return Decision(memory)
    line = f"waits: due {show(due)}, until {active} is done"
    return Decision(replace(memory, handled=handled, waiting=due, note=line), line)


def note_start(entry: ScheduleEntry, memory: EntryState, due: datetime, now: datetime) -> Decision:
    """Return the decision that notes a started job for *due*."""
    late, job = now - start_of(entry, due), job_id(entry.name, due)
    line = f"started: due {show(due)}{f', {span(late)} late' if late > ON_TIME else ''}, as {job}"
    handled = max(memory.handled, due)
    return Decision(replace(memory, handled=handled, waiting=None, started=now, job=job, note=line), line)


def next_start(entry: ScheduleEntry, memory: EntryState) -> datetime:
    """Return the start time of the next job that is not settled yet."""
    return start_of(entry, next_due(entry, memory.handled))


def show(time: datetime) -> str:
    """Return *time* for a person."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """Return a duration for a person, in its two largest units."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), 3)
    shown = parts[first : first + 2]
    return " ".join(f"{number} {unit}" for number, unit in shown if number) or "0 s"


def _newest(entry: ScheduleEntry, handled: datetime, now: datetime) -> datetime | None:
    """Return the newest due time after *handled* whose start has passed; for the distant past, the first one."""
    window = max(handled, now - entry.missed_within - entry.jitter)
    candidates = (next_due(entry, handled), *entry.times.between(window, now))
    return max((due for due in candidates if start_of(entry, due) <= now), default=None)
