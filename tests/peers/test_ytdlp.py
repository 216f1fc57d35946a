"""The lab is honest only if others accept it: yt-dlp, with a session that a real browser minted, gets its posts."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import av
import pytest

from tests.lab.media import has_watermark
from tests.lab.process import LabProcess
from tests.support.crawling import crawl
from tests.support.ytdlp import Minted, downloaded, mint, ytdlp

VIDEOS = ("video_portrait", "video_landscape", "video_square", "video_unicode", "video_bitrates", "tiktokv.com")
CODECS = {"h264": "h264", "h265": "h265", "bytevc2": "h266"}
"""yt-dlp's names and ours."""


@pytest.fixture(scope="module")
def minted(lab: LabProcess) -> Minted:
    """A real browser goes straight to a post, and so through the firewall page."""
    with ThreadPoolExecutor(max_workers=1) as pool:  # in this thread pytest-playwright may have a loop open
        return pool.submit(mint, lab, lab.url("video_portrait")).result()


def test_browser_passes_the_firewall(lab: LabProcess, minted: Minted) -> None:
    names = {cookie["name"] for cookie in minted.cookies}
    assert {"ttwid", "msToken", "tt_chain_token", "tt_csrf_token"} <= names
    assert "webapp.video-detail" in minted.body
    # nothing but what the page itself asks for: Chromium makes no calls of its own
    assert {record.host.partition(".")[2] for record in lab.refused()} <= {"example.net"}


@pytest.mark.parametrize("name", VIDEOS)
def test_ytdlp_gets_it(lab: LabProcess, minted: Minted, tmp_path: Path, name: str) -> None:
    info = ytdlp(lab, lab.url(name), tmp_path, minted)
    path = downloaded(info)
    assert path.stat().st_size == info["requested_downloads"][0].get("filesize", path.stat().st_size)
    with av.open(str(path)) as container:
        assert container.streams.video
        assert container.streams.audio
    assert not has_watermark(path)
    assert info["view_count"] >= 1000
    assert info["thumbnails"]


def test_ytdlp_tells_the_watermark(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    info = ytdlp(lab, lab.url("video_portrait"), tmp_path, minted, format="download")
    assert has_watermark(downloaded(info))


def test_ytdlp_sees_the_qualities(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    info = ytdlp(lab, lab.url("video_bitrates"), tmp_path, minted)
    assert {"h264", "h265", "bytevc2"} <= {form["vcodec"] for form in info["formats"]}
    assert info["width"] == 720


def test_ytdlp_is_refused_without_a_session(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match="challenge"):
        ytdlp(lab, lab.url("video_portrait"), tmp_path, minted, cookies=False)


@pytest.mark.parametrize(("name", "word"), [("removed", "IP address is blocked"), ("lab.private/", "permission")])
def test_ytdlp_is_told_why(lab: LabProcess, minted: Minted, tmp_path: Path, name: str, word: str) -> None:
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match=word):
        ytdlp(lab, lab.url(name), tmp_path, minted)


@pytest.fixture(scope="module")
def ours(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Our records of the same posts, by id."""
    urls = " ".join(lab.url(name) for name in VIDEOS)
    done = crawl(lab, tmp_path_factory.mktemp("ours"), "-a", f"urls={urls}", spider="tiktok", MEDIA="all")
    assert done.code == 0, done.stdout
    return {post["id"]: post for post in done.posts}


@pytest.mark.parametrize("name", VIDEOS)
def test_ytdlp_agrees_with_us(
    lab: LabProcess, minted: Minted, tmp_path: Path, ours: dict[str, dict[str, Any]], name: str
) -> None:
    """The same id, text, author, time, counters and duration; the same formats by size, codec, watermark and bytes."""
    info = ytdlp(lab, lab.url(name), tmp_path, minted)
    post = ours[info["id"]]
    medium = post["media"][0]
    assert (info["uploader"], info["description"]) == (post["author"]["handle"], post["text"])
    assert info["timestamp"] == datetime.fromisoformat(post["created_at"]).timestamp()
    assert (info["view_count"], info["like_count"]) == (post["stats"]["plays"], post["stats"]["likes"])
    assert info["duration"] == medium["duration"]
    assert formats_of(info) == {
        (v["width"], v["height"], v["codec"], v["bytes"], v["bitrate"] // 1000)
        for v in medium["variants"]
        if not v["watermark"]
    }
    marked = any("watermarked" in (form.get("format_note") or "") for form in info["formats"])
    assert marked == any(v["watermark"] for v in medium["variants"])
    assert downloaded(info).stat().st_size in {file["bytes"] for file in medium["files"]}


def formats_of(info: Mapping[str, Any]) -> set[tuple[int, int, str, int, int]]:
    """Return size, codec, bytes and kbit/s of what yt-dlp lists without watermark."""
    return {
        (form["width"], form["height"], CODECS[form["vcodec"]], form["filesize"], form["tbr"])
        for form in info["formats"]
        if form["vcodec"] != "none" and "watermarked" not in (form.get("format_note") or "")
    }
