"""The settings of the media step, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.media.libav.options import MEDIA_CONCURRENCY
from scraper.text.setting import number, size

MEDIA_MAXSIZE = size("MEDIA_MAXSIZE", 8 * 1024**3, "bytes a file may have", 1)
MEDIA_IDLE_TIMEOUT = number("MEDIA_IDLE_TIMEOUT", 30, "seconds without a byte after which a transfer ends", 1)
MEDIA_MIN_SPEED = size(
    "MEDIA_MIN_SPEED",
    1024,
    "bytes a second, over `MEDIA_IDLE_TIMEOUT` seconds, below which a transfer ends and another one continues it",
)
SHUTDOWN_GRACE = number("SHUTDOWN_GRACE", 10, "seconds that open transfers have after Ctrl-C")


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
            concurrency=MEDIA_CONCURRENCY.read(settings),
            maxsize=MEDIA_MAXSIZE.read(settings),
            idle_timeout=MEDIA_IDLE_TIMEOUT.read(settings),
            shutdown_grace=SHUTDOWN_GRACE.read(settings),
            min_speed=MEDIA_MIN_SPEED.read(settings),
        )
