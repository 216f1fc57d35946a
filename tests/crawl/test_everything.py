"""One crawl of every post of the lab, by all spiders at once, with many readers: ends, files, kept answers; and limits."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import ErrorCode
from tests.lab.catalog import LabPost, load_posts
from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.support.agreement import assert_counts_agree
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.schemas import load_schema

OF_RUN = ("raw", "seed", "tags", "options", "provenance", "warnings")
OF_MEDIA = ("media_failed", "fallback", "silent", "no_", "watermark")
"""Warnings of the media step begin so."""
PLATFORMS = ("bilibili", "douyin", "tiktok", "twitter")


def posts_of(platform: str) -> list[LabPost]:
    """Return the lab's posts; Douyin's challenges, which take three visits each, are left to test_douyin_crawl.py."""
    slow = (("douyin", "challenge"),)
    return [post for post in load_posts() if post.platform == platform and (platform, post.outcome) not in slow]


@dataclass(frozen=True, slots=True)
class Everything:
    """The crawl and what the lab was asked for."""

    run: Crawl
    log: list[Record]

    def envelopes(self, platform: str) -> list[dict[str, Any]]:
        """Return the envelopes of the links of one platform."""
        own = {post.url for post in posts_of(platform)}
        return [envelope for envelope in self.run.envelopes if envelope["params"]["url"] in own]

    def posts(self, platform: str) -> list[dict[str, Any]]:
        """Return the records of one platform."""
        return [post for post in self.run.posts if post["platform"] == platform]


@pytest.fixture(scope="module")
def everything(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """Crawl each post once, in the Chromium that a user has, with every answer and file kept; many fail on purpose."""
    folder = tmp_path_factory.mktemp("everything")
    lab.reset()
    seeds = folder / "seeds.txt"
    seeds.write_text("".join(f"{post.url}\n" for platform in PLATFORMS for post in posts_of(platform)), "utf-8")
    run = crawl(lab, folder, "-a", f"seeds={seeds}", spider="hybrid", BROWSER_EXECUTABLE="", MONITORS=0)
    log, refused = lab.log(), lab.refused()
    lab.reset()
    assert refused == []
    return Everything(run, log)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_post_ends_as_its_file_says(everything: Everything, platform: str) -> None:
    found = everything.envelopes(platform)
    ends = {envelope["params"]["url"]: (envelope["error"] or {}).get("code", "ok") for envelope in found}
    wanted = {post.url: post.outcome for post in posts_of(platform)}
    assert {url: (end, wanted[url]) for url, end in ends.items() if end != wanted[url]} == {}
    assert len(found) == len(wanted)


def test_envelopes_and_records_keep_their_schemas(everything: Everything) -> None:
    for name, items in (("envelope-1.json", everything.run.envelopes), ("post-1.json", everything.run.posts)):
        validator = load_schema(name)
        for item in items:
            validator.validate(item)


def test_all_that_counts_seeds_says_the_same(everything: Everything) -> None:
    assert everything.run.code == 1
    assert_counts_agree(everything.run)


def test_every_file_is_what_each_record_says_and_nothing_else_lies_there(everything: Everything) -> None:
    """Also where several links lead to one post, or to parts of it."""
    run = everything.run
    listed = [file for post in run.posts for medium in post["media"] for file in medium["files"]]
    for file in listed:
        content = (run.folder / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        assert file["path"].endswith((".srt", ".vtt")) or file["probe"]["codec"]
    found = {path.relative_to(run.folder).as_posix() for path in (run.folder / "media").rglob("*") if path.is_file()}
    assert found == {file["path"] for file in listed}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_kept_answers_give_the_same_records_again(everything: Everything, platform: str) -> None:
    posts = everything.posts(platform)
    read = scrapy("payload", platform, *(str(everything.run.folder / post["raw"]) for post in posts))
    assert read.returncode == 0, read.stderr
    again = [json.loads(line) for line in read.stdout.splitlines()]
    assert [bare(post) for post in again] == [bare(post) for post in posts]


def bare(post: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of its post: nothing of the run, and of URLs what no later answer signs anew."""
    media = [{name: value for name, value in medium.items() if name not in ("files", "error")} for medium in post["media"]]
    text = json.dumps({name: value for name, value in post.items() if name not in OF_RUN} | {"media": media})
    said = re.sub(r'\?[^"]*"', '"', re.sub(r'"expires_at": [^,]*,', "", text))
    found: dict[str, Any] = json.loads(said)
    found["warnings"] = [word for word in post["warnings"] if not word.startswith(OF_MEDIA)]
    return found


def test_a_failure_names_its_code_and_what_to_do(everything: Everything) -> None:
    raw_codes = {"removed": "10204", "geo_blocked": "10231", "user_gone": "10221", "challenge": "10000"}
    for envelope in everything.envelopes("tiktok"):
        error = envelope["error"]
        if error is None:
            assert envelope["message"] == "ok"
            continue
        code = ErrorCode(error["code"])
        assert envelope["code"] == code.status
        assert re.fullmatch(r"[^\n]{40,400}[.)]", envelope["message"])
        assert error["raw_code"] == raw_codes.get(code, error["raw_code"])
        assert (envelope["data"] is not None) == (code is ErrorCode.MEDIA_FAILED)
    private = {e["error"]["raw_code"] for e in everything.envelopes("tiktok") if e["error"] and e["error"]["code"] == "private"}
    assert private == {"10216", "10222"}


