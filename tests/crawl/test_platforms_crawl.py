"""What holds for whole crawls whatever the platform: ends, files, kept answers, and that each one pauses alone."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.lab.catalog import LabPost, load_posts
from tests.lab.process import LabProcess
from tests.support.agreement import assert_counts_agree
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.schemas import load_schema

OF_RUN = ("raw", "seed", "tags", "options", "provenance", "warnings")
OF_MEDIA = ("media_failed", "fallback", "silent", "no_", "watermark")
"""Warnings of the media step begin so."""
PLATFORMS = ("bilibili", "douyin", "twitter")


def posts_of(platform: str) -> list[LabPost]:
    """Return the lab's posts; Douyin's challenges, which take three visits each, are left to test_douyin_crawl.py."""
    slow = (("douyin", "challenge"),)
    return [post for post in load_posts() if post.platform == platform and (platform, post.outcome) not in slow]


@pytest.fixture(scope="module", params=PLATFORMS)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Crawl]]:
    """One crawl of all posts of a platform."""
    platform: str = request.param
    lab, folder = LabProcess(), tmp_path_factory.mktemp(platform)
    seeds = folder / "seeds.txt"
    seeds.write_text("".join(f"{post.url}\n" for post in posts_of(platform)), "utf-8")
    try:
        yield platform, crawl(lab, folder, "-a", f"seeds={seeds}", spider=platform)
        assert lab.refused() == []
    finally:
        lab.stop()


def test_every_post_ends_as_its_file_says(done: tuple[str, Crawl]) -> None:
    platform, run = done
    ends = {envelope["params"]["url"]: (envelope["error"] or {}).get("code", "ok") for envelope in run.envelopes}
    wanted = {post.url: post.outcome for post in posts_of(platform)}
    assert {url: (end, wanted[url]) for url, end in ends.items() if end != wanted[url]} == {}
    assert len(run.envelopes) == len(wanted)


def test_envelopes_and_records_keep_their_schemas(done: tuple[str, Crawl]) -> None:
    _, run = done
    for name, items in (("envelope-1.json", run.envelopes), ("post-1.json", run.posts)):
        validator = load_schema(name)
        for item in items:
            validator.validate(item)


def test_all_that_counts_seeds_says_the_same(done: tuple[str, Crawl]) -> None:
    assert_counts_agree(done[1])


def test_every_file_is_what_each_record_says_and_nothing_else_lies_there(done: tuple[str, Crawl]) -> None:
    """Also where several links lead to one post, or to parts of it."""
    _, run = done
    listed = [file for post in run.posts for medium in post["media"] for file in medium["files"]]
    for file in listed:
        content = (run.folder / file["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    found = {path.relative_to(run.folder).as_posix() for path in (run.folder / "media").rglob("*") if path.is_file()}
    assert found == {file["path"] for file in listed}


def test_kept_answers_give_the_same_records_again(done: tuple[str, Crawl]) -> None:
    platform, run = done
    read = scrapy("payload", platform, *(str(run.folder / post["raw"]) for post in run.posts))
    assert read.returncode == 0, read.stderr
    again = [json.loads(line) for line in read.stdout.splitlines()]
    assert [bare(post) for post in again] == [bare(post) for post in run.posts]


def bare(post: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of its post: nothing of the run, and of URLs what no later answer signs anew."""
    media = [{name: value for name, value in medium.items() if name not in ("files", "error")} for medium in post["media"]]
    text = json.dumps({name: value for name, value in post.items() if name not in OF_RUN} | {"media": media})
    said = re.sub(r'\?[^"]*"', '"', re.sub(r'"expires_at": [^,]*,', "", text))
    found: dict[str, Any] = json.loads(said)
    found["warnings"] = [word for word in post["warnings"] if not word.startswith(OF_MEDIA)]
    return found


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
