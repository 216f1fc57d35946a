"""The played Douyin's media servers, and the page whose script signs, in a real browser."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import sync_playwright

from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from scraper.posts.expiry import expires_at
from tests.lab import media
from tests.lab.douyin.cdn import HOME
from tests.lab.douyin.reading import POSTS, REFERER, WWW, denied, item, unsigned
from tests.lab.process import LabProcess

IN_PAGE = """async ([hooked, plain]) => {
  const xhr = url => new Promise(done => {
    const call = new XMLHttpRequest();
    call.onload = () => done(call.responseText);
    call.open("GET", url);
    call.send();
  });
  const frame = document.createElement("iframe");
  document.body.append(frame);
  const text = async answer => (await answer).text();
  return {
    fetch: await text(fetch(hooked)),
    request: await text(fetch(new Request(hooked, {headers: {"X-Lab": "1"}}))),
    xhr: await xhr(hooked),
    unhooked: await text(frame.contentWindow.fetch(plain)),
    cookies: document.cookie,
  };
}"""


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    return lab.client.become_guest("douyin")


def first(shown: dict[str, Any], name: str = "play_addr") -> str:
    url: str = shown["video"][name]["url_list"][0]
    return url


# Video


def test_video_rules(lab: LabProcess, guest: dict[str, str]) -> None:
    url = first(item(lab, "video-square", guest))
    parts = urlsplit(url)
    got = lab.client.request(url, {**REFERER, "Range": "bytes=100-199"})
    assert (got.status, got.body) == (206, media.load("square-540")[100:200])
    assert got.headers["ETag"].startswith('"')
    assert denied(lab, url, {}) == "referer"
    assert denied(lab, url, {"Referer": "https://www.iesdouyin.com/"}) == "referer"
    assert denied(lab, url, {**REFERER, "User-Agent": "curl/8"}) == "user agent"
    assert denied(lab, url.replace(parts.path[:34], f"/{'0' * 32}/")) == "signature"
    assert denied(lab, url.replace("//v3-", "//v26-")) == "signature"
    until = parts.path.split("/")[2]
    assert denied(lab, url.replace(until, f"{int(until, 16) + 1:08x}")) == "signature"
    expiry = expires_at(url)
    assert expiry is not None
    assert expiry.timestamp() == int(until, 16)


def test_first_server_denies_and_the_second_delivers(lab: LabProcess, guest: dict[str, str]) -> None:
    urls = item(lab, "video-backup", guest)["video"]["play_addr"]["url_list"]
    assert denied(lab, urls[0]) == "this server denies everybody"
    assert lab.client.request(urls[1], REFERER).body == media.load("square-540")


def test_expired_url_is_signed_anew(lab: LabProcess, guest: dict[str, str]) -> None:
    urls = item(lab, "video-resign", guest)["video"]["play_addr"]["url_list"]
    assert denied(lab, urls[0]) == "expired"
    leads = lab.client.request(urls[2], REFERER)
    assert leads.status == 302
    assert lab.client.request(leads.headers["Location"], REFERER).body == media.load("square-540")


def test_urls_expire_on_demand(lab: LabProcess, guest: dict[str, str]) -> None:
    lab.set_faults("expire-0:/aweme/detail/")
    image = item(lab, "note-live", guest)["images"][0]
    assert denied(lab, image["url_list"][0]) == "expired"
    assert denied(lab, image["video"]["play_addr"]["url_list"][0]) == "expired"


@pytest.mark.parametrize(
    ("query", "medium"),
    [
        ("ratio=1080p", "portrait-720"),
        ("ratio=540p", "portrait-540"),
        ("ratio=360p&line=0", "portrait-360"),
        ("ratio=default", "portrait-1080"),
        ("line=0", "portrait-720"),
        ("ratio=720p&watermark=1", "portrait-540-logo"),
    ],
)
def test_play_address(lab: LabProcess, guest: dict[str, str], query: str, medium: str) -> None:
    uri = item(lab, "video-portrait", guest)["video"]["play_addr"]["uri"]
    leads = lab.client.request(f"{WWW}/aweme/v1/play/?video_id={uri}&{query}", REFERER)
    got = lab.client.request(leads.headers["Location"], REFERER)
    assert (got.status, len(got.body)) == (200, len(media.load(medium)))


def test_play_address_rules(lab: LabProcess, guest: dict[str, str]) -> None:
    uri = item(lab, "video-square", guest)["video"]["play_addr"]["uri"]
    assert denied(lab, f"{WWW}/aweme/v1/play/?video_id={uri}&ratio=720p", {}) == "referer"
    assert lab.client.request(f"{WWW}/aweme/v1/play/?video_id=v0200fg10000gone", REFERER).status == 404
    assert lab.client.request(f"{WWW}/aweme/v1/play/", REFERER).status == 404


@pytest.mark.parametrize("host", ["www.douyin.com", "aweme.snssdk.com"])
def test_watermarked_video(lab: LabProcess, guest: dict[str, str], tmp_path: Path, host: str) -> None:
    shown = item(lab, "video-square", guest) | item(lab, "video-landscape", guest)
    uri = shown["video"]["play_addr"]["uri"]
    leads = lab.client.request(f"https://{host}/aweme/v1/playwm/?video_id={uri}&ratio=720p&line=0", REFERER)
    for name, url in (("led", leads.headers["Location"]), ("direct", first(shown, "download_addr"))):
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(lab.client.request(url, REFERER).body)
        assert media.has_watermark(path)
    path.write_bytes(lab.client.request(first(shown), REFERER).body)
    assert not media.has_watermark(path)


# Pictures and sounds


def test_picture_rules(lab: LabProcess, guest: dict[str, str]) -> None:
    url = item(lab, "note", guest)["images"][0]["url_list"][2]
    assert lab.client.request(url, REFERER).body == media.load("photo-1")
    assert denied(lab, url, {}) == "referer"
    assert denied(lab, url.replace("x-signature=", "x-signature=0")) == "signature"
    assert denied(lab, url.replace("x-expires=", "x-expires=9")) == "signature"
    assert denied(lab, url.partition("?")[0]) == "signature"
    expired = item(lab, "media-expired", guest)["images"][0]["url_list"][0]
    assert denied(lab, expired) == "expired"
    gone = item(lab, "note-one-gone", guest)["images"][1]["url_list"]
    assert {lab.client.request(one, REFERER).status for one in gone} == {404}


def test_forms_of_a_picture(lab: LabProcess, guest: dict[str, str], tmp_path: Path) -> None:
    image = item(lab, "note", guest)["images"][2]
    lists = {"url_list": False, "watermark_free_download_url_list": False, "download_url_list": True}
    for name, marked in lists.items():
        assert [urlsplit(url).path.rpartition(".")[2] for url in image[name]] == ["webp", "webp", "jpeg"]
        assert all(("dy-water" in url) == marked for url in image[name])
        for url in image[name][1:]:
            got = lab.client.request(url, REFERER)
            path = tmp_path / f"picture.{urlsplit(url).path.rpartition('.')[2]}"
            path.write_bytes(got.body)
            assert got.body.startswith(b"RIFF" if path.suffix == ".webp" else b"\xff\xd8")
            assert media.has_watermark(path) == marked


def test_live_photo_and_sound(lab: LabProcess, guest: dict[str, str]) -> None:
    shown = item(lab, "note-live", guest)
    moving = shown["images"][0]["video"]["play_addr"]
    assert lab.client.request(moving["url_list"][0], REFERER).body == media.load("live-1")
    leads = lab.client.request(f"{WWW}/aweme/v1/play/?video_id={moving['uri']}&ratio=1080p&line=0", REFERER)
    assert lab.client.request(leads.headers["Location"], REFERER).body == media.load("live-1")
    sounds = shown["music"]["play_url"]["url_list"]
    assert {lab.client.request(url).body for url in sounds} == {media.load("tune")}
    leads = lab.client.request(f"{WWW}/aweme/v1/play/?video_id={sounds[0]}&ratio=720p", REFERER)
    assert leads.headers["Location"] == sounds[0]
    face = shown["author"]["avatar_thumb"]["url_list"][0]
    assert lab.client.request(face, REFERER).body == media.load("avatar")


# The page's script


def visit(lab: LabProcess) -> tuple[dict[str, str], dict[str, str], str, str]:
    """Return the results of the home page's calls, the jar, and address and answer of an opened post's own request."""
    options = launch_options(
        BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30),
        NetworkOptions(proxy=lab.proxy, ca_file=Path(lab.ca_file)),
    )
    target = unsigned(POSTS["video-square"].id)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**{**options, "proxy": {"server": lab.proxy}})
        try:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(HOME)
            page.wait_for_function("document.cookie.includes('msToken=')")
            got = page.evaluate(IN_PAGE, [target, WWW + target])
            with page.expect_response(lambda response: "/aweme/detail/" in response.url) as event:
                page.goto(POSTS["note"].url)
            jar = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
            return got, jar, event.value.url, event.value.text()
        finally:
            chromium.close()


def test_page_signs_what_its_scripts_ask_for(lab: LabProcess) -> None:
    with ThreadPoolExecutor(max_workers=1) as pool:  # in this thread pytest-playwright may have a loop open
        got, jar, url, text = pool.submit(visit, lab).result()
    for name in ("fetch", "request", "xhr"):
        assert POSTS["video-square"].id in got[name], name
    assert got["unhooked"] == ""
    assert POSTS["note"].id in text
    query = dict(parse_qsl(urlsplit(url).query))
    assert {"msToken", "verifyFp", "fp", "a_bogus"} <= set(query)
    assert query["verifyFp"] == query["fp"] == jar["s_v_web_id"]
    assert {"ttwid", "__ac_nonce", "s_v_web_id", "msToken"} == set(jar)
    assert "ttwid" not in got["cookies"]
    assert [record.note for record in lab.log() if "/aweme/" in record.target] == ["", "", "", "no a_bogus", ""]
    assert lab.refused() == []
