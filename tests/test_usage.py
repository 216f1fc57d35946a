"""Wrong use gives one clear line each and exit code 2, never a traceback."""

import socket
from pathlib import Path

import pytest

from tests.crawling import crawl, scrapy
from tests.lab.process import LabProcess

URL = "https://www.tiktok.com/@lab.video_square/video/7520666970962987367"


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("args", "settings", "expected"),
    [
        ((), {}, ["urls or seeds: expected one of them, got none"]),
        (("-a", f"urls={URL}", "-a", "seeds=-"), {}, ["urls and seeds: expected one of them, got both"]),
        (("-a", "seeds=no-such-file.txt"), {}, ["seeds: cannot read no-such-file.txt"]),
        (("-a", f"urls={URL}", "-a", "limit=3"), {}, ["is no argument"]),
        (("-a", f"urls={URL}"), {"MEDIA": "bset"}, ["MEDIA: expected one of best, none, all, got 'bset'"]),
        (("-a", f"urls={URL}"), {"WATERMARK": "no", "OPEN_SEEDS": "many"}, ["WATERMARK: expected", "OPEN_SEEDS: expected"]),
        (("-a", f"urls={URL}"), {"BROWSER_EXECUTABLE": "/no/such/chrome"}, ["BROWSER_EXECUTABLE: no program at"]),
        (("-a", f"urls={URL}"), {"MIN_FREE": str(10**18)}, ["MiB free on the disk of"]),
        (("-a", f"urls={URL}"), {"CA_FILE": "no.pem"}, ["CA_FILE: no such file: no.pem"]),
        (("-a", f"urls={URL}"), {"PROXY": "socks5://127.0.0.1:1080"}, ["PROXY: expected http://host:port"]),
    ],
)
def test_wrong_use_is_one_line_each(
    tmp_path: Path, args: tuple[str, ...], settings: dict[str, str], expected: list[str]
) -> None:
    done = crawl(None, tmp_path, *args, **settings)
    assert done.code == 2
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("scrapy crawl: ")]
    assert done.stderr.splitlines() == lines
    assert len(lines) == len(expected)
    for line, words in zip(lines, expected, strict=True):
        assert words in line


def test_a_proxy_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    done = crawl(None, tmp_path, "-a", f"urls={URL}", PROXY=f"http://me:s3cret@127.0.0.1:{closed_port()}")
    assert done.code == 2
    assert "does not answer" in done.stderr
    assert "s3cret" not in done.stderr


def test_no_browser_at_all_says_where_it_was_looked_for(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = scrapy("crawl", "tiktok", "-a", f"urls={URL}", "-s", f"OUTPUT_DIR={tmp_path}", env=env)
    if done.returncode != 2:
        pytest.skip("a browser lies at a fixed path of this system")
    (line,) = done.stderr.splitlines()
    assert "no Chromium or Chrome found" in line
    assert "playwright install chromium" in line


def test_unknown_spider_and_setting_from_the_environment() -> None:
    assert "expected one of tiktok" in scrapy("crawl", "tictoc").stderr
    done = scrapy("crawl", "tiktok", "-a", f"urls={URL}", env={"SCRAPER_MEDIA": "some"})
    assert (done.returncode, "MEDIA: expected" in done.stderr) == (2, True)


def test_seeds_without_a_post_need_no_browser(lab: LabProcess, tmp_path: Path) -> None:
    text = "no link\nhttps://tiktok.com.evil.example/@a/video/1\nhttps://www.tiktok.com/@someone\nhttps://x.com/a/status/1\n"
    done = crawl(lab, tmp_path, "-a", "seeds=-", stdin=text)
    assert done.code == 1
    errors = {envelope["seed"]: envelope["error"]["code"] for envelope in done.envelopes}
    assert errors == {
        "1.1": "no_url",
        "2.1": "host_not_allowed",
        "3.1": "unsupported_kind",
        "4.1": "host_not_allowed",
    }
    assert done.stat("playwright/browser_count") == 0
