"""yt-dlp takes the lab for Bilibili: with a session that a real browser minted it gets its posts, without one 412."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import av
import pytest

from tests.lab.bilibili.reading import POSTS
from tests.lab.process import LabProcess
from tests.test_ytdlp import Minted, mint, write_cookies


@pytest.fixture(scope="module")
def minted(lab: LabProcess) -> Minted:
    """A real browser opens the home page; its script does the rest."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(mint, lab, "https://www.bilibili.com/", "#app", "buvid4").result()


def ytdlp(lab: LabProcess, url: str, folder: Path, minted: Minted | None, form: str | None = None) -> dict[str, Any]:
    """Let yt-dlp read *url*, and download the format *form* if one is named; return its info."""
    options: dict[str, Any] = {
        "proxy": lab.proxy,
        "nocheckcertificate": True,
        "quiet": True,
        "no_warnings": True,
        "outtmpl": str(folder / "%(id)s.%(format_id)s.%(ext)s"),
        "retries": 0,
        "extractor_retries": 0,
        "cachedir": False,
        "fixup": "never",
        "format": form or "bestvideo",
    }
    if minted is not None:
        options["cookiefile"] = str(write_cookies(minted.cookies, folder / "cookies.txt"))
        options["http_headers"] = {"User-Agent": minted.user_agent}
    bilibili = import_module("yt_dlp.extractor.bilibili").BilibiliBaseIE
    bilibili._wbi_key_cache.clear()  # of another lab, where one process runs several
    with import_module("yt_dlp").YoutubeDL(options) as tool:
        info: dict[str, Any] = tool.extract_info(url, download=form is not None)
        return info


def streams(info: Mapping[str, Any]) -> dict[str, float]:
    """Return kind and seconds of every stream in the downloaded file."""
    with av.open(info["requested_downloads"][0]["filepath"]) as container:
        return {stream.type: (container.duration or 0) / av.time_base for stream in container.streams}


def formats(info: Mapping[str, Any]) -> set[str]:
    return {form["format_id"] for form in info["formats"]}


def test_the_browser_is_a_guest(minted: Minted) -> None:
    assert {"buvid3", "b_nut", "buvid4", "b_lsid", "_uuid", "buvid_fp"} <= {cookie["name"] for cookie in minted.cookies}


def test_ytdlp_is_refused_without_a_session(lab: LabProcess, tmp_path: Path) -> None:
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match="412"):
        ytdlp(lab, POSTS["plain"].url, tmp_path, None)


@pytest.mark.parametrize("name", ["plain", "h264", "portrait", "link-av"])
def test_ytdlp_gets_picture_and_sound(lab: LabProcess, minted: Minted, tmp_path: Path, name: str) -> None:
    picture = ytdlp(lab, POSTS[name].url, tmp_path, minted, "30032")
    sound = ytdlp(lab, POSTS[name].url, tmp_path, minted, "30232")
    post = POSTS["plain" if name == "link-av" else name]
    assert (picture["id"], picture["title"], picture["timestamp"]) == (post.id, post.data["title"], post.created)
    assert picture["description"] == post.data["text"]
    assert picture["uploader"] == post.data["author"]["name"]
    assert picture["tags"] == post.data["tags"]
    seconds = picture["duration"]
    assert streams(picture) == {"video": pytest.approx(seconds, abs=0.03)}
    assert streams(sound) == {"audio": pytest.approx(seconds, abs=0.03)}


def test_ytdlp_sees_what_a_guest_gets(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    plain = ytdlp(lab, POSTS["plain"].url, tmp_path, minted)
    assert formats(plain) == {"30032", "30033", "100023", "30016", "30280", "30232", "30216"}
    trial = ytdlp(lab, POSTS["missing-qualities"].url, tmp_path, minted)
    assert {form["height"] for form in trial["formats"] if form.get("height")} == {720, 480, 360}
    assert "30251" in formats(ytdlp(lab, POSTS["flac"].url, tmp_path, minted))
    assert "30250" in formats(ytdlp(lab, POSTS["dolby"].url, tmp_path, minted))


def test_ytdlp_gets_every_part(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    info = ytdlp(lab, POSTS["multi-part"].url, tmp_path, minted, "30016")
    assert [entry["id"] for entry in info["entries"]] == [f"{POSTS['multi-part'].id}_p{n}" for n in (1, 2, 3)]
    assert [streams(entry)["video"] for entry in info["entries"]] == [2, 3, 4]


def test_ytdlp_gets_segments_one_by_one(lab: LabProcess, minted: Minted, tmp_path: Path) -> None:
    info = ytdlp(lab, POSTS["segments"].url, tmp_path, minted, "best")
    assert [set(streams(entry)) for entry in info["entries"]] == [{"video", "audio"}] * 3


@pytest.mark.parametrize(
    "name", ["bangumi", "bangumi-api", "festival", "redirect", "redirect-http", "dynamic-video", "audio"]
)
def test_ytdlp_gets_other_kinds(lab: LabProcess, minted: Minted, tmp_path: Path, name: str) -> None:
    info = ytdlp(lab, POSTS[name].url, tmp_path, minted, "worst*" if name != "audio" else "best")
    assert streams(info)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("removed", "deleted or geo-restricted"),
        ("denied", "logged-in|login|cookies"),
        ("charging", "supporter-only"),
        ("bangumi-area", "restricted"),
        ("bangumi-10403", "premium members"),
        ("bangumi-member", "premium members"),
        ("risk", "rate limit"),
    ],
)
def test_ytdlp_is_told_why(lab: LabProcess, minted: Minted, tmp_path: Path, name: str, word: str) -> None:
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match=word):
        ytdlp(lab, POSTS[name].url, tmp_path, minted)
