"""What is due when, also where clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.scheduling.cron import CronTimes
from scraper.scheduling.due import job_id, manual_id, name_of, start_of
from tests.support.schedules import T, entry_of, minutes

BERLIN = ZoneInfo("Europe/Berlin")


def times(expression: str, start: datetime, count: int) -> list[str]:
    found = islice(CronTimes.parse(expression, "Europe/Berlin").after(start), count)
    return [f"{time.astimezone(BERLIN):%d %H:%M %Z}" for time in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 02:00 to 03:00 does not exist on the 29th: entries with fixed times there start once, at its end
        ("30 2 * * *", ["29 03:00 CEST", "30 02:30 CEST"]),
        ("0,30 2 * * *", ["29 03:00 CEST", "30 02:00 CEST", "30 02:30 CEST"]),
        # fields with steps or stars start at the times that exist
        ("*/30 2 * * *", ["30 02:00 CEST", "30 02:30 CEST"]),
        ("30 * * * *", ["29 00:30 CET", "29 01:30 CET", "29 03:30 CEST"]),
    ],
)
def test_an_hour_that_does_not_exist(expression: str, expected: list[str]) -> None:
    assert times(expression, datetime(2026, 3, 29, tzinfo=BERLIN), len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 02:00 to 03:00 comes twice on the 25th: entries with fixed times start in the first of them
        ("30 2 * * *", ["25 02:30 CEST", "26 02:30 CET"]),
        ("0,30 2 * * *", ["25 02:00 CEST", "25 02:30 CEST", "26 02:00 CET"]),
        ("15 2,3 * * *", ["25 02:15 CEST", "25 03:15 CET", "26 02:15 CET"]),
        # fields with steps or stars start in both
        ("*/30 2 * * *", ["25 02:00 CEST", "25 02:30 CEST", "25 02:00 CET", "25 02:30 CET", "26 02:00 CET"]),
        ("30 */1 * * *", ["25 00:30 CEST", "25 01:30 CEST", "25 02:30 CEST", "25 02:30 CET", "25 03:30 CET"]),
    ],
)
def test_an_hour_that_comes_twice(expression: str, expected: list[str]) -> None:
    assert times(expression, datetime(2026, 10, 25, tzinfo=BERLIN), len(expected)) == expected


def test_what_began_in_the_second_of_the_two_hours_does_not_go_back() -> None:
    second = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)
    assert times("30 2 * * *", second, 1) == ["26 02:30 CET"]


@settings(max_examples=40)
@given(
    st.sampled_from(("30 2 * * *", "0,30 2 * * *", "*/30 2 * * *", "59 1-3 * * *", "7 * * * *", "0 0 * * SUN")),
    st.sampled_from(("Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "UTC")),
    st.sampled_from((datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1), datetime(2026, 4, 4, 15), datetime(2026, 11, 1, 5))),
    st.integers(0, 12 * 3600),
    st.integers(0, 12 * 3600),
)
def test_the_times_are_the_same_wherever_one_begins(expression: str, zone: str, change: datetime, before: int, later: int) -> None:
    """A tick an hour later, across a change of the clock, sees the same as the one before it."""
    all_times, change = CronTimes.parse(expression, zone), change.replace(tzinfo=UTC)
    start, end = change - timedelta(seconds=before), change + timedelta(days=2)
    middle = start + timedelta(seconds=later)
    found = list(all_times.between(start, end))
    assert all(first < second for first, second in pairwise(found))
    assert [time for time in found if time > middle] == list(all_times.between(middle, end))


def test_jitter_is_the_same_for_whoever_asks() -> None:
    entry = entry_of('jitter = "10m"')
    starts = [start_of(entry, T + timedelta(days=day)) - (T + timedelta(days=day)) for day in range(50)]
    assert len(set(starts)) > 40
    assert all(timedelta(0) <= start <= minutes(10) for start in starts)
    assert start_of(entry_of('jitter = "10m"'), T) == T + starts[0]
    assert start_of(entry_of(), T) == T


def test_a_job_s_id_says_whose_it_is() -> None:
    name = "a-20261128t043000z"
    assert job_id(name, T) == "a-20261128t043000z-20261128T043000Z"
    assert name_of(job_id(name, T)) == name_of(manual_id(name, T)) == name
    assert [name_of(job) for job in ("6487ec79947edab326d6db28a2d86511", "", "-20261128T043000Z", "A-20261128T043000Z")] == [None] * 4
