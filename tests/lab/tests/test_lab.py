"""The lab plays by the rules that docs/platforms.md names."""

import http.client
import re
import subprocess
import sys
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import av
import pytest

from scraper.errors import ErrorCode
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from spiders.tiktok.links import LINKS
from tests.lab import media
from tests.lab.catalog import load_posts, many_post
from tests.lab.client import Client
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES
from tests.lab.visit import REFERER, fetch, read_script, visit

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
RECOGNISER = Recogniser({"tiktok": LINKS}, {"tiktok": ("tiktok.com", "tiktokv.com")})
TIKTOK = [post for post in load_posts() if post.platform == "tiktok"]


pytestmark = pytest.mark.usefixtures("clean_lab")


def test_posts_are_well_formed() -> None:
    for post in TIKTOK:
        assert post.outcome == "ok" or ErrorCode(post.outcome)
        (found,) = RECOGNISER.find(post.url)
        assert isinstance(found, Ref), post.name
        assert (found.kind, found.id) == (post.kind, post.id or found.id), post.name
        if post.id:
            assert 4 <= post.created - (int(post.id) >> 32) <= 7
            assert post.id in post.url


def test_banner_lists_every_post(lab: LabProcess) -> None:
    assert [post["url"] for post in lab.posts] == [post.url for post in load_posts()]
    assert [post["url"] for post in lab.posts_of("tiktok")] == [post.url for post in TIKTOK]


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
    "post", [post for post in TIKTOK if isinstance(post.data.get("answer"), dict)], ids=lambda post: post.name
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


@pytest.mark.parametrize("post", [post for post in TIKTOK if "hops" in post.data], ids=lambda post: post.name)
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
