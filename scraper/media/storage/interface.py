"""Where media files are kept, as its users see it: here a folder of this machine, in an object store one day."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from scraper.media.storage.archive import ArchivedFile
from scraper.model.post import Media, Post, Probe, Variant
from scraper.text.jsonline import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """A file that is asked for: of a variant of a medium, or made of the other media of the post."""

    post: Post
    medium: Media
    index: int | None
    """Position in the medium's *variants*; None = made here."""
    key: str
    """Names what is asked for, in later answers too (archive_keys.py)."""
    with_quality: bool = False
    """Whether its name holds the quality, as every variant is wanted."""

    @property
    def variant(self) -> Variant | None:
        """The variant at *index*."""
        return None if self.index is None else self.medium.variants[self.index]


@dataclass(frozen=True, slots=True)
class Workplace:
    """A local place to build a file in."""

    name: str
    """Of the finished file in the storage, without its extension."""
    stem: Path
    """What its parts begin with: they are named ``<stem>.….part``."""


@dataclass(slots=True, kw_only=True)
class BuiltFile:
    """A verified file that has no name yet."""

    path: Path
    ext: str
    bytes: int
    sha256: str
    probe: Probe | None
    sound: int | None = None
    """Position of its sound among the variants of the medium that joins."""
    warnings: tuple[str, ...] = ()
    """What is worse in it than what the post offers."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that need not be fetched."""

    file: ArchivedFile
    is_here: bool
    """Whether it lies in this storage, whole; false = done elsewhere, or gone and not to be fetched again."""


class MediaStorage(Protocol):
    """
    Keeps finished files by *path*, the ``path`` of a record: relative, with ``/``.

    Whatever fails raises MediaError, or SeedError(disk_full), unless a method says otherwise. What waits for a disk or
    a network does not hold up the event loop.
    """

    async def find(self, key: str) -> KnownFile | None:
        """Return what is done under *key*; None = it is to be fetched."""
        ...

    def workplace(self, wanted: WantedFile) -> AbstractAsyncContextManager[Workplace]:
        """
        Give a place to build *wanted* in, with enough free space.

        Left without an error it is cleared; otherwise the parts that the next run can continue stay.
        """
        ...

    async def put(self, wanted: WantedFile, built: BuiltFile, name: str, details: Mapping[str, JSON]) -> str:
        """Keep *built* as *name* with its extension, *details* with its key; return its path."""
        ...

    async def put_text(self, path: str, text: str) -> None:
        """Keep a small text at *path*; raise OSError."""
        ...

    async def local(self, path: str) -> Path:
        """Return a file of this machine from which the one at *path* can be read."""
        ...

    def address(self, path: str) -> str:
        """Return where a person finds the file at *path*."""
        ...

    async def list_all(self, paths: Iterable[str]) -> set[str]:
        """Return those of *paths* that exist, with what lies beside them under their names; raise OSError."""
        ...

    async def delete(self, paths: Iterable[str]) -> None:
        """Remove the files at *paths*, and folders that become empty; raise OSError."""
        ...

    async def forget(self, posts: Iterable[tuple[str, str]]) -> None:
        """Remove what is known of done files of *posts*, by platform and id; raise OSError or UsageError."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


def own_path(path: str) -> PurePosixPath | None:
    """Return the *path* of a record as one below its storage; None where it leads out: a file may say anything."""
    found = PurePosixPath(path)
    return None if found.is_absolute() or ".." in found.parts else found
