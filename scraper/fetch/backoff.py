"""Decide when to send a request again, by the server's own statement or a backoff, and how often."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from scraper.errors import ErrorCode


class RetryCause(StrEnum):
    """Causes to send a request again; any other answer is final."""

    RATE_LIMITED = "rate_limited"
    """429."""
    UNAVAILABLE = "unavailable"
    """503 with a time to wait."""
    SERVER_ERROR = "server_error"
    """Any other 5xx, and 408."""
    TIMEOUT = "timeout"
    NETWORK = "network"

    @property
    def pauses(self) -> bool:
        """Whether the cause concerns all requests to this platform, not only this one."""
        return self in (RetryCause.RATE_LIMITED, RetryCause.UNAVAILABLE)

    @property
    def code(self) -> ErrorCode:
        """The error code of a seed after its last retry."""
        return ErrorCode.RATE_LIMITED if self is RetryCause.RATE_LIMITED else ErrorCode.TIMEOUT


BUDGETS: Mapping[RetryCause, int] = {
    RetryCause.RATE_LIMITED: 3,
    RetryCause.UNAVAILABLE: 3,
    RetryCause.SERVER_ERROR: 3,
    RetryCause.TIMEOUT: 2,
    RetryCause.NETWORK: 3,
}
"""Retries of one request, by cause."""
MAX_PAUSE = 16 * 60.0
"""Longest pause of a platform in seconds: X counts in windows of 15 minutes, and clocks differ."""
MAX_MEDIA_PAUSE = 60.0
"""Longest pause of a media server in seconds: its waiting files occupy places that others could use."""
_MIN_PAUSE = 1.0
_FIRST_PAUSE = 5.0
"""Seconds of the first pause if the server states no time."""
_FIRST_BACKOFF = 1.0
_MAX_BACKOFF = 30.0
_DAY = 86400.0
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)


def find_cause(status: int, wait: float | None) -> RetryCause | None:
    """Return the cause to retry an answer of *status*, None for a final one; *wait* is the result of ``read_wait``."""
    if status == 429:
        return RetryCause.RATE_LIMITED
    if status == 503 and wait is not None:
        return RetryCause.UNAVAILABLE
    return RetryCause.SERVER_ERROR if 500 <= status < 600 or status == 408 else None


def read_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds to wait by ``retry-after``, else by an exhausted x-rate-limit; None = not stated."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), _DAY)
    until = _read_date(text)
    return read_reset(headers, now) if until is None else _until(until, headers, now)


def read_reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until ``x-rate-limit-reset`` if ``x-rate-limit-remaining`` is 0, else None."""
    text = headers.get("x-rate-limit-reset", "").strip()
    if headers.get("x-rate-limit-remaining", "").strip() != "0" or not _SECONDS.fullmatch(text):
        return None
    return _until(float(text), headers, now)


def choose_pause(wait: float | None, retries: int, chance: float) -> float:
    """Return the seconds to pause after *retries*: *wait* or an estimate; *chance* is a random number from 0 to 1."""
    return max(_MIN_PAUSE, wait) if wait is not None else _jitter(_FIRST_PAUSE, retries, chance)


def choose_backoff(retries: int, chance: float) -> float:
    """Return the seconds before retry number *retries* + 1; *chance* is a random number from 0 to 1."""
    return _jitter(_FIRST_BACKOFF, retries, chance)


def _jitter(first: float, retries: int, chance: float) -> float:
    """Return the doubled time, shortened at random by up to a half: simultaneous failures must not retry together."""
    return min(_MAX_BACKOFF, first * 2.0 ** min(retries, 10)) * (1 + chance) / 2


def _until(moment: float, headers: Mapping[str, str], now: float) -> float:
    """Return the seconds from now to *moment*, by the server's own clock if it sends its time."""
    date = _read_date(headers.get("date", ""))
    return min(max(0.0, moment - (now if date is None else date)), _DAY)


def _read_date(text: str) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
