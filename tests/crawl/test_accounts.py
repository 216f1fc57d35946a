"""The user's own cookies in a crawl: read at every use, believed while the site does, reported when it does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.process import LabProcess
from tests.support.accounts import PLATFORMS, give
from tests.support.crawling import Crawl, crawl, scrapy, start_crawl
from tests.support.labs import StartLab
from tests.support.tree import ROOT
from tests.support.waiting import wait_for

SUBTITLED = next(json.loads(path.read_text())["url"] for path in ROOT.glob("tests/lab/posts/bilibili-subtitles.json"))


@pytest.fixture(scope="module")
def members() -> Iterator[LabProcess]:
    process = LabProcess()
    yield process
    process.stop()


def run(lab: LabProcess, folder: Path) -> Crawl:
    urls = [lab.url(part) for part in ("lab.login", "lab.video_square", "douyin.com/video/7562929075834247053", SUBTITLED, "lab_photo/status")]
    return crawl(
        lab, folder, "-a", f"urls={' '.join(urls)}", spider="hybrid", MEDIA="none",
        COOKIES_DIR=str(folder / "config"), TWITTER_COUNTERS=1,
    )  # fmt: skip


def test_an_account_sees_what_guests_do_not_and_one_that_was_logged_out_is_reported(
    members: LabProcess, tmp_path: Path
) -> None:
    values = {value for platform in PLATFORMS for value in give(members, tmp_path, platform).values()}
    done = run(members, tmp_path)
    assert done.code == 0, done.stderr[-3000:]
    assert all(post["provenance"]["session"].startswith(f"{post['platform']}-user-") for post in done.posts)
    log = members.log()
    hosts = {record.host for record in log if record.member == "live"}
    assert {"www.tiktok.com", "www.douyin.com", "www.bilibili.com", "api.bilibili.com", "api.x.com"} <= hosts
    assert not [record for record in log if "guest/activate" in record.target]
    assert not [record for record in log if record.foreign]

    members.logout()
    again = run(members, tmp_path)
    errors = {envelope["params"]["url"]: envelope["error"] for envelope in again.envelopes}
    closed = [url for url, error in errors.items() if error is not None]
    assert sorted(errors[url]["code"] for url in closed) == ["login_required", "login_required"], again.stdout
    assert any("lab.login" in url for url in closed)
    told = [line for line in again.stderr.splitlines() if "WARNING" in line and " are not used: " in line]
    assert len(told) == 4, told
    for line, words in {"tiktok_web": "login redirect", "douyin": "status_code 8", "twitter": "401", "bilibili": "-101"}.items():
        (one,) = [each for each in told if f"the cookies for {line} are not used: refused on 20" in each]
        assert words in one
        assert "the crawl continues as a guest" in one
    listed = scrapy("cookies", "list", "-s", f"COOKIES_DIR={tmp_path}/config", "-s", f"SESSION_DIR={tmp_path}/sessions")
    assert listed.stdout.count("refused: ") == 4
    everything = done.stderr + done.stdout + again.stderr + again.stdout + listed.stdout
    everything += "".join(path.read_text("utf-8", "replace") for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert not [value for value in values if value in everything]


def test_cookies_that_are_set_during_a_run_act_on_the_next_request(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "80", "--list-many", "--latency", "60")
    seeds, envelopes = tmp_path / "seeds.txt", tmp_path / "out/envelopes.jsonl"
    seeds.write_text("\n".join(post["url"] for post in lab.posts_of("tiktok")[-80:]))
    given: Any = {"COOKIES_DIR": f"{tmp_path}/config", "MEDIA": "none", "OPEN_SEEDS": 4}
    with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="tiktok", **given) as process:
        wait_for(lambda: envelopes.exists() and envelopes.read_bytes().count(b"\n") >= 15)
        give(lab, tmp_path, "tiktok")
        process.communicate(timeout=60)
    assert process.returncode == 0
    members = [record.member for record in lab.log() if "/video/" in record.target]
    assert members[:10] == [""] * 10
    assert members[-10:] == ["live"] * 10
