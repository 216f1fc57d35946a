"""Files are opened in workers: a hostile file costs no more than itself."""

import asyncio
import os
import signal
import struct
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from scrapy.utils.test import get_crawler

from scraper import settings
from scraper.errors import MediaError
from scraper.media.libav import pool as pool_module
from scraper.media.libav.options import LibavOptions
from scraper.media.libav.pool import LibavPool
from scraper.media.libav.probe import probe
from tests.support.lab_files import lab_file

T = TypeVar("T")


def with_pool(use: Callable[[LibavPool], Awaitable[T]], **given: str) -> tuple[T, dict[str, Any]]:
    """Return the result of *use*, and the stats."""
    names = [name for name in vars(settings) if name.isupper()]
    crawler = get_crawler(settings_dict={name: getattr(settings, name) for name in names} | given)

    async def run() -> T:
        pool = LibavPool(LibavOptions.from_settings(crawler.settings), crawler.stats)
        try:
            return await use(pool)
        finally:
            await pool.close()

    return asyncio.run(run()), crawler.stats.get_stats()


def children() -> list[int]:
    """Return the workers that this process has."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"PPid:\t{os.getpid()}\n" in (path / "status").read_text()
            if is_ours and b"scraper.media.libav.worker" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


async def kill_workers(times: int) -> None:
    """Let that many workers crash, as a hostile file makes one crash."""
    while times:
        if found := children():
            os.kill(found[0], signal.SIGSEGV)
            times -= 1
        await asyncio.sleep(0.2)


def blocked(folder: Path) -> Path:
    """Return a file on which libav waits forever."""
    path = folder / "pipe.mp4"
    os.mkfifo(path)
    return path


def test_a_worker_is_used_again_and_ends_with_the_crawl(tmp_path: Path) -> None:
    async def use(pool: LibavPool) -> int:
        file = lab_file("tiny.mp4")
        for _ in range(3):
            assert await pool.probe(file, 1) == probe(file)
        (tmp_path / "junk").write_bytes(b"junk" * 100)
        with pytest.raises(MediaError, match="not_media: libav cannot read it: InvalidDataError"):
            await pool.probe(tmp_path / "junk", 400)
        (worker,) = children()
        return worker

    worker, _ = with_pool(use)
    assert not Path(f"/proc/{worker}").exists()


def test_a_file_that_crashes_libav_is_no_media_and_the_next_one_is_read(tmp_path: Path) -> None:
    async def use(pool: LibavPool) -> str:
        crash = asyncio.ensure_future(kill_workers(2))
        with pytest.raises(MediaError) as caught:
            await pool.probe(blocked(tmp_path), 1)
        await crash
        await pool.probe(lab_file("tiny.mp4"), 1)
        return str(caught.value)

    error, stats = with_pool(use)
    assert error == "not_media: libav crashes on the attempt to probe it"
    assert stats["media/worker_died"] == 2


def test_a_worker_that_dies_of_something_else_costs_nothing(tmp_path: Path) -> None:
    """The file is given to a second one, which here can read it."""
    path = blocked(tmp_path)

    async def crash_once() -> None:
        while not children():
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # it waits for the pipe now
        path.unlink()
        path.write_bytes(lab_file("tiny.mp4").read_bytes())
        await kill_workers(1)

    async def use(pool: LibavPool) -> None:
        crash = asyncio.ensure_future(crash_once())
        assert (await pool.probe(path, 1)).codec == "h264"
        await crash

    with_pool(use)


def test_a_file_that_takes_for_ever_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "_LEAST", 1.0)

    async def use(pool: LibavPool) -> None:
        with pytest.raises(MediaError, match="not_media: libav needs more than 1 s to probe it"):
            await pool.probe(blocked(tmp_path), 1)
        assert not children()
        monkeypatch.setattr(pool_module, "_LEAST", 60.0)  # a new worker starts in more than a second where others are busy
        await pool.probe(lab_file("tiny.mp4"), 1)

    _, stats = with_pool(use)
    assert stats["media/worker_stopped"] == 1


def test_who_gives_up_waiting_leaves_no_worker_behind(tmp_path: Path) -> None:
    async def use(pool: LibavPool) -> None:
        waiting = asyncio.ensure_future(pool.probe(blocked(tmp_path), 1))
        while not children():
            await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not children()

    with_pool(use)


def test_a_picture_of_a_size_beyond_all_memory_is_no_media(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 40_000, 40_000, 16, 6, 0, 0, 0)
    rows = zlib.compress(bytes(8 * 40_000 + 1) * 100)
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))

    async def use(pool: LibavPool) -> None:
        with pytest.raises(MediaError, match="not_media"):
            await pool.probe(bomb, 1)

    with_pool(use)


def test_a_worker_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPER_PROXY", "http://user:hunter2@127.0.0.1:1")

    async def use(pool: LibavPool) -> bytes:
        await pool.probe(lab_file("tiny.mp4"), 1)
        return Path(f"/proc/{children()[0]}/environ").read_bytes()

    environment, _ = with_pool(use)
    assert b"hunter2" not in environment
