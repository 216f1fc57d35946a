"""yt-dlp takes the lab for Twitter/X: it gets its videos by GraphQL and by the embed endpoint, and is told why not."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
import pytest

from tests.lab.client import USER_AGENT
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES
from tests.lab.twitter.attached import attachments
from tests.lab.twitter.films import FILMS
from tests.lab.twitter.reading import POSTS
from tests.lab.twitter.tweet import Tweet
from tests.support.played import play
from tests.support.ytdlp import Minted, downloaded, ytdlp

Read = Callable[[dict[str, Any]], Any]
NOBODY = Minted(USER_AGENT, [], "")
EMBED: dict[str, Any] = {"extractor_args": {"twitter": {"api": ["syndication"]}}}
VIDEOS = ["video", "tall", "mixed", "gif", "quote"]


def get(lab: LabProcess, name: str, folder: Path, form: str = "best", **more: Any) -> dict[str, Any]:
    """Let yt-dlp download the format *form*, as a guest."""
    lab.reset()
    url = POSTS[name].url
    return ytdlp(lab, url, folder, NOBODY, cookies=False, format=form, fixup="never", **more)


def streams(info: dict[str, Any]) -> dict[str, float]:
    """Return kind and seconds of every stream in the downloaded file."""
    with av.open(str(downloaded(info))) as container:
        return {stream.type: round((container.duration or 0) / av.time_base) for stream in container.streams}


def asked(lab: LabProcess) -> list[str]:
    """Return which routes were asked."""
    return [record.host for record in lab.log() if record.host not in ("video.twimg.com", "")]


@pytest.mark.parametrize("name", [*VIDEOS, "repost", "visibility", "dependency", "embed-no-media", "card-unified"])
def test_ytdlp_gets_it_by_graphql(lab: LabProcess, tmp_path: Path, name: str) -> None:
    info = get(lab, name, tmp_path)
    assert asked(lab) == ["api.x.com", "x.com"]
    check(info, name)


@pytest.mark.parametrize("name", VIDEOS)
def test_ytdlp_gets_it_by_the_embed(lab: LabProcess, tmp_path: Path, name: str) -> None:
    info = get(lab, name, tmp_path, **EMBED)
    assert asked(lab) == ["cdn.syndication.twimg.com"]
    check(info, name)


def check(info: dict[str, Any], name: str) -> None:
    """Fail if *info* is not what the post's file says."""
    tweet = Tweet.of(POSTS[name])
    shown = tweet.reposted or tweet
    media = attachments(shown) or attachments(tweet.quoted or tweet)
    film = FILMS["hd" if name == "card-unified" else media[0].spec["film"]]
    assert info["display_id"] == tweet.id
    assert (info["uploader_id"], info["timestamp"]) == (shown.author["handle"], shown.created)
    assert info["description"].startswith(shown.data["text"])
    assert info["like_count"] == shown.counters["favorite_count"]
    kinds = {"video": round(film.best.seconds), "audio": round(film.best.seconds)}
    assert streams(info) == (kinds if film.best.tone else {"video": round(film.best.seconds)})
    if name != "gif":
        sizes = {(RECIPES[medium].width, RECIPES[medium].height) for medium in (*film.files, *film.pictures)}
        listed = {(form["width"], form["height"]) for form in info["formats"] if form.get("width")}
        assert listed == sizes
        assert info["duration"] == film.best.seconds


@pytest.mark.parametrize(("form", "kind"), [("bv[protocol=m3u8_native]", "video"), ("ba", "audio")])
def test_ytdlp_gets_the_pieces(lab: LabProcess, tmp_path: Path, form: str, kind: str) -> None:
    info = get(lab, "hls", tmp_path, form)
    assert streams(info) == {kind: 5}
    assert [one["format_id"] for one in info["formats"] if "Audio" in one["format_id"]] == [
        "hls-audio-32000-Audio",
        "hls-audio-64000-Audio",
        "hls-audio-128000-Audio",
    ]


@pytest.mark.parametrize("name", ["link", "link-twitter", "link-mobile"])
def test_ytdlp_follows_links(lab: LabProcess, tmp_path: Path, name: str) -> None:
    info = get(lab, name, tmp_path)
    assert info["display_id"] == POSTS["tall" if name == "link-twitter" else "video"].id


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("nsfw", "NSFW tweet requires authentication"),
        ("no-age", "NSFW tweet requires authentication"),
        ("protected", "You are not authorized to view this protected tweet"),
        ("suspended", "Suspended"),
        ("denied", "You are not authorized to view this post"),
        ("tomb-deleted", "This Post was deleted by the Post author"),
        ("withheld", "withheld in Germany"),
        ("deleted", "No video could be found"),
        ("text", "No video could be found"),
        ("busy", "429"),
        ("video-gone", "404"),
        ("video-geo", "403"),
    ],
)
def test_ytdlp_is_told_why(lab: LabProcess, tmp_path: Path, name: str, word: str) -> None:
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match=word):
        get(lab, name, tmp_path)
    assert not lab.refused()


def test_ytdlp_leaves_a_spent_budget(start_lab: Callable[..., LabProcess], tmp_path: Path) -> None:
    """A 429 of GraphQL sends it to the embed endpoint."""
    lab = start_lab("--guest-budget", "0")
    check(get(lab, "video", tmp_path), "video")
    assert asked(lab) == ["api.x.com", "x.com", "cdn.syndication.twimg.com"]


