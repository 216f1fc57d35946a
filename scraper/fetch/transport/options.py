"""The settings of transfers, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.setting import size

LIMIT_RATE = size("LIMIT_RATE", 0, "bytes a second that all media transfers share; `0` = no limit")


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """Bounds of all that is streamed to disk."""

    limit_rate: int
    """Bytes a second that all transfers share; 0 = as fast as they come."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "TransportOptions":
        """Read LIMIT_RATE; raise UsageError."""
        return cls(limit_rate=LIMIT_RATE.read(settings))
