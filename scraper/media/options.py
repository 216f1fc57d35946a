"""The settings of the media step, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.values import read_int, read_size


@dataclass(frozen=True, slots=True)
class MediaOptions:
    """Bounds of the media step."""

    concurrency: int
    maxsize: int
    """Bytes a file may have."""
    idle_timeout: float
    """Seconds without a byte after which a transfer is given up."""
    shutdown_grace: float
    """Seconds that open transfers get when the run is stopped."""
    min_speed: int
    """Bytes a second, over *idle_timeout* seconds, below which a transfer is given up; 0 = any will do."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "MediaOptions":
        """Read MEDIA_… and SHUTDOWN_GRACE; raise UsageError."""
        return cls(
            concurrency=read_int("MEDIA_CONCURRENCY", settings["MEDIA_CONCURRENCY"], 1),
            maxsize=read_size("MEDIA_MAXSIZE", settings["MEDIA_MAXSIZE"], 1),
            idle_timeout=read_int("MEDIA_IDLE_TIMEOUT", settings["MEDIA_IDLE_TIMEOUT"], 1),
            shutdown_grace=read_int("SHUTDOWN_GRACE", settings["SHUTDOWN_GRACE"], 0),
            min_speed=read_size("MEDIA_MIN_SPEED", settings["MEDIA_MIN_SPEED"]),
        )
