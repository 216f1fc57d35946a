"""The lab's media servers refuse what the real ones refuse, and faults do what they say."""

import http.client
import time
from collections.abc import Callable

import pytest

from tests.lab import media
from tests.lab.process import LabProcess
from tests.lab.visit import REFERER, fetch, visit

pytestmark = pytest.mark.usefixtures("clean_lab")


def refuse(lab: LabProcess, url: str, headers: dict[str, str], cookies: dict[str, str]) -> str:
    """Return the reason of a 403, from the log."""
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
