"""Files are opened in workers: damage is found, a hostile file costs no more than itself, slideshows play."""

import asyncio
import os
import signal
import struct
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import av
import pytest
from PIL import Image
from scrapy.utils.test import get_crawler

from scraper import settings
from scraper.errors import MediaError
from scraper.media.libav import pool as pool_module
from scraper.media.libav.options import LibavOptions
from scraper.media.libav.pool import LibavPool
from scraper.media.libav.probe import probe
from scraper.media.libav.slideshow import render
from tests.lab import media
from tests.lab.process import LabProcess
from tests.support.crawling import crawl

FILMS = ("hd-mp4.mp4", "long-540.mp4", "hd-1080.m4s", "tune-aac.m4a")
T = TypeVar("T")


def lab_file(name: str) -> Path:
    media.ensure([name.partition(".")[0]])
    return media.cache_dir() / name


def zeroed(name: str, start: float, end: float, to: Path) -> Path:
    """Write a lab file with the bytes from *start* to *end* (shares of its size) zeroed."""
    data = bytearray(lab_file(name).read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = bytes(last - first)
    path = to / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(("start", "end"), [(0.45, 0.46), (0.45, 0.55)])
def test_a_zeroed_middle_is_found_by_full_decoding_alone(tmp_path: Path, name: str, start: float, end: float) -> None:
    damaged = zeroed(name, start, end, tmp_path)
    assert probe(damaged) == probe(lab_file(name), is_full=True)
    with pytest.raises(MediaError, match=r"truncated: it is damaged from \d\.\d s on"):
        probe(damaged, is_full=True)


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(("start", "end"), [(0.05, 0.3), (0.9, 0.99)])
def test_a_zeroed_end_is_found_in_any_case(tmp_path: Path, name: str, start: float, end: float) -> None:
    with pytest.raises(MediaError, match=r"damaged|no frame"):
        probe(zeroed(name, start, end, tmp_path))


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


PICTURES = ("photo-1.jpeg", "photo-2.jpeg", "photo-webp.webp", "photo-png.png")


def colours(path: Path, seconds: float) -> tuple[Image.Image, tuple[int, int]]:
    """Return the picture shown at *seconds*, and its size."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time >= seconds:
                return frame.to_image(), (  # type: ignore[no-untyped-call]
                    frame.width,
                    frame.height,
                )
    raise AssertionError(f"nothing is shown at {seconds} s")


@pytest.mark.parametrize(
    ("sound", "count", "seconds"),
    [(None, 2, 6.0), ("tune.mp3", 2, 8.0), ("tune-aac.m4a", 4, 8.0)],
    ids=["no sound", "as long as the music", "two seconds a picture, the music again"],
)
def test_a_slideshow_is_as_long_as_promised(tmp_path: Path, sound: str | None, count: int, seconds: float) -> None:
    target = tmp_path / "show.mp4"
    music = None if sound is None else lab_file(sound)
    assert render([lab_file(name) for name in PICTURES[:count]], music, target) == pytest.approx(seconds, abs=0.05)
    found = probe(target, is_full=True)
    assert (found.codec, found.width, found.height, found.has_audio) == ("h264", 1440, 1440, music is not None)
    assert found.duration == pytest.approx(seconds, abs=0.1)
    with av.open(str(target)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", *(["aac"] if music else [])]
        if music:
            length = sum(frame.samples for frame in container.decode(audio=0)) / 44_100
            assert length == pytest.approx(seconds, abs=0.1)


def test_pictures_are_turned_padded_and_shown_in_order(tmp_path: Path) -> None:
    lying = Image.new("RGB", (400, 200), "red")
    lying.paste("blue", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right: the left side becomes the top
    lying.save(tmp_path / "a.jpg", exif=exif)
    Image.new("RGB", (200, 200), "lime").save(tmp_path / "b.gif")
    Image.new("RGBA", (201, 401), (0, 0, 0, 0)).save(tmp_path / "c.webp")
    target = tmp_path / "show.mp4"
    render([tmp_path / "a.jpg", tmp_path / "b.gif", tmp_path / "c.webp"], None, target)

    def at(seconds: float, x: int, y: int) -> str:
        image, size = colours(target, seconds)
        assert size == (200, 400)  # from 201 and 401: even, as h264 requires
        red, green, blue = image.getpixel((x, y))  # type: ignore[misc]
        names = {(True, False, False): "red", (False, True, False): "green", (False, False, True): "blue"}
        return names.get((red > 128, green > 128, blue > 128), "black")

    assert [at(0, 100, 100), at(2.8, 100, 300)] == ["blue", "red"]
    assert [at(3.1, 100, 200), at(3.1, 100, 50), at(5.8, 100, 350)] == ["green", "black", "black"]
    assert at(6.5, 100, 200) == "black"


def test_what_cannot_be_rendered_is_said(tmp_path: Path) -> None:
    for name in ("a.jpg", "junk"):
        (tmp_path / name).write_bytes(b"no picture at all")
    with pytest.raises(MediaError, match="not_media: cannot be rendered: UnidentifiedImageError"):
        render([tmp_path / "a.jpg"], None, tmp_path / "show.mp4")
    with pytest.raises(MediaError, match="not_media: cannot be rendered: InvalidDataError"):
        render([lab_file("photo-1.jpeg")], tmp_path / "junk", tmp_path / "show.mp4")
    with pytest.raises(MediaError, match="its sound file has no audio"):
        render([lab_file("photo-1.jpeg")], lab_file("photo-1.jpeg"), tmp_path / "show.mp4")


@pytest.mark.usefixtures("clean_lab")
def test_a_crawl_with_full_verification_takes_no_damaged_film(lab: LabProcess, tmp_path: Path) -> None:
    lab.set_faults("hole:tweet_video")
    url = lab.url("lab_gif/")
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter", VERIFY="full")
    (medium,) = done.posts[0]["media"]
    assert "it is damaged" in medium["error"]
    assert not list((tmp_path / "out/media").rglob("*.mp4"))


def test_pictures_become_a_film(lab: LabProcess, tmp_path: Path) -> None:
    """Of X, whose posts have no sound, and of TikTok with its music; the source files remain."""
    urls = f"{lab.url('lab_photos/').partition('/photo/')[0]} {lab.url('lab.photo_webp')}"
    done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="hybrid", CONTENT="video_only")
    assert done.code == 0, done.stdout
    for post in done.posts:
        *sources, film = post["media"]
        (file,) = film["files"]
        pictures = [medium for medium in sources if medium["role"] == "image"]
        music = [medium for medium in sources if medium["role"] == "audio"]
        assert (film["role"], file["variant"], file["probe"]["codec"]) == ("video", None, "h264")
        assert file["probe"]["has_audio"] is (post["platform"] == "tiktok") is bool(music)
        assert file["path"].endswith(f"_{post['id']}_{max(source['index'] for source in sources) + 1}.mp4")
        assert file["probe"]["duration"] >= 2 * len(pictures) - 0.1
        assert probe(done.folder / file["path"], is_full=True).duration == file["probe"]["duration"]
        assert all(medium["files"] for medium in pictures)
    assert done.stat("media/rendered") == 2
