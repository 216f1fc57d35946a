"""The settings of where media are kept, read once and checked."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scrapy.settings import BaseSettings

from scraper.media.storage.names import DEFAULT, NameTemplate
from scraper.text.setting import choice, folder, path, size, switch, text

OUTPUT_DIR = folder("OUTPUT_DIR", "out", "the folder where everything goes")
MIN_FREE = size("MIN_FREE", 256 * 1024**2, "bytes that must stay free on the disk")
NAME_TEMPLATE = text(
    "NAME_TEMPLATE",
    DEFAULT,
    "template",
    "the name of a file below `media/`, without its extension ([the fields](operations.md#names-and-places))",
)
ARCHIVE = path(
    "ARCHIVE",
    "a file that records, over output folders, which media are done: they are not fetched again "
    "([more](operations.md#what-is-done-is-not-fetched-again))",
)
MISSING = choice(
    "MISSING",
    "skip",
    ("skip", "refetch"),
    "with `ARCHIVE`: `skip` a medium that is done although its file is gone, or `refetch` it",
)
FORCE = switch("FORCE", False, "`1` fetches every file again, even one that is there and whole")


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """Names of files, and what is done with those that are there."""

    min_free: int = 0
    """Bytes that must stay free on the disk."""
    template: NameTemplate = field(default_factory=partial(NameTemplate, DEFAULT))
    archive: Path | None = None
    """A record of the media that are done, over output folders; None = each folder has its own."""
    refetches: bool = True
    """Whether a medium that is done is fetched again where its file is gone."""
    force: bool = False
    """Whether it is in any case."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "StorageOptions":
        """Read MIN_FREE, NAME_TEMPLATE, ARCHIVE, MISSING and FORCE; raise UsageError."""
        archive, missing = ARCHIVE.read(settings), MISSING.read(settings)
        return cls(
            min_free=MIN_FREE.read(settings),
            template=NameTemplate(NAME_TEMPLATE.read(settings)),
            archive=archive,
            refetches=archive is None or missing == "refetch",
            force=FORCE.read(settings),
        )
