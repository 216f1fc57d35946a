"""The played Bilibili's API and media servers refuse what the real ones refuse."""

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.lab import media
from tests.lab.bilibili.ids import to_aid
from tests.lab.bilibili.reading import (
    POSTS,
    REFERER,
    call,
    play,
    read_play,
    read_state,
    refuse,
    signed,
    urls_of,
    videos,
)
from tests.lab.bilibili.wbi import Wbi, sign
from tests.lab.catalog import many_post
from tests.lab.process import LabProcess


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    return {**lab.client.become_guest("bilibili"), "CURRENT_FNVAL": "4048"}


# API


def test_view(lab: LabProcess) -> None:
    post = POSTS["plain"]
    view = call(lab, "/x/web-interface/view", bvid=post.id)
    assert (view["code"], view["data"]["bvid"]) == (0, post.id)
    assert call(lab, "/x/web-interface/view", aid=to_aid(post.id)) == view
    assert call(lab, "/x/web-interface/view/detail", bvid=post.id)["data"]["View"] == view["data"]
    assert call(lab, "/x/web-interface/view")["code"] == -400
    assert call(lab, "/x/web-interface/view", bvid="BV17x411w7KC") == {"code": -404, "message": "啥都木有", "ttl": 1}


def test_signed_calls(lab: LabProcess) -> None:
    assert call(lab, "/x/web-interface/nav")["code"] == -101
    path = "/x/player/wbi/playurl"
    query: dict[str, str | int] = {"bvid": POSTS["missing-qualities"].id, "fnval": 4048}
    assert {quality for quality, _ in videos(signed(lab, path, **query)["data"]["dash"])} == {32, 16}
    assert {quality for quality, _ in videos(signed(lab, path, **query, try_look=1)["data"]["dash"])} == {64, 32, 16}
    assert set(call(lab, path, **query)["data"]) == {"v_voucher"}
    assert call(lab, path, **query, wts=int(time.time()), w_rid="0" * 32)["code"] == -403
    assert lab.log()[-1].note == "w_rid"


def test_keys_change_with_the_day() -> None:
    wbi = Wbi()
    assert wbi.keys(86_400 * 20_000) == wbi.keys(86_400 * 20_001 - 1)
    assert wbi.keys(86_400 * 20_000) != wbi.keys(86_400 * 20_001)
    query = {"foo": "114", "bar": "514", "zab": "1919810", "wts": "1702204169"}
    keys = ("7cd084941338484aae1ad9425b84077c", "4932caff0ff746eab6f01bf08b70ac45")
    assert sign(query, *keys) == "8f6f2b5b3d485fe1886cec6a0be8c5d4"


def test_html5_plays_without_referer(lab: LabProcess) -> None:
    query = {"bvid": POSTS["plain"].id, "platform": "html5"}
    (part,) = call(lab, "/x/player/playurl", **query)["data"]["durl"]
    assert lab.client.request(part["url"]).body == media.load("wide-mp4")
    (part,) = call(lab, "/x/player/playurl", bvid=POSTS["plain"].id)["data"]["durl"]
    assert refuse(lab, part["url"], {}) == "referer"


# Media servers


def test_stream_rules(lab: LabProcess, guest: dict[str, str]) -> None:
    entry = play(lab, "plain", guest)["dash"]["video"][0]
    url, backup = entry["base_url"], entry["backup_url"][0]
    assert lab.client.request(url, REFERER).body == lab.client.request(backup, REFERER).body == media.load("wide-480")
    assert refuse(lab, url, {}) == "referer"
    assert refuse(lab, url, {"Referer": "https://example.com/"}) == "referer"
    assert refuse(lab, url, {**REFERER, "User-Agent": "curl/8"}) == "user agent"
    assert refuse(lab, url.partition("?")[0]) == "signature"
    assert refuse(lab, url.replace("deadline=", "deadline=9")) == "signature"
    assert refuse(lab, url.replace("platform=pc", "platform=html5"), {}) == "signature"
    assert refuse(lab, backup.replace("hdnts=exp=", "hdnts=exp=9")) == "hdnts"
    part = lab.client.request(url, {**REFERER, "Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, media.load("wide-480")[100:200])


def test_index_of_a_stream(lab: LabProcess, guest: dict[str, str]) -> None:
    entry = play(lab, "plain", guest)["dash"]["video"][0]
    ranges = entry["segment_base"]["initialization"], entry["segment_base"]["index_range"]
    head, index = (lab.client.request(entry["base_url"], {**REFERER, "Range": f"bytes={part}"}).body for part in ranges)
    assert (head[4:8], index[4:8]) == (b"ftyp", b"sidx")


def test_urls_expire(lab: LabProcess, guest: dict[str, str]) -> None:
    assert refuse(lab, play(lab, "media-expired", guest)["dash"]["video"][0]["base_url"]) == "expired"
    lab.set_faults("expire-0:/video/:1")
    old = play(lab, "plain", guest)["dash"]["video"][0]["base_url"]
    time.sleep(1.1)
    assert refuse(lab, old) == "expired"
    new = play(lab, "plain", guest)["dash"]["video"][0]["base_url"]
    assert urlsplit(new).path == urlsplit(old).path
    assert lab.client.request(new, REFERER).status == 200


def test_mirrors(lab: LabProcess, guest: dict[str, str]) -> None:
    refusing, silent, *good = urls_of(play(lab, "peers-first", guest)["dash"]["video"][0])
    with pytest.raises(OSError, match="502"):
        lab.client.request(refusing, REFERER)
    assert lab.log()[-1].note == "refused"
    with pytest.raises(TimeoutError):
        reach(lab, urlsplit(silent).netloc)
    assert lab.refused() == []
    assert all(lab.client.request(url, REFERER).status == 200 for url in good)
    for name, status in (("backup-403", 403), ("backup-404", 404), ("backup-junk", 200)):
        first, second, *_ = urls_of(play(lab, name, guest)["dash"]["video"][0])
        got = lab.client.request(first, REFERER)
        assert got.status == status
        assert len(got.body) <= 150
        assert lab.client.request(second, REFERER).body == media.load("wide-480")


def reach(lab: LabProcess, address: str) -> bytes:
    """Return the proxy's answer to a request for *address*; wait only a moment for it."""
    with socket.create_connection(("127.0.0.1", urlsplit(lab.proxy).port or 0), timeout=0.2) as connection:
        connection.sendall(f"CONNECT {address} HTTP/1.1\r\n\r\n".encode())
        return connection.recv(100)


def test_foreign_pages_get_no_pictures(lab: LabProcess) -> None:
    cover = call(lab, "/x/web-interface/view", bvid=POSTS["plain"].id)["data"]["pic"].replace("http:", "https:")
    assert lab.client.request(cover).body.startswith(b"\xff\xd8")
    assert refuse(lab, cover, {"Referer": "https://example.com/"}) == "referer"


def test_many_posts(lab: LabProcess, guest: dict[str, str]) -> None:
    got = lab.client.request(many_post(19_999, "bilibili").url, cookies=guest)
    assert read_state(got)["videoData"]["title"].endswith("number 19999")
    assert lab.client.request(read_play(got)["data"]["dash"]["video"][0]["base_url"], REFERER).status == 200
    beyond = lab.client.request(many_post(20_000, "bilibili").url, cookies=guest)
    assert read_state(beyond)["error"]["trueCode"] == -404
