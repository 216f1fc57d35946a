"""Readers of X's own forms of times, texts and ids."""

import re
from datetime import UTC, datetime, timedelta

from scraper.posts.fields import OddValueError, read_id, read_time
from scraper.text.unicode import clean_text

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_WORDED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) \+0000 (\d{4})", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_ESCAPED = re.compile("&(amp|lt|gt);")
_PLAIN = {"amp": "&", "lt": "<", "gt": ">"}
_EPOCH = datetime.fromtimestamp(1_288_834_974_657 / 1000, UTC)
_FIRST_TIMED = 29_700_859_247  # smaller ids were counted, not derived from the time
_LAST_TIMED = 2**63


def read_date(value: object) -> datetime | None:
    """Return the time of ``Wed Oct 10 20:19:24 +0000 2018``, of ISO 8601, or of unix seconds."""
    if not isinstance(value, str) or value.isdecimal():
        return read_time(value)
    try:
        if (found := _WORDED.fullmatch(value)) is not None:
            day, hour, minute, second, year = map(int, found.group(2, 3, 4, 5, 6))
            return datetime(year, _MONTHS.index(found[1]) // 3 + 1, day, hour, minute, second, tzinfo=UTC)
        if _ISO.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise OddValueError("time")


def time_of(post_id: str) -> datetime | None:
    """Return the time of the post *post_id*, to the millisecond; None for posts before November 2010."""
    number = int(post_id)
    if not _FIRST_TIMED <= number < _LAST_TIMED:
        return None
    return _EPOCH + timedelta(milliseconds=number >> 22)


def read_written(value: object) -> str | None:
    """Return a text unescaped: X escapes only ``&``, ``<`` and ``>``."""
    if not isinstance(value, str):
        raise OddValueError("str")
    return _ESCAPED.sub(lambda found: _PLAIN[found[1]], clean_text(value)) or None


def read_exact_id(value: object) -> str | None:
    """Return an id written as text; as a number it may have lost its last digits."""
    if not isinstance(value, str):
        raise OddValueError("digits in a string")
    return read_id(value)