def test_ytdlp_is_refused_with_a_foreign_referer(lab: LabProcess, tmp_path: Path) -> None:
    assert streams(get(lab, "gif", tmp_path / "own", http_headers={"Referer": "https://x.com/"})) == {"video": 2}
    with pytest.raises(import_module("yt_dlp").utils.DownloadError, match="403"):
        get(lab, "gif", tmp_path / "foreign", http_headers={"Referer": "https://example.org/"})


SINGLE = ("video", "tall", "gif", "embed-no-media", "card-unified")
COUNTED = (*SINGLE, "mixed", "quote")


@pytest.fixture(scope="module")
def both(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What yt-dlp says of a post, and our record of it."""
    folder, names = tmp_path_factory.mktemp("both"), (*COUNTED, "repost")
    done = play(lab, folder, "twitter", POSTS, names, MEDIA="none", TWITTER_COUNTERS=1)
    return {name: (get(lab, name, folder), done.record(name)) for name in names}


def files(info: dict[str, Any]) -> set[tuple[object, ...]]:
    """Return what yt-dlp lists beside the renditions of HLS."""
    forms = [form for form in info["formats"] if "hls" not in form["format_id"]]
    return {(form.get("width"), form.get("height"), round((form["tbr"] or 0) * 1000)) for form in forms}


def renditions(info: dict[str, Any]) -> int:
    return sum("hls" in form["format_id"] for form in info["formats"])


def our_files(post: dict[str, Any]) -> set[tuple[object, ...]]:
    variants = [one for one in post["media"][0]["variants"] if one["quality"] != "hls"]
    return {(one["width"], one["height"], one["bitrate"] or 0) for one in variants}


def our_renditions(post: dict[str, Any]) -> int:
    return sum(one["quality"] == "hls" for one in post["media"][0]["variants"])


AGREED: dict[str, tuple[tuple[str, ...], Read, Read]] = {
    "display_id": ((*COUNTED, "repost"), itemgetter("display_id"), itemgetter("id")),
    "description": (COUNTED, itemgetter("description"), itemgetter("text")),
    "uploader": (COUNTED, itemgetter("uploader"), lambda post: post["author"]["name"]),
    "uploader_id": (COUNTED, itemgetter("uploader_id"), lambda post: post["author"]["handle"]),
    "channel_id": (COUNTED, itemgetter("channel_id"), lambda post: post["author"]["id"]),
    "timestamp": (COUNTED, itemgetter("timestamp"), lambda post: seconds_of(post["created_at"])),
    "view_count": (COUNTED, itemgetter("view_count"), lambda post: post["stats"]["plays"]),
    "like_count": (COUNTED, itemgetter("like_count"), lambda post: post["stats"]["likes"]),
    "comment_count": (COUNTED, itemgetter("comment_count"), lambda post: post["stats"]["comments"]),
    "repost_count": (COUNTED, itemgetter("repost_count"), lambda post: post["stats"]["reposts"]),
    "tags": (COUNTED, itemgetter("tags"), itemgetter("hashtags")),
    "duration": (
        (*COUNTED, "repost"), lambda info: info.get("duration"), lambda post: post["media"][0]["duration"],
    ),
    "formats that are files": (("video", "tall", "mixed", "quote", "repost", "card-unified"), files, our_files),
}  # fmt: skip
"""Field of yt-dlp -> the posts in which ours is equal, and how both are read."""
DIFFERENT: dict[str, tuple[str, str, Read, Read]] = {
    "id": ("theirs is that of the medium", "video", itemgetter("id"), itemgetter("id")),
    "title": ("theirs is made of name and text, X has none", "video", itemgetter("title"), itemgetter("title")),
    "uploader_url": (
        "ours has the site's new name", "video", itemgetter("uploader_url"), lambda post: post["author"]["url"],
    ),
    "size of a GIF": ("theirs leaves it out", "gif", files, our_files),
    "formats of HLS": ("ours is one, whose best rendition is taken", "video", renditions, our_renditions),
    "uploader of a repost": (
        "theirs is the first author, ours who reposts; the medium has its owner",
        "repost",
        itemgetter("uploader_id"),
        lambda post: post["author"]["handle"],
    ),
    "media of a mixed post": (
        "theirs has no photos",
        "mixed",
        lambda info: len(info.get("entries") or [info]),
        lambda post: len(post["media"]),
    ),
}  # fmt: skip
"""What differs, with the reason, a post that shows it, and how both are read."""


def seconds_of(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize("field", AGREED)
def test_ytdlp_agrees_with_us(both: dict[str, tuple[dict[str, Any], dict[str, Any]]], field: str) -> None:
    names, theirs, ours = AGREED[field]
    assert {name: theirs(both[name][0]) for name in names} == {name: ours(both[name][1]) for name in names}


@pytest.mark.parametrize("field", DIFFERENT)
def test_ytdlp_differs_from_us_for_a_reason(both: dict[str, tuple[dict[str, Any], dict[str, Any]]], field: str) -> None:
    reason, name, theirs, ours = DIFFERENT[field]
    assert theirs(both[name][0]) != ours(both[name][1]), reason


def test_the_thumbnail_is_the_still_of_ours(both: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for name in ("video", "tall", "gif"):
        info, post = both[name]
        assert info["thumbnail"].partition("?")[0] == post["cover"]["url"].partition("?")[0]
