"""The settings of the workers that open media files, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.values import read_choice, read_int

VERIFY = ("ends", "full")


@dataclass(frozen=True, slots=True)
class LibavOptions:
    """How many files are opened at once, and how thoroughly they are verified."""

    verify: str
    """How much of a file is decoded: its ``ends``, or in ``full``."""
    concurrency: int
    """Files that come in at once; more than that are never opened."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "LibavOptions":
        """Read VERIFY and MEDIA_CONCURRENCY; raise UsageError."""
        return cls(
            verify=read_choice("VERIFY", settings["VERIFY"], VERIFY),
            concurrency=read_int("MEDIA_CONCURRENCY", settings["MEDIA_CONCURRENCY"], 1),
        )
