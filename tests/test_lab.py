"""The lab plays by the rules that docs/platforms.md names."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

from scraper.core.errors import ErrorCode
from spiders.tiktok.links import LINKS
from tests.lab import media
from tests.lab.catalog import load_posts, many_post
from tests.lab.client import Client, Got
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
REFERER = {"Referer": "https://www.tiktok.com/"}


@dataclass(frozen=True)
class Visit:
    """A post page as a guest sees it."""

    got: Got
    cookies: dict[str, str]

    @property
    def scopes(self) -> dict[str, Any]:
        scopes: dict[str, Any] = read_script(self.got.body, "__UNIVERSAL_DATA_FOR_REHYDRATION__")["__DEFAULT_SCOPE__"]
        return scopes

    @property
    def item(self) -> dict[str, Any]:
        item: dict[str, Any] = self.scopes["webapp.video-detail"]["itemInfo"]["itemStruct"]
        return item

    @property
    def play(self) -> str:
        url: str = self.item["video"]["playAddr"]
        return url

    @property
    def jar(self) -> dict[str, str]:
        return {"tt_chain_token": {**self.cookies, **self.got.cookies}["tt_chain_token"]}


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    return lab.client.become_guest()


def read_script(body: bytes, name: str) -> dict[str, Any]:
    found = re.search(rb'<script id="%s"[^>]*>(.*?)</script>' % name.encode(), body)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def visit(lab: LabProcess, url: str, cookies: dict[str, str]) -> Visit:
    return Visit(lab.client.request(url, cookies=cookies), cookies)


def fetch(lab: LabProcess, seen: Visit, url: str = "", **headers: str) -> Got:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lab.client.request(url or seen.play, {**REFERER, **named}, cookies=seen.jar)


def test_posts_are_well_formed() -> None:
    for post in load_posts():
        assert post.outcome == "ok" or ErrorCode(post.outcome)
        parts = urlsplit(post.url)
        forms = [form for form in LINKS if parts.netloc in form.hosts and re.fullmatch(form.path, parts.path)]
        assert forms, post.name
        assert forms[0].kind == post.kind, post.name
        if post.id:
            assert 4 <= post.created - (int(post.id) >> 32) <= 7
            assert post.id in post.url


def test_banner_lists_every_post(lab: LabProcess) -> None:
    assert [post["url"] for post in lab.posts] == [post.url for post in load_posts()]
    assert {post["platform"] for post in lab.posts} == {"tiktok"}


# Guests


def test_plain_client_meets_the_firewall(lab: LabProcess) -> None:
    got = lab.client.request(lab.url("video_portrait"))
    assert got.status == 200
    assert 640 <= len(got.body) <= 1430
    assert b"Please wait..." in got.body
    assert b'id="cs"' in got.body
    assert b'id="wci"' in got.body
    again = lab.client.request(lab.url("video_portrait"), cookies=got.cookies)
    assert b"Please wait..." in again.body
    assert [record.note for record in lab.log()] == ["firewall", "firewall"]


@pytest.mark.parametrize(
    "change",
    [
        {"ttwid": "1%7Cmade-up%7C1700000000%7C00"},
        {"msToken": "made-up"},
        {"msToken": "65000000.aaaa.bbbb~cccc"},
        {"ttwid": ""},
    ],
)
def test_made_up_session_meets_the_firewall(lab: LabProcess, guest: dict[str, str], change: dict[str, str]) -> None:
    got = lab.client.request(lab.url("video_portrait"), cookies={**guest, **change})
    assert b"Please wait..." in got.body


def test_token_belongs_to_its_guest(lab: LabProcess, guest: dict[str, str]) -> None:
    other = lab.client.become_guest()
    got = lab.client.request(lab.url("video_portrait"), cookies={**guest, "msToken": other["msToken"]})
    assert b"Please wait..." in got.body


def test_home_sets_the_guest_cookies(lab: LabProcess) -> None:
    got = lab.client.request("https://www.tiktok.com/")
    lines = {line.partition("=")[0]: line for line in got.headers.get_all("Set-Cookie", [])}
    assert set(lines) == {"ttwid", "tt_csrf_token", "tt_chain_token"}
    assert "Domain=.tiktok.com" in lines["ttwid"]
    assert re.match(r'tt_chain_token="[A-Za-z0-9+/=]+";.*Domain=\.tiktok\.com', lines["tt_chain_token"])


# Pages


def test_post_page(lab: LabProcess, guest: dict[str, str]) -> None:
    seen = visit(lab, lab.url("video_bitrates"), guest)
    assert len(seen.got.body) >= 200_000
    assert {"webapp.app-context", "webapp.biz-context", "webapp.i18n-translation", "seo.abtest"} <= set(seen.scopes)
    assert seen.scopes["webapp.video-detail"]["statusMsg"] == ""
    entries = seen.item["video"]["bitrateInfo"]
    assert [entry["PlayAddr"]["UrlKey"].split("_")[1] for entry in entries] == [
        "bytevc2",
        "bytevc1",
        "h264",
        "h264",
        "h264",
    ]
    for entry in entries:
        address = entry["PlayAddr"]
        got = fetch(lab, seen, address["UrlList"][0])
        assert len(got.body) == int(address["DataSize"])


def test_photo_page_of_a_desktop_names_the_post_only(lab: LabProcess, guest: dict[str, str]) -> None:
    url = lab.url("/photo/")
    scopes = visit(lab, url, guest).scopes
    assert scopes["seo.abtest"]["canonical"] == url
    assert not [name for name in scopes if "detail" in name]
    item = visit(lab, url.replace("/photo/", "/video/"), guest).item
    assert item["imagePost"]["images"]
    assert item["video"]["duration"] == 0


def test_mobile_pages(lab: LabProcess, guest: dict[str, str]) -> None:
    client = lab.client
    page = client.request(lab.url("video_portrait"), {"User-Agent": IPHONE}, cookies=guest)
    detail = read_script(page.body, "__UNIVERSAL_DATA_FOR_REHYDRATION__")["__DEFAULT_SCOPE__"][
        "webapp.reflow.video.detail"
    ]
    video = detail["itemInfo"]["itemStruct"]["video"]
    assert detail["statusMessage"] == ""
    assert video["downloadAddr"] == ""
    assert "bitrateInfo" not in video
    photo = client.request(lab.url("/photo/").replace("www.", "m."), cookies=guest)
    item = read_script(photo.body, "api-data")["videoDetail"]["itemInfo"]["itemStruct"]
    assert item["imagePost"]["images"]


@pytest.mark.parametrize(
    "post", [post for post in load_posts() if isinstance(post.data.get("answer"), dict)], ids=lambda post: post.name
)
def test_unavailable_posts(lab: LabProcess, guest: dict[str, str], post: Any) -> None:
    detail = visit(lab, post.url, guest).scopes["webapp.video-detail"]
    assert detail == post.data["answer"]


def test_login_and_unknown_posts(lab: LabProcess, guest: dict[str, str]) -> None:
    got = lab.client.request(lab.url("lab.login"), cookies=guest)
    assert (got.status, got.headers["Location"].partition("?")[0]) == (302, "/login")
    unknown = visit(lab, "https://www.tiktok.com/@nobody/video/7111111111111111111", guest)
    assert unknown.scopes["webapp.video-detail"]["statusCode"] == 10204
    sensitive = visit(lab, lab.url("sensitive"), guest).item
    assert sensitive["isContentClassified"] is True
    assert "video" not in sensitive


def test_many_posts(lab: LabProcess, guest: dict[str, str]) -> None:
    seen = visit(lab, many_post(19_999).url, guest)
    assert seen.item["createTime"] == str(many_post(19_999).created)
    assert 8_000 < len(fetch(lab, seen).body) < 40_000
    beyond = visit(lab, many_post(20_000).url, guest)
    assert beyond.scopes["webapp.video-detail"]["statusCode"] == 10204


# Links


def follow(client: Client, url: str) -> list[str]:
    """Return the chain of Location headers that *url* starts."""
    chain = [url]
    while len(chain) < 6:
        parts = urlsplit(chain[-1])
        if not parts.netloc.endswith(("tiktok.com", "tiktokv.com")):
            break
        got = client.request(chain[-1])
        if got.status not in (301, 302):
            break
        chain.append(got.headers["Location"])
    return chain


@pytest.mark.parametrize("post", [post for post in load_posts() if "hops" in post.data], ids=lambda post: post.name)
def test_links_lead_where_they_say(lab: LabProcess, post: Any) -> None:
    chain = follow(lab.client, post.url)
    if post.outcome == "too_many_redirects":
        assert len(chain) == 6
    else:
        assert chain == [post.url, *post.data["hops"]]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://m.tiktok.com/v/{id}.html", "https://www.tiktok.com/@lab.video_long/video/{id}?_r=1"),
        ("https://www.tiktok.com/embed/v2/{id}", "https://www.tiktok.com/@lab.video_long/video/{id}?_r=1"),
        ("https://tiktok.com/@lab.video_long/video/{id}", "https://www.tiktok.com/@lab.video_long/video/{id}"),
        ("https://vt.tiktok.com/ZSunknown/", "https://www.tiktok.com/?_r=1"),
    ],
)
def test_other_forms_redirect(lab: LabProcess, url: str, target: str) -> None:
    post_id = lab.url("video_long").rpartition("/")[2]
    got = lab.client.request(url.format(id=post_id))
    assert got.status in (301, 302)
    assert got.headers["Location"] == target.format(id=post_id)


# CDN


def refuse(lab: LabProcess, url: str, headers: dict[str, str], cookies: dict[str, str]) -> str:
    """Return the reason the log gives for a 403."""
    got = lab.client.request(url, headers, cookies=cookies)
    assert got.status == 403
    assert b"Access Denied" in got.body
    return lab.log()[-1].note


def test_video_rules(lab: LabProcess, guest: dict[str, str]) -> None:
    seen, other = visit(lab, lab.url("video_portrait"), guest), visit(lab, lab.url("video_portrait"), guest)
    assert fetch(lab, seen).status == 200
    assert refuse(lab, seen.play.replace("signature=", "signature=0"), REFERER, seen.jar) == "signature"
    assert refuse(lab, seen.play.replace("expire=", "expire=9"), REFERER, seen.jar) == "signature"
    assert refuse(lab, seen.play.partition("?")[0], REFERER, seen.jar) == "signature"
    assert refuse(lab, seen.play, REFERER, {}) == "no tt_chain_token"
    assert refuse(lab, seen.play, REFERER, other.jar) == "tt_chain_token of another answer"
    assert refuse(lab, seen.play, {}, seen.jar) == "referer"
    assert refuse(lab, seen.play, {"Referer": "https://example.com/"}, seen.jar) == "referer"
    assert refuse(lab, seen.play, {**REFERER, "User-Agent": "curl/8"}, seen.jar) == "user agent"


def test_urls_expire(lab: LabProcess, guest: dict[str, str]) -> None:
    lab.set_faults("expire-0:/video/")
    seen = visit(lab, lab.url("video_portrait"), guest)
    time.sleep(1.1)
    assert refuse(lab, seen.play, REFERER, seen.jar) == "expired"
    assert refuse(lab, seen.item["video"]["cover"], REFERER, {}) == "expired"


def test_pictures_music_and_subtitles(lab: LabProcess, guest: dict[str, str]) -> None:
    client = lab.client
    item = visit(lab, lab.url("video_subtitles"), guest).item
    cover, music, subtitle = item["video"]["cover"], item["music"]["playUrl"], item["video"]["subtitleInfos"][0]["Url"]
    assert client.request(cover, REFERER).body.startswith(b"\xff\xd8")
    assert client.request(subtitle, REFERER).body.startswith(b"WEBVTT")
    assert client.request(music, REFERER).headers["Content-Type"] == "audio/mp4"
    assert refuse(lab, cover, {}, {}) == "referer"
    assert refuse(lab, cover.replace("x-signature=", "x-signature=0"), REFERER, {}) == "signature"
    assert refuse(lab, subtitle.replace("tiktokcdn.com/", "tiktokcdn.com/0"), REFERER, {}) == "signature"
    assert refuse(lab, music, {}, {}) == "referer"


def test_chain_token_per_page(lab: LabProcess, guest: dict[str, str]) -> None:
    first, second = (visit(lab, lab.url("video_portrait"), guest) for _ in range(2))
    assert len({guest["tt_chain_token"], *first.jar.values(), *second.jar.values()}) == 3


def test_chain_token_once(start_lab: Callable[..., LabProcess]) -> None:
    lab = start_lab("--chain-token", "once", "--latency", "30")
    cookies = lab.client.become_guest()
    started = time.monotonic()
    first, second = (visit(lab, lab.url("video_portrait"), cookies) for _ in range(2))
    assert time.monotonic() - started > 0.06
    assert "tt_chain_token" not in first.got.cookies
    assert first.jar == second.jar == {"tt_chain_token": cookies["tt_chain_token"]}
    assert fetch(lab, first).status == 200
    assert lab.stop() == 0


def test_ranges(lab: LabProcess, guest: dict[str, str]) -> None:
    seen = visit(lab, lab.url("video_square"), guest)
    whole = fetch(lab, seen)
    size, etag = len(whole.body), whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.body == media.load("square-540")
    part = fetch(lab, seen, Range="bytes=100-199")
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{size}"
    assert fetch(lab, seen, Range="bytes=100-", If_Range=etag).body == whole.body[100:]
    assert fetch(lab, seen, Range="bytes=-50", If_Range=whole.headers["Last-Modified"]).body == whole.body[-50:]
    assert fetch(lab, seen, Range="bytes=100-", If_Range='"other"').status == 200
    beyond = fetch(lab, seen, Range=f"bytes={size}-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    head = lab.client.request(seen.play, REFERER, method="HEAD", cookies=seen.jar)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(size), b"")


# Faults


def test_faults_of_the_body(lab: LabProcess, guest: dict[str, str]) -> None:
    seen = visit(lab, lab.url("video_square"), guest)
    data = media.load("square-540")
    lab.set_faults("truncate:/video/tos:1")
    with pytest.raises(http.client.IncompleteRead) as cut:
        fetch(lab, seen)
    assert cut.value.partial == data[: len(data) // 2]
    assert fetch(lab, seen, Range=f"bytes={len(data) // 2}-").body == data[len(data) // 2 :]
    lab.set_faults("reset:/video/tos:1")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        fetch(lab, seen)
    lab.set_faults("slow-400000:/video/tos:1")
    started = time.monotonic()
    assert fetch(lab, seen).body == data
    assert time.monotonic() - started > 0.9 * len(data) / 400_000
    lab.set_faults("cut:/video/tos:1")
    assert fetch(lab, seen).body == data[: len(data) // 2]
    lab.set_faults("changed:/video/tos:1")
    changed, plain = fetch(lab, seen), fetch(lab, seen)
    assert len(changed.body) == len(data) + 1024
    assert changed.headers["ETag"] != plain.headers["ETag"]


def test_faults_in_place_of_the_answer(lab: LabProcess, guest: dict[str, str]) -> None:
    seen = visit(lab, lab.url("video_square"), guest)
    lab.set_faults(
        "status-429:/video/tos:1", "status-500:/video/tos:1", "html:/video/tos:1", "empty:/video/tos:1", "firewall:/@"
    )
    limited = fetch(lab, seen)
    assert (limited.status, limited.headers["Retry-After"]) == (429, "1")
    assert fetch(lab, seen).status == 500
    assert fetch(lab, seen).body.startswith(b"<!DOCTYPE html>")
    assert fetch(lab, seen).body == b""
    assert fetch(lab, seen).status == 200
    assert b"Please wait..." in lab.client.request(lab.url("video_square"), cookies=guest).body
    assert lab.log()[1].note == "fault status-429"


def test_faults_by_rate(lab: LabProcess) -> None:
    lab.set_faults(rate=["status-503:/$:0.5"])
    statuses = [lab.client.request("https://www.tiktok.com/").status for _ in range(24)]
    assert 3 <= statuses.count(503) <= 21


@pytest.mark.parametrize("name", ["media_gone", "media_html", "media_truncated", "media_cut"])
def test_media_that_cannot_be_had(lab: LabProcess, guest: dict[str, str], name: str) -> None:
    seen = visit(lab, lab.url(name), guest)
    announced = int(seen.item["video"]["size"])
    if name == "media_truncated":
        for headers in ({}, {"Range": "bytes=80000-"}):
            with pytest.raises(http.client.IncompleteRead):
                fetch(lab, seen, **headers)
    else:
        got = fetch(lab, seen)
        assert got.status == (404 if name == "media_gone" else 200)
        assert len(got.body) < announced


# The door


def test_unknown_hosts_are_refused(lab: LabProcess) -> None:
    with pytest.raises(OSError, match="502"):
        lab.client.request("https://example.org/")
    plain = http.client.HTTPConnection("127.0.0.1", urlsplit(lab.proxy).port or 0, timeout=10)
    plain.request("GET", "http://www.tiktok.com/")
    assert plain.getresponse().status == 502
    plain.close()
    assert [(record.host, record.note) for record in lab.refused()] == [
        ("example.org", "unknown host"),
        ("www.tiktok.com", "plain http"),
    ]


def test_log_names_what_was_sent(lab: LabProcess) -> None:
    lab.client.request(
        "https://www.tiktok.com/?a=1", {**REFERER, "Sec-Fetch-Mode": "navigate"}, cookies={"x": "secret"}
    )
    (record,) = lab.log()
    assert (record.method, record.url, record.status) == ("GET", "https://www.tiktok.com/?a=1", 200)
    assert record.headers["sec-fetch-mode"] == "navigate"
    assert record.headers["referer"] == REFERER["Referer"]
    assert record.cookies == ["x"]
    assert "secret" not in str(record)


def test_wrong_options_are_named() -> None:
    command = [sys.executable, "-m", "tests.lab", "--fault", "explode:/"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "explode:/: expected KIND:REGEX" in done.stderr


# Media


def test_media_are_what_the_table_says() -> None:
    media.ensure()
    for recipe in RECIPES.values():
        path = media.cache_dir() / recipe.file
        assert 1_000 < path.stat().st_size < 1_100_000, recipe.name
        with av.open(str(path)) as container:
            assert bool(container.streams.audio) == (recipe.tone is not None), recipe.name
            if recipe.codec:
                stream = container.streams.video[0]
                assert (stream.codec_context is None) == recipe.opaque, recipe.name
                if not recipe.opaque:
                    assert (stream.width, stream.height) == (recipe.width, recipe.height), recipe.name


def test_watermark_is_in_the_pixels() -> None:
    pairs = [name for name in RECIPES if name.endswith("-logo")]
    assert pairs
    for name in pairs:
        assert media.has_watermark(media.cache_dir() / RECIPES[name].file)
        assert not media.has_watermark(media.cache_dir() / RECIPES[name.removesuffix("-logo")].file)


def test_pictures_of_a_slideshow_differ() -> None:
    photos = [media.load(f"photo-{n}") for n in range(1, 5)]
    assert all(one != other for one, other in pairwise(photos))
