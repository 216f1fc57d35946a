"""The media of an output folder, as a MediaStorage."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from glob import escape
from pathlib import Path

from scraper.errors import disk_error
from scraper.media.storage.archive import Archive
from scraper.media.storage.folder import MediaFolder
from scraper.media.storage.interface import BuiltFile, KnownFile, WantedFile, Workplace, own_path
from scraper.media.storage.options import StorageOptions
from scraper.media.storage.partial import drop_others
from scraper.system.atomic import write_whole
from scraper.system.removal import remove_files
from scraper.text.jsonline import JSON

NAME = "media.db"
_BESIDE = (".json", ".*.part", ".*.part.json")
"""Suffixes of the files beside a media file: its record and its parts."""


class LocalStorage:
    """A MediaStorage below OUTPUT_DIR; threads wait for the disk."""

    def __init__(self, folder: Path, options: StorageOptions | None = None) -> None:
        """Store files in *folder*; do not open or create anything yet."""
        self._folder = folder
        self._options = options or StorageOptions()
        self._archive_path = self._options.archive or folder / NAME
        self._opened: MediaFolder | None = None

    def check(self) -> None:
        """Raise UsageError for an unusable archive; the first crawl creates the archive of a folder."""
        if self._options.archive is not None or self._archive_path.exists():
            Archive(self._archive_path).close()

    async def find(self, key: str) -> KnownFile | None:
        """Return the finished file of *key*; None = it must be fetched."""
        if self._options.force:
            return None
        return await asyncio.to_thread(self._find, self._media, key)

    def _find(self, media: MediaFolder, key: str) -> KnownFile | None:
        file = media.recall(key)
        if file is None:
            return None
        if media.is_here(file):
            drop_others(file.place.with_suffix(""), is_done=True)  # left by a run that fetched it again and was killed
            return KnownFile(file, is_here=True)
        if self._options.refetches and not (media.is_elsewhere(file) and file.is_there):
            return None
        return KnownFile(file, is_here=False)

    @asynccontextmanager
    async def workplace(self, wanted: WantedFile) -> AsyncIterator[Workplace]:
        """Provide a place in the final folder; the names of its parts begin with the final name."""
        name = self._options.template.stem(wanted.post, wanted.medium, wanted.variant, with_quality=wanted.with_quality)
        place = await asyncio.to_thread(self._media.place, name)
        mark = "" if wanted.index is None else f".v{wanted.index}"  # separates the parts of two variants
        stem = place.with_name(f"{place.name}{mark}")
        is_done = False
        try:
            yield Workplace(place.relative_to(self._folder).as_posix(), stem)
            is_done = True
        except OSError as error:
            raise disk_error(error) from error
        finally:
            drop_others(stem, is_done=is_done)

    async def put(self, wanted: WantedFile, built: BuiltFile, name: str, details: Mapping[str, JSON]) -> str:
        """Give *built* its final name and the time of its post, record it in the archive, and return its path."""
        file = self._media.entry(wanted.key, f"{name}{built.ext}", built.bytes, built.sha256, details)
        await asyncio.to_thread(self._media.publish, built.path, file, wanted.post.created_at)
        return file.path

    async def put_text(self, path: str, text: str) -> None:
        """Write *text* to *path*, without a thread: it is small."""
        write_whole(self._folder / path, text)

    async def local(self, path: str) -> Path:
        """Return the absolute path of the file at *path*."""
        return self._folder / path

    def address(self, path: str) -> str:
        """Return the path of the file at *path*, below the folder as the user wrote it."""
        return str(self._folder / path)

    async def list_all(self, paths: Iterable[str]) -> set[str]:
        """Return the existing ones of *paths*, with their sidecars and parts."""
        return await asyncio.to_thread(lambda: {each for path in paths for each in self._list(path)})

    def _list(self, path: str) -> Iterator[str]:
        own = own_path(path)
        if own is None:
            return
        place = self._folder / own
        found = [place]
        if place.parent.is_dir():
            found += [each for end in _BESIDE for each in place.parent.glob(f"{escape(place.stem)}{end}")]
        yield from (each.relative_to(self._folder).as_posix() for each in found if each.exists())

    async def delete(self, paths: Iterable[str]) -> None:
        """Remove the files at *paths*, and folders that become empty."""
        await asyncio.to_thread(remove_files, [self._folder / path for path in paths], self._folder)

    async def forget(self, posts: Iterable[tuple[str, str]]) -> None:
        """Remove *posts* from the archive, if there is one."""
        await asyncio.to_thread(self._forget, posts)

    def _forget(self, posts: Iterable[tuple[str, str]]) -> None:
        if self._archive_path.exists():
            with closing(Archive(self._archive_path)) as archive:
                for platform, post_id in posts:
                    archive.forget_post(platform, post_id)

    def close(self) -> None:
        """Close the archive."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _media(self) -> MediaFolder:
        """The folder; the first post opens it, when the run has exclusive use of it."""
        if self._opened is None:
            self._opened = MediaFolder(self._folder, self._archive_path, self._options)
        return self._opened
