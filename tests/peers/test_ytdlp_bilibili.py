"""yt-dlp takes the lab for Bilibili: with a session that a real browser minted it gets its posts, without one 412."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
import pytest

from tests.lab.bilibili.reading import POSTS
from tests.lab.process import LabProcess
from tests.support.played import play
from tests.support.ytdlp import Minted, mint, write_cookies

Read = Callable[[dict[str, Any]], Any]


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


CODECS = {"avc1": "h264", "hev1": "h265", "av01": "av1", "mp4a": "aac", "flac": "flac", "ec-3": "eac3"}
"""What codec strings begin with, and our names."""
VIDEOS = ("plain", "landscape-1080", "portrait", "flac", "dolby", "subtitles")
OTHERS = ("multi-part", "segments", "missing-qualities", "bangumi", "audio")


@pytest.fixture(scope="module")
def both(
    lab: LabProcess, minted: Minted, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What yt-dlp says of a post, and our record of it."""
    folder, names = tmp_path_factory.mktemp("both"), (*VIDEOS, *OTHERS)
    done = play(lab, folder, "bilibili", POSTS, names, MEDIA="none")
    form = {"segments": "best", "audio": "best"}
    return {name: (ytdlp(lab, POSTS[name].url, folder, minted, form.get(name)), done.record(name)) for name in names}


def pictures(info: Mapping[str, Any]) -> set[tuple[object, ...]]:
    forms = [form for form in info["formats"] if form["vcodec"] != "none"]
    return {(form["width"], form["height"], form["fps"], codec(form["vcodec"]), bits(form["vbr"])) for form in forms}


def sounds(info: Mapping[str, Any]) -> set[tuple[object, ...]]:
    forms = [form for form in info["formats"] if form["vcodec"] == "none"]
    return {(codec(form["acodec"]), bits(form["abr"])) for form in forms}


def codec(text: str) -> str:
    return CODECS[text.partition(".")[0]]


def bits(rate: float) -> int:
    return round(rate * 1000)


def listed(post: Mapping[str, Any], role: str, *names: str) -> set[tuple[object, ...]]:
    """Return these facts of each of our variants."""
    variants = [one for medium in post["media"] if medium["role"] == role for one in medium["variants"]]
    return {tuple(variant[name] for name in names) for variant in variants}


def when(post: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(post["created_at"]).timestamp()


AGREED: dict[str, tuple[tuple[str, ...], Read, Read]] = {
    "id": ((*VIDEOS, "multi-part", "segments"), itemgetter("id"), itemgetter("id")),
    "title": ((*VIDEOS, "multi-part", "segments", "bangumi", "audio"), itemgetter("title"), itemgetter("title")),
    "description": ((*VIDEOS, "audio"), itemgetter("description"), itemgetter("text")),
    "uploader": ((*VIDEOS, "segments", "audio"), itemgetter("uploader"), lambda post: post["author"]["name"]),
    "uploader_id": ((*VIDEOS, "segments"), itemgetter("uploader_id"), lambda post: post["author"]["id"]),
    "timestamp": ((*VIDEOS, "segments", "bangumi", "audio"), itemgetter("timestamp"), when),
    "duration": (
        (*VIDEOS, "segments", "bangumi", "audio"), itemgetter("duration"), lambda post: post["media"][0]["duration"],
    ),
    "view_count": ((*VIDEOS, "audio"), itemgetter("view_count"), lambda post: post["stats"]["plays"]),
    "like_count": (VIDEOS, itemgetter("like_count"), lambda post: post["stats"]["likes"]),
    "comment_count": ((*VIDEOS, "audio"), itemgetter("comment_count"), lambda post: post["stats"]["comments"]),
    "tags": (VIDEOS, itemgetter("tags"), itemgetter("hashtags")),
    "chapters": (
        ("subtitles",),
        lambda info: [(one["title"], one["start_time"], one["end_time"]) for one in info["chapters"]],
        lambda post: [(one["title"], one["start"], one["end"]) for one in post["media"][0]["chapters"]],
    ),
    "formats with a picture": (
        (*VIDEOS, "bangumi"),
        pictures,
        lambda post: listed(post, "video", "width", "height", "fps", "codec", "bitrate"),
    ),
    "formats with sound": ((*VIDEOS, "bangumi"), sounds, lambda post: listed(post, "audio", "codec", "bitrate")),
    "length of the parts": (
        ("multi-part",),
        lambda info: [entry["duration"] for entry in info["entries"]],
        lambda post: [part["duration"] for part in post["parts"]],
    ),
}  # fmt: skip
"""Field of yt-dlp -> the posts in which ours is equal, and how both are read."""
DIFFERENT: dict[str, tuple[str, str, Read, Read]] = {
    "thumbnail": (
        "ours is asked for by https", "plain", itemgetter("thumbnail"), lambda post: post["cover"]["url"],
    ),
    "id of an episode": ("ours says that it is one", "bangumi", itemgetter("id"), itemgetter("id")),
    "id of a song": ("ours says that it is one", "audio", itemgetter("id"), itemgetter("id")),
    "title of a part": (
        "theirs repeats the title of the whole and the number",
        "multi-part",
        lambda info: [entry["title"] for entry in info["entries"]],
        lambda post: [part["title"] for part in post["parts"]],
    ),
    "number of files in segments": (
        "theirs are the segments, ours is one file",
        "segments",
        lambda info: len(info["entries"]),
        lambda post: len(post["media"]),
    ),
    "uploader of an episode": (
        "theirs leaves it out", "bangumi", lambda info: info.get("uploader"), lambda post: post["author"]["name"],
    ),
    "like_count of a song": (
        "nobody says it", "audio", lambda info: info.get("like_count", "left out"), lambda post: post["stats"]["likes"],
    ),
    "formats of a trial": (
        "theirs asks with a signature, as ours does with BILIBILI_WBI alone",
        "missing-qualities",
        pictures,
        lambda post: listed(post, "video", "width", "height", "fps", "codec", "bitrate"),
    ),
}  # fmt: skip
"""What differs, with the reason, a post that shows it, and how both are read."""


@pytest.mark.parametrize("field", AGREED)
def test_ytdlp_agrees_with_us(both: dict[str, tuple[dict[str, Any], dict[str, Any]]], field: str) -> None:
    names, theirs, ours = AGREED[field]
    assert {name: theirs(both[name][0]) for name in names} == {name: ours(both[name][1]) for name in names}


@pytest.mark.parametrize("field", DIFFERENT)
def test_ytdlp_differs_from_us_for_a_reason(both: dict[str, tuple[dict[str, Any], dict[str, Any]]], field: str) -> None:
    reason, name, theirs, ours = DIFFERENT[field]
    assert theirs(both[name][0]) != ours(both[name][1]), reason
