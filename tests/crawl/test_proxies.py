"""Proxies of all kinds: everything goes through the session's, nothing without, and no password is seen."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector
from scrapy.utils.test import get_crawler

from scraper.errors import UsageError
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.network.proxy_urls import name_proxy, parse_list, parse_proxy
from tests.lab.process import LabProcess
from tests.lab.proxies import TestProxy
from tests.support.crawling import crawl, scrapy

SECRET = "s3cret-pass%2Fword"
USER = "me:s3cret-pass/word"


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://proxy", "http://proxy:80", "http://proxy:80"),
        (" https://u:p%40x@proxy:8443/ ", "https://u:p%40x@proxy:8443", "https://proxy:8443"),
        ("socks5://proxy", "socks5://proxy:1080", "socks5://proxy:1080"),
        ("socks5h://[::1]:9050", "socks5://[::1]:9050", "socks5://[::1]:9050"),
    ],
)
def test_a_proxy_is_read(text: str, url: str, name: str) -> None:
    proxy = parse_proxy(text, "PROXY")
    assert (proxy.url, proxy.name, name_proxy(proxy.url)) == (url, name, name)
    assert "p%40x" not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ftp://proxy:21", "got 'ftp'"),
        ("http://", "got 'no host or port'"),
        ("http://user:hush@:80", "got 'no host or port'"),
        ("http://user:hush@proxy:99999", "got text that is not a URL"),
        ("http://user:hu sh@proxy:80", "got blanks or special characters"),
        ("http://user:hüsh@proxy:80", "got blanks or special characters"),
        ("socks5://user:hush@proxy:1080", "run a local relay that adds them"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_repeats_no_password(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_proxy(text, "PROXY")
    message = str(raised.value)
    assert message.startswith("PROXY: ")
    assert words in message
    assert "\n" not in message
    assert "hush" not in message


def test_every_bad_line_of_a_list_is_told() -> None:
    assert len(parse_list(["# mine", "", "a:1", "http://a:1", " b:2 "], "F")) == 2
    with pytest.raises(UsageError) as raised:
        parse_list(["a:1", "ftp://x:hush@y", "socks5://u:hush@y"], "F")
    assert [line.partition(":")[0] for line in str(raised.value).splitlines()] == ["F, line 2", "F, line 3"]
    assert "hush" not in str(raised.value)
    with pytest.raises(UsageError, match="got none"):
        parse_list(["#"], "F")


def options(**settings: str) -> NetworkOptions:
    given = Settings({"PROXY": "", "PROXIES_FILE": "", "CA_FILE": ""})
    given.setdict(settings, priority="cmdline")
    return NetworkOptions.from_settings(given)


def test_one_proxy_or_a_file_of_them(tmp_path: Path) -> None:
    file = tmp_path / "proxies.txt"
    file.write_text("http://u:hush@a:1\nsocks5://b:2\n")
    found = options(PROXIES_FILE=str(file))
    assert [proxy.name for proxy in found.proxies] == ["http://a:1", "socks5://b:2"]
    assert "hush" not in repr(found) + found.proxy_name
    with pytest.raises(UsageError, match="PROXY and PROXIES_FILE: expected one"):
        options(PROXIES_FILE=str(file), PROXY="http://c:3")
    with pytest.raises(UsageError, match="PROXIES_FILE: cannot read"):
        options(PROXIES_FILE=str(tmp_path / "none"))


@pytest.fixture
def proxies(tmp_path: Path) -> Proxies:
    file = tmp_path / "proxies.txt"
    file.write_text("a:1\nb:2\nc:3\n")
    return Proxies([proxy.url for proxy in options(PROXIES_FILE=str(file)).proxies], stats=DummyStatsCollector(get_crawler()))


def test_sessions_are_spread_and_who_has_none_keeps_one(proxies: Proxies) -> None:
    assert {proxies.assign("x") for _ in range(3)} == {"http://a:1", "http://b:2", "http://c:3"}
    assert {proxies.of_platform("y") for _ in range(9)} == {proxies.of_platform("y")}
    assert proxies.knows("http://a:1")
    assert not proxies.knows("http://z:1")
    assert not proxies.knows(None)


def test_a_dead_proxy_is_replaced_and_comes_back(proxies: Proxies, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    first = proxies.of_platform("x")
    proxies.bury(first, "no connection")
    second = proxies.of_platform("x")
    assert second not in (first, None)
    assert proxies.is_dead(first)
    proxies.bury(first, "said twice")
    now += 61
    assert not proxies.is_dead(first)
    assert proxies.of_platform("x") == second
    proxies.bury(first, "dead again")
    now += 61
    assert proxies.is_dead(first)
    now += 60
    assert not proxies.is_dead(first)


def test_when_all_are_dead_the_first_that_died_is_tried_again(proxies: Proxies) -> None:
    order = [proxies.assign("x") for _ in range(3)]
    for each in order:
        proxies.bury(each, "no connection")
    assert proxies.of_platform("y") == order[0]
    assert not proxies.is_dead(order[0])


KINDS: list[dict[str, Any]] = [{"kind": "http", "user": USER}, {"kind": "https", "user": USER}, {"kind": "socks5"}]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["kind"])
def test_all_three_ways_go_through_a_proxy_of_any_kind(
    lab: LabProcess, clean_lab: None, tmp_path: Path, kind: dict[str, Any]
) -> None:
    proxy = TestProxy(lab.proxy, folder=tmp_path, **kind)
    env = {"SSL_CERT_FILE": str(proxy.ca_file)} if kind["kind"] == "https" else {}
    given = proxy.url.replace("s3cret-pass/word", SECRET)
    urls = f"{lab.url('lab.video_square')} {lab.url('lab_photo')}"
    try:
        done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="hybrid", env=env, PROXY=given, LOG_LEVEL="DEBUG")
        assert done.code == 0, done.stderr[-3000:]
        hosts = {target.partition(":")[0] for target in proxy.hosts}
        asked = {record.host for record in lab.log()}
        assert {"www.tiktok.com", "cdn.syndication.twimg.com", "pbs.twimg.com"} <= hosts
        assert any("webapp-prime" in host for host in hosts)
        assert asked <= hosts
        assert proxy.refused == 0
    finally:
        proxy.stop()
    texts = [done.stdout, done.stderr, *(path.read_text("utf-8", "replace") for path in done.folder.rglob("*.json*"))]
    assert not [text for text in texts if "s3cret" in text]


def test_a_session_whose_proxy_dies_is_replaced_by_one_on_another(
    start_lab: Callable[..., LabProcess], tmp_path: Path
) -> None:
    lab = start_lab("--many", "40", "--list-many", "--latency", "40")
    dying, living = TestProxy(lab.proxy), TestProxy(lab.proxy)
    file, seeds = tmp_path / "proxies.txt", tmp_path / "seeds.txt"
    file.write_text(f"{dying.url}\n{living.url}\n")
    seeds.write_text("\n".join(post["url"] for post in lab.posts_of("tiktok")[-40:]))

    def kill() -> None:
        while len(dying.hosts) < 3:  # the browser's first connections
            time.sleep(0.02)
        time.sleep(0.5)
        dying.stop()

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="tiktok", MEDIA="none", PROXIES_FILE=str(file), PROXY="", OPEN_SEEDS=4)
    finally:
        living.stop()
    assert [envelope["code"] for envelope in done.envelopes] == [200] * 40, done.stderr[-3000:]
    assert living.hosts
    assert done.stat("proxy/dead") >= 1
    assert done.stat("session/minted/tiktok") == 2
    assert f"the proxy {dying.url} is dead" in done.stderr


def test_a_refused_session_does_not_change_its_proxy(start_lab: Callable[..., LabProcess], tmp_path: Path) -> None:
    lab = start_lab("--fault", "firewall:lab.video_square/video:1")
    proxies = [TestProxy(lab.proxy), TestProxy(lab.proxy)]
    file = tmp_path / "proxies.txt"
    file.write_text("\n".join(proxy.url for proxy in proxies))
    try:
        done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_square')}", spider="tiktok", PROXIES_FILE=str(file), PROXY="")
    finally:
        for proxy in proxies:
            proxy.stop()
    assert done.code == 0, done.stderr[-3000:]
    assert done.stat("session/minted/tiktok") == 2
    assert sorted(bool(proxy.hosts) for proxy in proxies) == [False, True]


def test_a_run_without_a_proxy_that_lives_does_not_start(lab: LabProcess, tmp_path: Path) -> None:
    file = tmp_path / "proxies.txt"
    gone = [TestProxy(lab.proxy), TestProxy(lab.proxy)]
    file.write_text("\n".join(proxy.url.replace("//", "//me:hush@") for proxy in gone))
    for proxy in gone:
        proxy.stop()
    done = scrapy("crawl", "tiktok", "-a", f"urls={lab.url('lab.video_square')}", "-s", f"PROXIES_FILE={file}", "-s", f"OUTPUT_DIR={tmp_path}/out")
    assert done.returncode == 2
    assert "do not answer, not one of them" in done.stderr
    assert "hush" not in done.stderr
