"""Times with an offset."""

from datetime import UTC, datetime


def aware(time: datetime) -> datetime:
    """Return *time* with an offset: UTC if it has none."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def unix_time(time: datetime | None) -> int | None:
    """Return *time* in whole unix seconds."""
    return None if time is None else int(aware(time).timestamp())
