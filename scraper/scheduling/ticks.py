"""One tick of a schedule, with the schedule's file and the state between two ticks."""

import json
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scraper.errors import ScraperError, UsageError
from scraper.scheduling.due import Decision, EntryState, decide, job_id, manual_id, note_start, remember, settle, show
from scraper.scheduling.schedule import Schedule, ScheduleEntry, parse_schedule
from scraper.scheduling.scrapyd import Jobs, RefusedError, Scrapyd, ScrapydError
from scraper.system.atomic import write_secret
from scraper.system.lock import lock

FILE = "schedule.toml"
_VERSION = 1
_PATIENCE = 10.0
"""Seconds that one command waits for another one to end."""


class BusyError(ScraperError):
    """Another command works on the same schedule."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """The lines that one tick reports; *problems* need a person's attention."""

    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_schedule(
    path: Path,
    spiders: Collection[str],
    known_settings: Collection[str],
    find_faults: Callable[[Mapping[str, str]], Iterable[str]],
) -> Schedule:
    """Read the schedule at *path* (see parse_schedule()), with its state file as an absolute path; raise UsageError."""
    try:
        data = tomllib.loads(path.read_bytes().decode())
        schedule = parse_schedule(data, spiders, known_settings, find_faults)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: give the file with --file FILE") from error
    except ValueError as error:
        raise UsageError(f"{path}: expected TOML: {error}") from error
    except RecursionError:
        raise UsageError(f"{path}: expected TOML: lists or tables stand too deep in each other") from None
    except UsageError as error:
        raise UsageError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from error
    problems = tuple(f"{path}: {line}" for line in schedule.problems)
    state = schedule.state or f"{path.stem}.state.json"
    return replace(schedule, problems=problems, state=str(path.resolve().parent / state))


@contextmanager
def locked(state: Path, patience: float = _PATIENCE) -> Iterator[None]:
    """Hold the lock of *state*; raise BusyError if another command holds it for too long."""
    path = state.with_name(f"{state.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: name another file with the key state") from error
    with file:
        if not lock(file, patience):
            raise BusyError(f"{path}: another command has been at work for {patience:.0f} s: try again")
        yield


def read_memories(state: Path) -> dict[str, EntryState]:
    """Return the state of each entry by name; empty before the first tick. Raise UsageError."""
    try:
        data = json.loads(state.read_bytes())
        if data["version"] != _VERSION:
            raise UsageError(f"{state}: is of another version: name another file with the key state")
        return {name: _load(raw) for name, raw in data["entries"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        advice = "correct its mode, or name another file with the key state"
        raise UsageError(f"{state}: {error.strerror}: {advice}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        advice = "remove it, and the schedule begins with the next times, or correct the key state"
        raise UsageError(f"{state}: holds no state of a schedule: {advice}") from None


def write_memories(state: Path, memories: Mapping[str, EntryState]) -> None:
    """Write *memories* to the file *state*; raise OSError."""
    entries = {name: _dump(memory) for name, memory in memories.items()}
    write_secret(state, json.dumps({"version": _VERSION, "entries": entries}, ensure_ascii=False, indent=1) + "\n")


def tick(schedule: Schedule, scrapyd: Scrapyd, clock: Callable[[], datetime]) -> TickReport:
    """
    Start the entries that are due, and return the report; raise UsageError for a state that cannot be used.

    An entry that Scrapyd refuses stays due: the next tick tries again.
    """
    state = Path(schedule.state)
    with locked(state):
        # names that are not in the schedule are kept: it may be edited at this moment, or be one of two with this state
        return _Tick(state, read_memories(state), scrapyd, clock).run(schedule.entries)


def run_now(entry: ScheduleEntry, schedule: Schedule, scrapyd: Scrapyd, now: datetime) -> str:
    """Start *entry* at any time, and return its job; raise BusyError if it has a job, or ScrapydError."""
    state = Path(schedule.state)
    with locked(state):
        memories = read_memories(state)
        if (active := scrapyd.jobs().active.get(entry.name)) is not None:
            raise BusyError(f"{entry.name}: {active[0]} is {active[1]}: nothing was started")
        job = manual_id(entry.name, now)
        scrapyd.start(entry.spider, job, entry.arguments, entry.settings)
        memory = remember(entry, memories.get(entry.name), now)
        note = f"started by hand at {show(now)}, as {job}"
        write_memories(state, {**memories, entry.name: replace(memory, started=now, job=job, note=note)})
    return job


class _Tick:
    """One tick under the lock. It fetches Scrapyd's jobs once, if an entry is due, and saves each start at once."""

    def __init__(
        self, state: Path, memories: dict[str, EntryState], scrapyd: Scrapyd, clock: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._memories = memories
        self._kept = dict(memories)
        self._scrapyd = scrapyd
        self._clock = clock
        self._jobs: Jobs | None = None
        self._lines: list[str] = []
        self._problems: list[str] = []

    def run(self, entries: Collection[ScheduleEntry]) -> TickReport:
        is_down = False
        for entry in entries:
            now = self._clock()
            verdict = decide(entry, remember(entry, self._memories.get(entry.name), now), now)
            self._note(entry, verdict)
            if verdict.due is None or is_down:
                continue
            try:
                self._jobs = self._jobs or self._scrapyd.jobs()
                self._deal(entry, verdict.due, self._jobs)
            except ScrapydError as error:
                is_down = self._jobs is None or not isinstance(error, RefusedError)
                what = f"{error}; what" if is_down else f"{entry.name}: {error}; what"
                self._problems.append(f"{what} is due stays due")
        self._save()
        return TickReport(tuple(self._lines), tuple(self._problems))

    def _deal(self, entry: ScheduleEntry, due: datetime, jobs: Jobs) -> None:
        active, _ = jobs.active.get(entry.name, (None, None))
        verdict = settle(entry, self._memories[entry.name], due, active, jobs.known)
        if verdict.due is not None:
            self._scrapyd.start(entry.spider, job_id(entry.name, due), entry.arguments, entry.settings)
            verdict = note_start(entry, self._memories[entry.name], due, self._clock())
        self._note(entry, verdict)
        self._save()

    def _note(self, entry: ScheduleEntry, verdict: Decision) -> None:
        self._memories[entry.name] = verdict.memory
        if verdict.line is not None:
            self._lines.append(f"{entry.name}: {verdict.line}")

    def _save(self) -> None:
        if self._memories != self._kept:
            write_memories(self._state, self._memories)
            self._kept = dict(self._memories)


def _dump(memory: EntryState) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(memory).items()}


def _load(raw: Mapping[str, Any]) -> EntryState:
    waiting, started = (raw[name] and _time(raw[name]) for name in ("waiting", "started"))
    job = raw["job"] and str(raw["job"])
    return EntryState(
        times=str(raw["times"]), handled=_time(raw["handled"]), waiting=waiting, started=started, job=job,
        note=str(raw["note"]),
    )  # fmt: skip


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
