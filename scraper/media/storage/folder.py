"""Media in a folder of this machine: paths, names, one copy of each content, and the archive."""

import hashlib
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from scraper.errors import ErrorCode, MediaCause, MediaError, SeedError, disk_error
from scraper.media.storage.archive import Archive, ArchivedFile
from scraper.media.storage.options import StorageOptions
from scraper.text.times import aware

_FOLDERS = 64
"""Folders whose file names are cached."""
_MARK = 6


class MediaFolder:
    """The media folder and its archive. Every method blocks, and may be called from any thread."""

    def __init__(self, folder: Path, archive: Path, options: StorageOptions) -> None:
        """Open *folder*, to which no other crawl writes; raise UsageError or OSError if *archive* fails."""
        self._folder = folder
        self._root = str(folder.resolve())
        self._archive = Archive(archive)
        self._min_free = options.min_free
        self._names = OrderedDict[Path, dict[str, str]]()
        self._lock = threading.Lock()
        if options.archive is None:
            self._archive.move(self._root)
        self._archive.repair(self._root)

    def place(self, stem: str) -> Path:
        """
        Return the path of a file named *stem*, without its extension, and create its folder.

        A name that differs from another only by case gets a mark, as some systems treat the two as one. Raise
        MediaError for a folder that cannot be created, or leads out of ours; SeedError(disk_full).
        """
        wanted = self._folder / stem
        try:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(wanted.parent).free
            with self._lock:
                name = self._take(wanted)
        except OSError as error:
            raise disk_error(error, "its folder cannot be created") from error
        if not wanted.parent.resolve().is_relative_to(self._root):
            raise MediaError(MediaCause.TRUNCATED, "a link leads out of the output folder", is_final=True)
        if free < self._min_free:
            raise SeedError(ErrorCode.DISK_FULL)
        return wanted.with_name(name)

    def recall(self, key: str) -> ArchivedFile | None:
        """Return the finished file of *key*; raise MediaError if the archive cannot be read."""
        try:
            return self._archive.find(key)
        except OSError as error:
            raise disk_error(error) from error

    def is_here(self, entry: ArchivedFile) -> bool:
        """Whether the file of *entry* is in this folder, whole."""
        return entry.folder == self._root and entry.is_whole

    def is_elsewhere(self, entry: ArchivedFile) -> bool:
        """Whether the file of *entry* was stored in another folder."""
        return entry.folder != self._root

    def publish(self, part: Path, entry: ArchivedFile, made: datetime | None) -> None:
        """
        Give *part*, the file of *entry*, its final name; raise MediaError, or SeedError(disk_full).

        Its times become *made*. If the folder already has the same content, both names become links to one file.
        """
        try:
            if made is not None:
                with suppress(OSError, OverflowError, ValueError):  # a time that the file system cannot store
                    stamp = aware(made).timestamp()
                    os.utime(part, (stamp, stamp))
            self._archive.begin(entry)
            self._link(part, entry)
            part.replace(entry.place)
            self._archive.finish(entry.key)
        except OSError as error:
            raise disk_error(error) from error

    def entry(self, key: str, path: str, size: int, sha256: str, details: Mapping[str, object]) -> ArchivedFile:
        """Return the archive's entry for the file at *path*, below this folder."""
        return ArchivedFile(key=key, folder=self._root, path=path, bytes=size, sha256=sha256, details=details)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()

    def _take(self, wanted: Path) -> str:
        """Return the name of *wanted*, with a mark if another file's name differs from it only by case."""
        folder = wanted.parent
        names = self._names.pop(folder, None)
        if names is None:
            names = {}
            for entry in os.scandir(folder):
                if not entry.name.endswith((".part", ".part.json")):
                    name = Path(entry.name).stem
                    names.setdefault(name.casefold(), name)
        self._names[folder] = names
        if len(self._names) > _FOLDERS:
            self._names.popitem(last=False)
        name = wanted.name
        if names.setdefault(name.casefold(), name) != name:
            name = f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:_MARK]}"
            names.setdefault(name.casefold(), name)
        return name

    def _link(self, part: Path, entry: ArchivedFile) -> None:
        """Replace *part* by a link to a file with the same content, if there is one."""
        for other in self._archive.find_same(entry.sha256, self._root):
            if other.path != entry.path and self.is_here(other):
                link = part.with_name(f"{part.name}.link.part")
                with suppress(OSError):  # not every file system has links
                    link.unlink(missing_ok=True)
                    os.link(other.place, link)
                    link.replace(part)
                return
