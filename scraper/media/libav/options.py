"""The settings of the workers that open media files, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.setting import choice, number

MEDIA_CONCURRENCY = number("MEDIA_CONCURRENCY", 8, "files under way at once", 1)
VERIFY = choice(
    "VERIFY",
    "ends",
    ("ends", "full"),
    "how much of each file is decoded: `ends`: its first and last second (all of it is read in any case), "
    "or `full`: everything, which finds damage in the middle as well",
)


@dataclass(frozen=True, slots=True)
class LibavOptions:
    """The number of files that are open at once, and the thoroughness of their check."""

    verify: str
    """The part of a file that is decoded: its ``ends``, or all of it (``full``)."""
    concurrency: int
    """Files that come in at once; more than that are never opened."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "LibavOptions":
        """Read VERIFY and MEDIA_CONCURRENCY; raise UsageError."""
        return cls(
            verify=VERIFY.read(settings),
            concurrency=MEDIA_CONCURRENCY.read(settings),
        )
