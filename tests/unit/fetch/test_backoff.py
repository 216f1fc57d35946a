"""The time of the next try: headers in, seconds out; no clock, no dice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import ErrorCode
from scraper.fetch.backoff import BUDGETS, RetryCause, choose_backoff, choose_pause, find_cause, read_reset, read_wait

NOW = 1_790_000_000.0
"""Mon, 21 Sep 2026 14:13:20 GMT."""
DAY = 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("999999999999", DAY),
        ("Mon, 21 Sep 2026 14:13:50 GMT", 30),
        ("Mon, 21 Sep 2026 16:13:50 +0200", 30),
        ("Mon, 21 Sep 2026 14:13:50 -0000", 30),
        ("Monday, 21-Sep-26 14:13:50 GMT", 30),
        ("Mon, 21 Sep 2026 14:00:00 GMT", 0),
        ("Mon, 21 Sep 2099 14:00:00 GMT", DAY),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1e9", None),
        ("inf", None),
        ("١٢", None),
        ("Mon, 99 Sep 2026 14:13:50 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert read_wait({"retry-after": text}, NOW) == seconds


def test_a_date_counts_by_the_server_s_own_clock() -> None:
    headers = {"retry-after": "Mon, 21 Sep 2026 15:00:30 GMT", "date": "Mon, 21 Sep 2026 15:00:00 GMT"}
    assert read_wait(headers, NOW) == 30
    assert read_wait({**headers, "date": "?"}, NOW) == 2830


@pytest.mark.parametrize(
    ("remaining", "reset", "seconds"),
    [
        ("0", str(int(NOW) + 900), 900),
        ("0", str(int(NOW) - 5), 0),
        ("1", str(int(NOW) + 900), None),
        ("", str(int(NOW) + 900), None),
        ("0", "", None),
        ("0", "later", None),
    ],
)
def test_x_rate_limit_reset(remaining: str, reset: str, seconds: float | None) -> None:
    headers = {"x-rate-limit-remaining": remaining, "x-rate-limit-reset": reset}
    assert read_reset(headers, NOW) == seconds
    assert read_wait(headers, NOW) == seconds
    assert read_wait({**headers, "retry-after": "7"}, NOW) == 7


@given(st.text(), st.text(), st.text(), st.sampled_from(["0", "1", ""]))
def test_whatever_a_server_writes(after: str, reset: str, date: str, remaining: str) -> None:
    headers = {"retry-after": after, "x-rate-limit-reset": reset, "x-rate-limit-remaining": remaining, "date": date}
    told = read_wait(headers, NOW)
    assert told is None or 0 <= told <= DAY


@pytest.mark.parametrize("offset", ["+9999", "-9999", "+99999999999999999999", "GMT GMT", "\x00"])
def test_a_date_with_an_odd_zone(offset: str) -> None:
    told = read_wait({"retry-after": f"Mon, 21 Sep 2026 14:13:50 {offset}"}, NOW)
    assert told is None or 0 <= told <= DAY


@pytest.mark.parametrize(
    ("status", "told", "cause"),
    [
        (429, None, RetryCause.RATE_LIMITED),
        (429, 3.0, RetryCause.RATE_LIMITED),
        (503, 3.0, RetryCause.UNAVAILABLE),
        (503, None, RetryCause.SERVER_ERROR),
        (500, 3.0, RetryCause.SERVER_ERROR),
        (524, None, RetryCause.SERVER_ERROR),
        (408, None, RetryCause.SERVER_ERROR),
        *((status, 3.0, None) for status in (200, 206, 301, 400, 401, 403, 404, 410, 412, 451)),
    ],
)
def test_cause_of_a_status(status: int, told: float | None, cause: RetryCause | None) -> None:
    assert find_cause(status, told) == cause


def test_a_pause_is_as_told_but_never_none() -> None:
    assert choose_pause(120, retries=2, chance=0.5) == 120
    assert choose_pause(0, retries=0, chance=0) == 1
    assert [choose_pause(None, retries, 1) for retries in range(4)] == [5, 10, 20, 30]


def test_backoff_doubles_is_spread_and_ends() -> None:
    assert [choose_backoff(retries, 1) for retries in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert [choose_backoff(retries, 0) for retries in range(3)] == [0.5, 1, 2]
    assert choose_backoff(10_000, 1) == 30


def test_every_cause_has_a_budget_and_a_code() -> None:
    assert set(BUDGETS) == set(RetryCause)
    assert {cause.code for cause in RetryCause} == {ErrorCode.RATE_LIMITED, ErrorCode.TIMEOUT}
