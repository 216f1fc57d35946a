"""The settings of where media are kept, read once and checked."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scrapy.settings import BaseSettings

from scraper.media.storage.names import DEFAULT, NameTemplate
from scraper.text.values import read_bool, read_choice, read_size

MISSING = ("skip", "refetch")


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """Names of files, and what is done with those that are there."""

    min_free: int = 0
    """Bytes that must stay free on the disk."""
    template: NameTemplate = field(default_factory=partial(NameTemplate, DEFAULT))
    archive: Path | None = None
    """Which media are done, over output folders; None = each folder knows of its own."""
    refetches: bool = True
    """Whether a medium that is done is fetched again where its file is gone."""
    force: bool = False
    """Whether it is in any case."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "StorageOptions":
        """Read MIN_FREE, NAME_TEMPLATE, ARCHIVE, MISSING and FORCE; raise UsageError."""
        archive = Path(settings["ARCHIVE"]).expanduser() if settings.get("ARCHIVE") else None
        return cls(
            min_free=read_size("MIN_FREE", settings["MIN_FREE"]),
            template=NameTemplate(settings["NAME_TEMPLATE"]),
            archive=archive,
            refetches=archive is None or read_choice("MISSING", settings["MISSING"], MISSING) == "refetch",
            force=read_bool("FORCE", settings["FORCE"]),
        )
