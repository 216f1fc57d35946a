"""The media folder as the media step sees it: what of a post is there already, and how a new file gets its place."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from scrapy.crawler import Crawler

from scraper.errors import disk_error
from scraper.media.storage.archive_keys import archived_warning, to_details, to_file
from scraper.media.storage.local import LocalStorage
from scraper.media.storage.options import StorageOptions
from scraper.media.storage.partial import drop_others
from scraper.model.post import File, Media, Post, Probe, Variant


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


class Shelf:
    """Whatever waits for the disk does so in a thread."""

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder
        self._options = StorageOptions.from_settings(crawler.settings)
        self._opened: LocalStorage | None = None

    async def recall(self, post: Post, medium: Media, index: int | None, key: str) -> bool:
        """
        Return whether what *key* names is done already; what is known of it goes into the record.

        *index* is the variant that would be fetched now. Raise MediaError, or SeedError(disk_full).
        """
        entry = None if self._options.force else await asyncio.to_thread(self._store.recall, key)
        if entry is None:
            return False
        if await asyncio.to_thread(self._store.is_here, entry):
            file, warnings = to_file(medium, index, entry.path, entry.bytes, entry.sha256, entry.details)
            medium.files.append(file)
            # of a run that fetched it again (FORCE) and was killed
            await asyncio.to_thread(drop_others, entry.place.with_suffix(""), is_done=True)
            self._crawler.stats.inc_value("media/reused")
        elif self._options.refetches and not (self._store.is_elsewhere(entry) and entry.is_there):
            return False
        else:
            warnings = [archived_warning(medium)]
            self._crawler.stats.inc_value("media/archived")
        post.warn(*warnings)
        return True

    @asynccontextmanager
    async def place(
        self, post: Post, medium: Media, variant: Variant | None, mark: str, *, with_quality: bool
    ) -> AsyncIterator[tuple[Path, Path]]:
        """
        Give the name of a file, still without its extension, and what the names of its parts begin with.

        *mark* keeps the parts of two variants apart. What is left of them is cleared up; raise MediaError, or
        SeedError(disk_full), also for what the disk refuses meanwhile.
        """
        wanted = self._options.template.stem(post, medium, variant, with_quality=with_quality)
        name = await asyncio.to_thread(self._store.place, wanted)
        stem = name.with_name(f"{name.name}{mark}")
        is_done = False
        try:
            yield name, stem
            is_done = True
        except OSError as error:
            raise disk_error(error) from error
        finally:
            drop_others(stem, is_done=is_done)

    async def publish(
        self,
        post: Post,
        medium: Media,
        built: BuiltFile,
        file: File,
        name: Path,
        key: str,
        warnings: Sequence[str] = (),
    ) -> None:
        """Put *built* in its place, as *name*, and *file*, which describes it, into the record with *warnings*."""
        variant = None if file.variant is None else medium.variants[file.variant]
        details = to_details(file, variant, warnings)
        entry = self._store.entry(key, name.with_name(f"{name.name}{built.ext}"), built.bytes, built.sha256, details)
        await asyncio.to_thread(self._store.publish, built.path, entry, post.created_at)
        file.path = entry.path
        medium.files.append(file)
        post.warn(*warnings)

    def close(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _store(self) -> LocalStorage:
        """Opened by the first post, when the run has the folder for itself."""
        if self._opened is None:
            self._opened = LocalStorage(self._folder, self._options)
        return self._opened
