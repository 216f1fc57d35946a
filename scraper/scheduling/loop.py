"""``scrapy schedule loop``: a tick whenever something is due, until Ctrl-C or SIGTERM."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scraper.errors import ScraperError
from scraper.scheduling.due import next_start, remember
from scraper.scheduling.schedule import Schedule
from scraper.scheduling.ticks import TickReport, read_memories

_ENDS = (signal.SIGINT, signal.SIGTERM)
_LONGEST = timedelta(seconds=60)
"""Most seconds between two ticks, in which the file is read again and a changed clock is noticed."""
_SOON = timedelta(seconds=1)


def run_loop(
    read: Callable[[], Schedule], do: Callable[[Schedule], TickReport], say: Callable[[TickReport], None]
) -> None:
    """
    Do a tick of the schedule from *read* whenever an entry is due, and pass its lines to *say*.

    A problem that persists is reported once. Ctrl-C and SIGTERM end the loop, after the current tick.
    """
    problems: tuple[str, ...] = ()
    with _held_back():
        while True:
            wake = datetime.now(UTC) + _LONGEST
            try:
                schedule = read()
                report = do(schedule)
                wake = min(wake, next_wake(schedule, datetime.now(UTC)))
            except (ScraperError, OSError) as error:
                report = TickReport(problems=tuple(str(error).splitlines()))
            say(TickReport(report.lines, report.problems if report.problems != problems else ()))
            problems = report.problems
            pause = max((wake - datetime.now(UTC)).total_seconds(), _SOON.total_seconds())
            if signal.sigtimedwait(_ENDS, pause) is not None:
                return


def next_wake(schedule: Schedule, now: datetime) -> datetime:
    """Return the time of the next tick; an entry that could not be started does not shorten the wait."""
    memories = read_memories(Path(schedule.state))
    starts = (next_start(entry, remember(entry, memories.get(entry.name), now)) for entry in schedule.entries)
    return min((start for start in starts if start > now), default=now + _LONGEST)


@contextmanager
def _held_back() -> Iterator[None]:
    """Block the signals that end the loop until the loop fetches them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
