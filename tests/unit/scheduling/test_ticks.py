"""What a tick starts on a peer that answers as Scrapyd does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.scheduling.due import next_start, remember, start_of
from scraper.scheduling.loop import next_wake
from scraper.scheduling.schedule import Schedule
from scraper.scheduling.scrapyd import Scrapyd
from scraper.scheduling.ticks import BusyError, TickReport, locked, run_now, tick
from tests.support.schedules import DAILY, T, entry_of, minutes, parse
from tests.support.scrapydpeer import PROJECT, Peer


class Clockwork:
    """A schedule, a Scrapyd, and a clock that the test sets."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer = peer
        self.scrapyd = Scrapyd(peer.url, PROJECT, timeout=5)
        self.state = folder / "state.json"

    def read(self, text: str) -> Schedule:
        schedule = parse(f'state = "{self.state}"\n{text}')
        assert Path(schedule.state) == self.state
        return schedule

    def tick(self, now: datetime, text: str = DAILY) -> TickReport:
        return tick(self.read(text), self.scrapyd, lambda: now)

    def lines(self, now: datetime, text: str = DAILY) -> list[str]:
        told = self.tick(now, text)
        assert told.problems == ()
        return list(told.lines)


@pytest.fixture
def work(peer: Peer, tmp_path: Path) -> Clockwork:
    return Clockwork(peer, tmp_path)


def test_a_due_time_is_started_once(work: Clockwork) -> None:
    assert work.lines(T - minutes(40)) == []
    assert work.lines(T - minutes(1)) == []
    assert work.peer.asked == []  # nothing is due, so Scrapyd gets no request
    more = 'settings.OUTPUT_DIR = "/out/a=b & c"\nsettings.RAW = false\n'
    text = DAILY.replace("/lists/daily.txt", "/lists/ü +&.txt") + more
    assert work.lines(T, text) == ["daily: started: due 2026-11-28 04:30 UTC, as daily-20261128T043000Z"]
    assert work.peer.pending == [
        {
            "id": "daily-20261128T043000Z", "project": PROJECT, "spider": "hybrid", "version": None,
            "settings": {"OUTPUT_DIR": "/out/a=b & c", "RAW": "0"}, "args": {"seeds": "/lists/ü +&.txt"},
        }
    ]  # fmt: skip
    for later in (0, 1, 60, 23 * 60):
        assert work.lines(T + minutes(later), text) == []
    work.peer.run()
    work.peer.end()
    assert work.lines(T + timedelta(days=1), text) == ["daily: started: due 2026-11-29 04:30 UTC, as daily-20261129T043000Z"]


def test_the_first_tick_starts_nothing_of_the_past(work: Clockwork) -> None:
    assert work.lines(T + minutes(1)) == []
    assert work.lines(T + timedelta(days=1)) != []
    # another time of day is another schedule: its time of today is over
    assert work.lines(T + timedelta(days=1, hours=2), DAILY.replace("30 4", "30 5")) == []
    assert len(work.peer.taken) == 1


