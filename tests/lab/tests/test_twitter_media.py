"""The media servers of the played Twitter/X: videos, playlists, pictures."""

import io
import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import av
import pytest

from tests.lab import media
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES
from tests.lab.twitter.films import FILMS
from tests.lab.twitter.reading import embedded, gone


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


def variants(lab: LabProcess, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = embedded(lab, name)["mediaDetails"][0]["video_info"]["variants"]
    return found


def test_video_wants_no_foreign_referer(lab: LabProcess) -> None:
    url = variants(lab, "video")[-1]["url"]
    for referer in ("https://x.com/", "https://twitter.com/lab_video/status/1", ""):
        assert lab.client.request(url, {"Referer": referer} if referer else {}).status == 200
    for referer in ("https://example.org/", "https://t.co/", "https://x.com.example.org/", "http://127.0.0.1/"):
        got = lab.client.request(url, {"Referer": referer})
        assert (got.status, lab.log()[-1].note) == (403, "referer")


def test_mp4s(lab: LabProcess) -> None:
    found = variants(lab, "video")
    assert found[0]["content_type"] == "application/x-mpegURL"
    assert "bitrate" not in found[0]
    assert [one["bitrate"] for one in found[1:]] == [288_000, 832_000, 2_176_000]
    for one, name in zip(found[1:], FILMS["hd"].files, strict=True):
        recipe = RECIPES[name]
        assert f"/pu/vid/avc1/{recipe.width}x{recipe.height}/" in one["url"]
        assert lab.client.request(one["url"]).body == media.load(name)
    part = lab.client.request(found[1]["url"], {"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, media.load("hd-mp4-270")[100:200])
    assert part.headers["ETag"]
    assert gone(lab, lab.client.request(found[1]["url"].replace("480x270", "640x360"))) == "no such file"
    assert lab.client.request(variants(lab, "video-gone")[1]["url"]).status == 404
    assert lab.client.request(variants(lab, "video-geo")[1]["url"]).status == 403
    assert "/amplify_video/" in variants(lab, "video-geo")[1]["url"]


def test_gif_has_no_sound(lab: LabProcess) -> None:
    (only,) = variants(lab, "gif")
    assert only["bitrate"] == 0
    assert re.fullmatch(r"https://video\.twimg\.com/tweet_video/[\w-]+\.mp4", only["url"])
    assert streams(lab.client.request(only["url"]).body) == {"video": 2.0}


def streams(data: bytes) -> dict[str, float]:
    """Return kind and seconds of every stream in *data*."""
    with av.open(io.BytesIO(data), "r") as container:
        ends = dict.fromkeys((stream.type for stream in container.streams), 0.0)
        for packet in container.demux():
            if packet.pts is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                ends[packet.stream.type] = max(ends[packet.stream.type], end)
        return {kind: round(end, 1) for kind, end in ends.items()}


def join(lab: LabProcess, playlist: str) -> tuple[bytes, float]:
    """Return all pieces of a playlist, and the duration that it announces."""
    text = lab.client.request(playlist).body.decode()
    head = re.search(r'#EXT-X-MAP:URI="(.+)"', text)
    assert head is not None
    pieces = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(piece.endswith(".m4s") for piece in pieces)
    assert len(pieces) > 1
    data = b"".join(lab.client.request(urljoin(playlist, path)).body for path in (head[1], *pieces))
    return data, sum(map(float, re.findall(r"#EXTINF:([\d.]+),", text)))


def test_hls(lab: LabProcess) -> None:
    (only,) = variants(lab, "hls")
    got = lab.client.request(only["url"])
    master = got.body.decode()
    assert got.headers["Content-Type"] == "application/x-mpegURL"
    sounds = dict(re.findall(r'TYPE=AUDIO,GROUP-ID="(audio-\d+)",AUTOSELECT=YES,URI="(.+)"', master))
    pictures = re.findall(r'RESOLUTION=(\d+x\d+),.*AUDIO="(audio-\d+)"\n(.+)', master)
    assert list(sounds) == ["audio-128000", "audio-64000", "audio-32000"]
    assert [(size, group) for size, group, _ in pictures] == [
        ("1280x720", "audio-128000"),
        ("852x480", "audio-64000"),
        ("640x360", "audio-32000"),
    ]
    picture, length = join(lab, urljoin(only["url"], pictures[0][2]))
    assert streams(picture) == {"video": 5.0}
    assert math.isclose(length, 5, abs_tol=0.1)
    sound, length = join(lab, urljoin(only["url"], sounds["audio-64000"]))
    assert streams(sound) == {"audio": 5.0}
    assert math.isclose(length, 5, abs_tol=0.1)


def still(data: bytes) -> tuple[str, int, int]:
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        return stream.codec_context.name, stream.width, stream.height


@pytest.mark.parametrize(
    ("tail", "wanted"),
    [
        ("?format=jpg&name=orig", ("mjpeg", 2400, 1800)),
        ("?format=jpg&name=4096x4096", ("mjpeg", 2400, 1800)),
        ("?format=jpg&name=large", ("mjpeg", 2048, 1536)),
        ("?format=webp&name=medium", ("webp", 1200, 900)),
        ("?format=png&name=small", ("png", 680, 510)),
        (".jpg:orig", ("mjpeg", 2400, 1800)),
        (".jpg?name=small", ("mjpeg", 680, 510)),
        (".jpg", ("mjpeg", 1200, 900)),
    ],
)
def test_photo_sizes(lab: LabProcess, tail: str, wanted: tuple[str, int, int]) -> None:
    url = embedded(lab, "photo")["photos"][0]["url"].removesuffix(".jpg")
    got = lab.client.request(f"{url}{tail}", {"Referer": "https://example.org/"})
    assert still(got.body) == wanted
    assert got.headers["Content-Type"] == f"image/{wanted[0].replace('mjpeg', 'jpeg')}"


def test_photos_that_cannot_be_had(lab: LabProcess) -> None:
    orig = embedded(lab, "orig-broken")["photos"][0]["url"].removesuffix(".jpg")
    assert lab.client.request(f"{orig}?format=jpg&name=orig").status == 502
    assert lab.client.request(f"{orig}?format=jpg&name=4096x4096").body == media.load("shot-1")
    assert lab.client.request(embedded(lab, "photo-gone")["photos"][0]["url"]).status == 404
    assert gone(lab, lab.client.request(f"{orig}?format=gif&name=large")) == "large.gif: no such size or form"
    assert gone(lab, lab.client.request(f"{orig}?format=jpg&name=huge")) == "huge.jpg: no such size or form"
    assert gone(lab, lab.client.request("https://pbs.twimg.com/media/Gmadeup.jpg")) == "no such picture"
    details = embedded(lab, "one-withheld")["mediaDetails"]
    assert [one["ext_media_availability"]["status"] for one in details] == ["Available", "Unavailable"]


def test_stills_and_avatars(lab: LabProcess) -> None:
    for name, folder in (
        ("video", "ext_tw_video_thumb"),
        ("tall", "amplify_video_thumb"),
        ("gif", "tweet_video_thumb"),
    ):
        url = embedded(lab, name)["mediaDetails"][0]["media_url_https"]
        assert f"/{folder}/" in url
        assert lab.client.request(url).body.startswith(b"\xff\xd8")
    avatar = embedded(lab, "video")["user"]["profile_image_url_https"]
    assert still(lab.client.request(avatar).body) == ("mjpeg", 48, 48)
    assert still(lab.client.request(avatar.replace("_normal", "_400x400")).body) == ("mjpeg", 100, 100)
