"""The times of a cron expression in a time zone; cronsim knows the rules, daylight-saving changes included."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from itertools import takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from scraper.errors import UsageError
from scraper.text.values import check_all, quote

_FIELDS = "minute hour day month weekday"
_ANY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CronTimes:
    """A cron expression of five fields in a time zone; it yields times in UTC."""

    expression: str
    zone: tzinfo

    @classmethod
    def parse(cls, expression: object, zone: object) -> "CronTimes":
        """Parse *expression* for the time zone *zone*; raise UsageError with one line for each problem."""
        check_all((lambda: _read_zone(zone), lambda: _read_expression(expression)))
        return cls(_read_expression(expression), _read_zone(zone))

    def after(self, start: datetime) -> Iterator[datetime]:
        """Yield the times after *start*, each once, in their order."""
        last = start
        for local in CronSim(self.expression, start.astimezone(self.zone)):
            # in an hour that occurs twice the library may begin with the first of the two
            if (time := local.astimezone(UTC)) > last:
                last = time
                yield time

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the times after *start* up to *end*."""
        return takewhile(lambda time: time <= end, self.after(start))

    @property
    def mark(self) -> str:
        """A fingerprint of these times."""
        return f"{self.expression} {self.zone}"


def _read_expression(expression: object) -> str:
    if not isinstance(expression, str) or len(expression.split()) != 5:
        got = "nothing" if expression is None else quote(expression)
        raise UsageError(f'cron: expected five fields ({_FIELDS}), got {got}: write cron = "30 4 * * *"')
    text = " ".join(expression.split())
    try:
        first = next(CronTimes(text, UTC).after(_ANY), None)
    except CronSimError as error:
        why = str(error).lower()
        raise UsageError(f"cron: {quote(expression)}: {why}: expected {_FIELDS}") from error
    if first is None:
        raise UsageError(f"cron: {quote(expression)} names no time in 50 years: correct day and month")
    return text


def _read_zone(name: object) -> tzinfo:
    try:
        # the library compares by identity with this object
        return UTC if name == "UTC" else ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(str(name), available_timezones(), n=1)
        advice = f"did you mean {near[0]}?" if near else 'write timezone = "Europe/Berlin"'
        raise UsageError(f"timezone: expected a name of the IANA database, got {quote(name)}: {advice}") from None