def test_an_entry_that_was_left_out_for_a_while_is_remembered(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    assert work.lines(T, DAILY.replace("daily", "other")) == []
    assert "started: due 2026-11-28 04:30 UTC, 10 min late" in work.lines(T + minutes(10))[0]


HOURLY = DAILY.replace("30 4", "30 *")


def test_missed_hours_are_made_up_for_once(work: Clockwork) -> None:
    work.tick(T - minutes(5), HOURLY)
    (line,) = work.lines(T + timedelta(hours=7, minutes=20), HOURLY)
    assert line == "daily: started: due 2026-11-28 11:30 UTC, 20 min late, as daily-20261128T113000Z"
    assert work.lines(T + timedelta(hours=7, minutes=21), HOURLY) == []
    assert len(work.peer.taken) == 1


@pytest.mark.parametrize(
    ("more", "late", "is_started"),
    [
        ('missed = "skip"', minutes(5), True),
        ('missed = "skip"', minutes(6), False),
        ('missed_within = "6h"', timedelta(hours=6), True),
        ('missed_within = "6h"', timedelta(hours=6, minutes=1), False),
        ("", timedelta(hours=23), True),
    ],
)
def test_how_late_a_start_may_be(work: Clockwork, more: str, late: timedelta, is_started: bool) -> None:
    work.tick(T - minutes(5), DAILY + more)
    (line,) = work.lines(T + late, DAILY + more)
    assert ("daily: started: due" in line) == is_started
    assert ("daily: missed: due 2026-11-28 04:30 UTC" in line) != is_started
    assert len(work.peer.taken) == int(is_started)
    assert work.lines(T + late, DAILY + more) == []


def test_after_a_year_without_a_tick_one_line_is_told(work: Clockwork) -> None:
    text = DAILY.replace("30 4", "*/5 *").replace("* * *\"", "* * MON\"") + 'missed_within = "1h"'
    work.tick(T, text)
    (line,) = work.lines(T + timedelta(days=364), text)  # a Saturday
    assert line.startswith("daily: missed: due 2026-11-30 00:00 UTC, 362 d 4 h ago, more than 1 h")
    (line,) = work.lines(T + timedelta(days=366, hours=3), text)
    assert line == "daily: started: due 2027-11-29 07:30 UTC, as daily-20271129T073000Z"


def test_jitter_moves_the_start_and_not_the_job(work: Clockwork) -> None:
    text = DAILY + 'jitter = "20m"'
    start = start_of(entry_of('jitter = "20m"'), T)
    work.tick(T - minutes(5), text)
    assert start > T
    assert work.lines(start - timedelta(seconds=1), text) == []
    assert work.lines(start, text) == ["daily: started: due 2026-11-28 04:30 UTC, as daily-20261128T043000Z"]


def test_overlap_skip_drops_a_due_time(work: Clockwork) -> None:
    work.tick(T - minutes(5), HOURLY)
    work.tick(T, HOURLY)
    hour = timedelta(hours=1)
    assert work.lines(T + hour, HOURLY) == ["daily: skipped: due 2026-11-28 05:30 UTC, while daily-20261128T043000Z is not done"]
    work.peer.run()
    assert "skipped" in work.lines(T + 2 * hour, HOURLY)[0]
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(1), HOURLY) == []
    assert "started: due 2026-11-28 07:30 UTC" in work.lines(T + 3 * hour, HOURLY)[0]


def test_overlap_queue_keeps_one_waiting(work: Clockwork) -> None:
    text, hour = HOURLY + 'overlap = "queue"', timedelta(hours=1)
    work.tick(T - minutes(5), text)
    work.tick(T, text)
    work.peer.run()
    assert work.lines(T + hour, text) == ["daily: waits: due 2026-11-28 05:30 UTC, until daily-20261128T043000Z is done"]
    assert work.lines(T + hour + minutes(1), text) == []
    assert work.lines(T + 2 * hour, text) == ["daily: skipped: due 2026-11-28 06:30 UTC, while the one of 2026-11-28 05:30 UTC still waits"]
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(1), text) == ["daily: started: due 2026-11-28 05:30 UTC, 1 h 1 min late, as daily-20261128T053000Z"]
    work.peer.run()
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(2), text) == []
    assert work.peer.taken == ["daily-20261128T043000Z", "daily-20261128T053000Z"]


def test_a_name_that_begins_like_another_is_another(work: Clockwork) -> None:
    two = DAILY + DAILY.replace('"daily"', '"daily-2"') + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    work.tick(T, two)
    work.peer.run()
    assert work.peer.taken == ["daily-20261128T043000Z", "daily-2-20261128T043000Z"]
    work.peer.running.pop(0)
    assert [line.partition(":")[0] for line in work.lines(T + timedelta(days=1), two)] == ["daily", "daily-2"]
    assert work.peer.taken[-1] == "daily-20261129T043000Z"


@pytest.mark.parametrize("stage", ["pending", "running", "finished"])
def test_a_crash_after_the_start_does_not_start_it_twice(work: Clockwork, stage: str) -> None:
    """After it only the older memory remains: Scrapyd itself has the truth."""
    work.tick(T - minutes(5))
    before = work.state.read_bytes()
    work.tick(T)
    work.state.write_bytes(before)
    if stage != "pending":
        work.peer.run()
    if stage == "finished":
        work.peer.end()
    assert work.lines(T + minutes(1)) == ["daily: started before: due 2026-11-28 04:30 UTC, Scrapyd has daily-20261128T043000Z"]
    assert work.lines(T + minutes(2)) == []
    assert len(work.peer.taken) == 1