def test_photo_posts_give_every_picture_in_order_and_the_sound(everything: Everything) -> None:
    post = next(post for post in everything.posts("tiktok") if post["author"]["handle"] == "lab.photo_many")
    assert [(m["index"], m["role"]) for m in post["media"]] == [
        *((n, "image") for n in range(1, len(post["media"]))),
        (len(post["media"]), "audio"),
    ]
    assert all(len(m["files"]) == 1 for m in post["media"])
    sizes = [(m["files"][0]["probe"]["width"], m["files"][0]["probe"]["height"]) for m in post["media"][:-1]]
    assert sizes == [(m["width"], m["height"]) for m in post["media"][:-1]]


def test_a_silent_file_gives_way_to_one_with_sound(everything: Everything) -> None:
    for handle in ("lab.video_silent", "lab.video_hvc1_trap", "lab.video_h265_silent"):
        post = next(post for post in everything.posts("tiktok") if post["author"]["handle"] == handle)
        assert post["media"][0]["files"][0]["probe"]["has_audio"], handle
    silent = next(post for post in everything.posts("tiktok") if post["author"]["handle"] == "lab.video_silent")
    assert "fallback:1:no_sound" in silent["warnings"]


def test_media_failures_name_their_cause(everything: Everything) -> None:
    causes = {
        post["author"]["handle"]: post["media"][0]["error"].split(":")[0]
        for post in everything.posts("tiktok")
        if (post["author"]["handle"] or "").startswith("lab.media_") and post["media"][0]["error"]
    }
    assert causes == {
        "lab.media_cut": "truncated",
        "lab.media_gone": "gone",
        "lab.media_html": "not_media",
        "lab.media_truncated": "truncated",
    }


def test_short_links_are_asked_hop_by_hop_and_never_followed(everything: Everything) -> None:
    log = everything.log
    short = [record for record in log if record.host in ("vm.tiktok.com", "vt.tiktok.com")]
    assert short
    assert all(record.status in (301, 302) for record in short)
    hops = [record for record in short if "loop" in record.target]
    assert 2 <= len(hops) <= 6
    assert not [record for record in log if record.host not in ("vm.tiktok.com", "vt.tiktok.com") and "_r=1" in record.target]


def test_one_session_serves_them_all(everything: Everything) -> None:
    assert everything.run.stat("playwright/browser_count") == 1
    assert everything.run.stat("session/minted/tiktok") <= 3  # the seed that asks for a captcha has its own replaced twice


def test_no_secret_reaches_a_file_or_the_log(everything: Everything) -> None:
    sessions = list((everything.run.folder.parent / "sessions").iterdir())
    assert {session.stat().st_mode & 0o777 for session in sessions} == {0o600}
    stored = [json.loads(session.read_text("utf-8"))["storage"] for session in sessions]
    cookies = [cookie for storage in stored for cookie in storage.get("cookies", ())]
    secrets = {cookie["value"].strip('"') for cookie in cookies}
    secrets = {value for value in secrets if len(value) >= 8}
    assert secrets
    texts = [path for path in everything.run.folder.rglob("*") if path.suffix in (".json", ".jsonl", ".html")]
    for text in (everything.run.stdout, everything.run.stderr, *(path.read_text("utf-8") for path in texts)):
        assert not [secret for secret in secrets if secret in text]
    assert "signature=" not in everything.run.stderr


LIMITED = {
    "twitter": (
        ("--guest-budget", "1", "--guest-window", "10"),
        (),
        ("bilibili-plain", "bilibili-multi-part", "twitter-embed-no-media", "twitter-repost"),
    ),
    "bilibili": (
        (),
        ("code-799:song/info:1",),
        (
            "bilibili-audio",
            *(f"twitter-{name}" for name in ("photo", "photos", "video", "tall", "gif", "mixed", "png")),
        ),
    ),
}
"""By the platform that is limited: options of the lab, faults, posts."""


@pytest.mark.parametrize("limited", LIMITED)
def test_a_platform_that_is_limited_pauses_alone(
    start_lab: Callable[..., LabProcess], tmp_path: Path, limited: str
) -> None:
    """The others go on meanwhile, and nobody takes another session for it."""
    options, faults, names = LIMITED[limited]
    posts = {post.name: post for post in load_posts()}
    lab = start_lab(*options)
    lab.set_faults(*faults)
    urls = " ".join(posts[name].url for name in names)
    run = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="hybrid", MEDIA="none", OPEN_SEEDS=1)
    assert run.code == 0, run.stdout
    domains = {"twitter": ("x.com", "twimg.com"), "bilibili": ("bilibili.com",)}
    own = [record.time for record in lab.log() if record.host.endswith(domains[limited])]
    other = [record.time for record in lab.log() if not record.host.endswith(domains[limited])]
    start, end = max(pairwise(own), key=lambda pair: pair[1] - pair[0])
    assert end - start > 1.5
    assert len([time for time in other if start < time < end]) >= 4
    assert run.stat(f"pause/{limited}") >= 1
    assert not [name for name in domains if name != limited and run.stat(f"pause/{name}")]
    assert sum(run.stat(f"session/retired/{name}") for name in domains) == 0
