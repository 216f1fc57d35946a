"""The interface of media storage: here a folder of this machine, perhaps an object store one day."""

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
    """A wanted file: of a variant of a medium, or made from other media of the post."""

    post: Post
    medium: Media
    index: int | None
    """Position in the medium's *variants*; None = made here."""
    key: str
    """Identifies the wanted file, also in later answers (archive_keys.py)."""
    with_quality: bool = False
    """Whether its name contains the quality, because every variant is wanted."""

    @property
    def variant(self) -> Variant | None:
        """The variant at *index*."""
        return None if self.index is None else self.medium.variants[self.index]


@dataclass(frozen=True, slots=True)
class Workplace:
    """A local place to build a file in."""

    name: str
    """Name of the finished file in the storage, without its extension."""
    stem: Path
    """Prefix of the parts, which are named ``<stem>.….part``."""


@dataclass(slots=True, kw_only=True)
class BuiltFile:
    """A verified file without its final name."""

    path: Path
    ext: str
    bytes: int
    sha256: str
    probe: Probe | None
    sound: int | None = None
    """Position of its sound among the variants of the medium that joins."""
    warnings: tuple[str, ...] = ()
    """Warnings if it is worse than the post's offer."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that need not be fetched."""

    file: ArchivedFile
    is_here: bool
    """Whether it is in this storage, whole; false = fetched elsewhere, or gone and not to be fetched again."""


class MediaStorage(Protocol):
    """
    Stores finished files by *path*, the ``path`` of a record: relative, with ``/``.

    Failures raise MediaError, or SeedError(disk_full), unless a method says otherwise. Waiting for a disk or a network
    must not block the event loop.
    """

    async def find(self, key: str) -> KnownFile | None:
        """Return the finished file of *key*; None = it must be fetched."""
        ...

    def workplace(self, wanted: WantedFile) -> AbstractAsyncContextManager[Workplace]:
        """
        Provide a place to build *wanted* in, with enough free space.

        At the end it is cleared; after an error the parts that the next run can continue remain.
        """
        ...

    async def put(self, wanted: WantedFile, built: BuiltFile, name: str, details: Mapping[str, JSON]) -> str:
        """Store *built* as *name* with its extension, and *details* with its key; return its path."""
        ...

    async def put_text(self, path: str, text: str) -> None:
        """Store a small text at *path*; raise OSError."""
        ...

    async def local(self, path: str) -> Path:
        """Return a local file with the content of the one at *path*."""
        ...

    def address(self, path: str) -> str:
        """Return the location of the file at *path* for people."""
        ...

    async def list_all(self, paths: Iterable[str]) -> set[str]:
        """Return the existing ones of *paths*, and the files beside them with their names; raise OSError."""
        ...

    async def delete(self, paths: Iterable[str]) -> None:
        """Remove the files at *paths*, and folders that become empty; raise OSError."""
        ...

    async def forget(self, posts: Iterable[tuple[str, str]]) -> None:
        """Forget the finished files of *posts*, given by platform and id; raise OSError or UsageError."""
        ...

    def close(self) -> None:
        """Close the storage."""
        ...


def own_path(path: str) -> PurePosixPath | None:
    """Return the *path* of a record as one below its storage; None if it leads out, as a damaged record may."""
    found = PurePosixPath(path)
    return None if found.is_absolute() or ".." in found.parts else found