def test_an_answer_that_is_lost_does_not_start_it_twice(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    work.peer.before = lambda: setattr(work.peer, "is_mute", True)
    told = work.tick(T)
    assert told.lines == ()
    assert "does not answer" in told.problems[0]
    work.peer.is_mute = False
    assert work.lines(T + minutes(1)) == ["daily: started before: due 2026-11-28 04:30 UTC, Scrapyd has daily-20261128T043000Z"]
    assert len(work.peer.taken) == 1


def test_while_scrapyd_is_down_what_is_due_stays_due(work: Clockwork) -> None:
    two = DAILY + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    there, work.scrapyd = work.scrapyd, Scrapyd("http://127.0.0.1:9", PROJECT)
    for later in (0, 60):
        (problem,) = work.tick(T + minutes(later), two).problems
        assert problem.startswith("Scrapyd at http://127.0.0.1:9 does not answer (Connection refused): start it")
    work.scrapyd = there
    assert [line.split(",")[1] for line in work.lines(T + minutes(90), two)] == [" 1 h 30 min late"] * 2


def test_what_scrapyd_refuses_costs_one_entry(work: Clockwork) -> None:
    two = DAILY.replace("hybrid", "tiktok") + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    told = work.tick(T, two)
    assert told.problems == ("daily: Scrapyd: spider 'tiktok' not found: deploy it (scrapyd-deploy), or correct its name; what is due stays due",)
    assert [line.partition(":")[0] for line in told.lines] == ["other"]
    work.peer.spiders.append("tiktok")
    assert "started" in work.lines(T + minutes(1), two)[0]
    work.scrapyd = Scrapyd(work.peer.url, "none")
    (problem,) = work.tick(T + timedelta(days=1), two).problems
    assert problem.startswith("Scrapyd: project 'none' not found: deploy it")


def test_two_ticks_at_once_start_it_once(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: work.tick(T), range(4)))
    assert sum(len(told.lines) for told in found) == 1
    assert len(work.peer.taken) == 1


def test_who_waits_too_long_for_another_command_is_told(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with locked(state), pytest.raises(BusyError, match=r"state\.json\.lock: another command has been at work"), locked(state, 0):
        pass


def test_run_now_starts_no_second_of_a_name(work: Clockwork) -> None:
    schedule = work.read(DAILY + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n')
    daily, other = schedule.entries
    work.tick(T - minutes(5))
    assert run_now(daily, schedule, work.scrapyd, T - minutes(1)) == "daily-20261128T042900Z-now"
    with pytest.raises(BusyError, match="daily: daily-20261128T042900Z-now is pending: nothing was started"):
        run_now(daily, schedule, work.scrapyd, T)
    assert run_now(other, schedule, work.scrapyd, T) == "other-20261128T043000Z-now"
    assert "skipped" in work.lines(T)[0]
    work.peer.run()
    work.peer.end()
    assert run_now(daily, schedule, work.scrapyd, T + minutes(1)).startswith("daily-")


def test_a_clock_that_was_wrong_is_forgotten(work: Clockwork) -> None:
    work.tick(T + timedelta(days=900))
    assert work.lines(T - minutes(5)) == []
    assert "started" in work.lines(T)[0]


def test_the_loop_wakes_for_the_next_start(work: Clockwork) -> None:
    now = T - minutes(5)
    work.tick(now)
    assert next_wake(work.read(DAILY), now) == T
    entry = entry_of('jitter = "10m"')
    assert next_start(entry, remember(entry, None, now)) == start_of(entry, T)
    # a job that could not be started is tried again, but not at once
    assert next_wake(work.read(DAILY), T + minutes(1)) > T + minutes(1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "entries": {"daily": {"times": "x", "handled": null}}}', '{"version": 1'])
def test_a_state_that_is_none_stops_everything(work: Clockwork, text: str) -> None:
    work.state.write_text(text)
    with pytest.raises(UsageError, match=r"state\.json: holds no state of a schedule: remove it"):
        work.tick(T)
    assert work.state.read_text() == text
    assert work.peer.asked == []
