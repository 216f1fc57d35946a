"""A LocalStorage by itself: files are stored, found, read, listed, removed; nothing is created before the first post."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from scraper.errors import MediaCause, MediaError
from scraper.media.storage.interface import BuiltFile, MediaStorage, WantedFile, own_path
from scraper.media.storage.local import LocalStorage
from scraper.media.storage.options import StorageOptions
from scraper.media.storage.sidecar import write_sidecar
from scraper.model.post import Author, File, Kind, Media, Post, Role, Variant

BODY = b"test"
DETAILS = {"reason": "1. best"}
PATH = "media/tiktok/a/tiktok_1_1.mp4"


def new_wanted() -> WantedFile:
    medium = Media(index=1, role=Role.VIDEO, variants=[Variant(url="https://v/1", watermark=False)])
    post = Post(
        platform="tiktok", id="1", kind=Kind.VIDEO, url="https://t/1", author=Author(handle="a"), media=[medium]
    )
    return WantedFile(post=post, medium=medium, index=0, key="tiktok/1/video/1/clean")


async def keep(storage: MediaStorage, wanted: WantedFile, body: bytes = BODY) -> str:
    """Build a file of *body* and keep it; return its path."""
    async with storage.workplace(wanted) as place:
        part = place.stem.with_name(f"{place.stem.name}.0.part")
        part.write_bytes(body)
        built = BuiltFile(
            path=part, ext=".mp4", bytes=len(body), sha256=hashlib.sha256(body).hexdigest(), probe=None
        )
        return await storage.put(wanted, built, place.name, DETAILS)


def run(folder: Path, use: Callable[[LocalStorage], Awaitable[None]], options: StorageOptions | None = None) -> None:
    storage = LocalStorage(folder, options)

    async def work() -> None:
        await use(storage)

    try:
        asyncio.run(work())
    finally:
        storage.close()


def test_what_is_kept_is_found_and_read(tmp_path: Path) -> None:
    async def use(storage: LocalStorage) -> None:
        wanted = new_wanted()
        assert await storage.find(wanted.key) is None
        assert await keep(storage, wanted) == PATH
        known = await storage.find(wanted.key)
        assert known is not None
        assert (known.is_here, known.file.path, known.file.details) == (True, PATH, DETAILS)
        assert (await storage.local(PATH)).read_bytes() == BODY
        assert storage.address(PATH) == str(tmp_path / PATH)
        assert [path.name for path in (tmp_path / PATH).parent.iterdir()] == [Path(PATH).name]

    run(tmp_path, use)


def test_nothing_is_opened_or_made_by_looking(tmp_path: Path) -> None:
    async def use(storage: LocalStorage) -> None:
        storage.check()
        assert await storage.list_all([PATH, "/etc/passwd", "media/../../x"]) == set()
        await storage.forget([("tiktok", "1")])
        await storage.delete([])

    run(tmp_path, use)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("refetches", "force", "is_here"),
    [(True, False, None), (False, False, False), (False, True, None)],
    ids=["fetched again", "archived", "FORCE"],
)
def test_a_file_that_is_gone_is_fetched_again_or_left_out(
    tmp_path: Path, refetches: bool, force: bool, is_here: bool | None
) -> None:
    async def use(storage: LocalStorage) -> None:
        await keep(storage, new_wanted())
        (tmp_path / PATH).unlink()
        known = await storage.find(new_wanted().key)
        assert (None if known is None else known.is_here) is is_here

    run(tmp_path, use, StorageOptions(refetches=refetches, force=force))


def test_parts_that_can_be_continued_outlive_a_failure(tmp_path: Path) -> None:
    async def use(storage: LocalStorage) -> None:
        with suppress(MediaError):
            async with storage.workplace(new_wanted()) as place:
                for name in ("0.part", "0.part.json", "1.part"):
                    place.stem.with_name(f"{place.stem.name}.{name}").write_bytes(BODY)
                raise MediaError(MediaCause.TIMEOUT, "no byte")
        left = {path.name for path in place.stem.parent.iterdir()}
        assert left == {f"{place.stem.name}.{name}" for name in ("0.part", "0.part.json")}
        await keep(storage, new_wanted())
        assert [path.name for path in place.stem.parent.iterdir()] == [Path(PATH).name]

    run(tmp_path, use)


def test_a_full_disk_in_a_workplace_is_a_cause(tmp_path: Path) -> None:
    async def use(storage: LocalStorage) -> None:
        with pytest.raises(MediaError, match="cannot be written"):
            async with storage.workplace(new_wanted()):
                raise PermissionError(13, os.strerror(13))

    run(tmp_path, use)


def test_all_of_a_file_is_listed_and_removed_with_its_folder(tmp_path: Path) -> None:
    async def use(storage: LocalStorage) -> None:
        wanted = new_wanted()
        await keep(storage, wanted)
        file = File(variant=0, path=PATH, bytes=4, sha256="")
        await write_sidecar(storage, replace(wanted.post, media=[replace(wanted.medium, files=[file])]), {"id": "1"})
        await write_sidecar(storage, wanted.post, {"id": "1"})  # without a file it has no path
        sidecar, part = PATH.replace(".mp4", ".json"), PATH.replace(".mp4", ".v0.0.part")
        (tmp_path / part).write_bytes(b"")
        assert await storage.list_all([PATH, "media/none.mp4"]) == {PATH, sidecar, part}
        await storage.forget([("tiktok", "1")])
        assert await storage.find(wanted.key) is None
        await storage.delete([PATH, sidecar, part])
        assert not (tmp_path / PATH).parent.exists()

    run(tmp_path, use)


@pytest.mark.parametrize(
    ("path", "own"), [(PATH, PATH), ("../up.mp4", None), ("media/../../a", None), ("/etc/passwd", None)]
)
def test_a_record_may_name_anything(path: str, own: str | None) -> None:
    found = own_path(path)
    assert (None if found is None else str(found)) == own
