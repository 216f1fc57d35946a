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
"""After this the file is read again, what waits is looked at, and a clock that was set is noticed."""
_SOON = timedelta(seconds=1)


def run_loop(
    read: Callable[[], Schedule], do: Callable[[Schedule], TickReport], say: Callable[[TickReport], None]
) -> None:
    """
    Do a tick of what *read* gives whenever something is due, and *say* what it told; a problem that stays is said once.

    Ctrl-C and SIGTERM end it, after the tick that is under way.
    """
    problems: tuple[str, ...] = ()
    with _held_back():
        while True:
            wake = datetime.now(UTC) + _LONGEST
            try:
                schedule = read()
                told = do(schedule)
                wake = min(wake, next_wake(schedule, datetime.now(UTC)))
            except (ScraperError, OSError) as error:
                told = TickReport(problems=tuple(str(error).splitlines()))
            say(TickReport(told.lines, told.problems if told.problems != problems else ()))
            problems = told.problems
            pause = max((wake - datetime.now(UTC)).total_seconds(), _SOON.total_seconds())
            if signal.sigtimedwait(_ENDS, pause) is not None:
                return


def next_wake(schedule: Schedule, now: datetime) -> datetime:
    """Return when something is due next; what is due and could not be started is left to a later look."""
    memories = read_memories(Path(schedule.state))
    starts = (next_start(entry, remember(entry, memories.get(entry.name), now)) for entry in schedule.entries)
    return min((start for start in starts if start > now), default=now + _LONGEST)


@contextmanager
def _held_back() -> Iterator[None]:
    """Have the signals that end the loop wait until they are asked for."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
