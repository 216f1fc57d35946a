"""Any link at once: each platform as its own spider takes it, side by side with the others."""

from pathlib import Path
from typing import Any

import pytest

from tests.lab.catalog import load_posts
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl

NAMES = (
    *("tiktok-video-portrait", "tiktok-photo-png", "tiktok-removed", "tiktok-link-vt"),
    *("bilibili-plain", "bilibili-multi-part", "bilibili-bangumi", "bilibili-opus-images", "bilibili-only-me"),
    *("douyin-video-portrait", "douyin-note-live", "douyin-private", "douyin-link-short"),
    *("twitter-mixed", "twitter-quote", "twitter-embed-no-media", "twitter-nsfw", "twitter-link"),
)
URLS = [post.url for name in NAMES for post in load_posts() if post.name == name]
SPIDERS = ("bilibili", "douyin", "tiktok", "twitter")
FOREIGN = "host_not_allowed"


def steady(value: Any) -> Any:
    """Return a record without what differs from answer to answer: signatures, times, sessions."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in ("expires_at", "provenance", "raw")}
    if isinstance(value, list):
        return [steady(item) for item in value]
    return value.partition("?")[0].rsplit("/", 1)[-1] if isinstance(value, str) and "://" in value else value


@pytest.fixture(scope="module")
def runs(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Crawl]:
    """The same list through every spider."""
    options: dict[str, Any] = {"MEDIA": "none", "SESSION_DIR": str(tmp_path_factory.mktemp("sessions"))}
    return {
        name: crawl(lab, tmp_path_factory.mktemp(name), "-a", f"urls={' '.join(URLS)}", spider=name, **options)
        for name in (*SPIDERS, "hybrid")
    }


def test_hybrid_says_what_the_single_spiders_say(runs: dict[str, Crawl]) -> None:
    alone = [post for name in SPIDERS for post in runs[name].posts]
    together = {post["url"]: steady(post) for post in runs["hybrid"].posts}
    assert {post["url"]: steady(post) for post in alone} == together
    assert len(together) >= 11
    ends = {
        url: envelope["error"] and envelope["error"]["code"]
        for name in SPIDERS
        for url, envelope in runs[name].by_url.items()
        if (envelope["error"] or {}).get("code") != FOREIGN
    }
    assert ends == {url: end["error"] and end["error"]["code"] for url, end in runs["hybrid"].by_url.items()}
    assert set(ends) == set(URLS)


def test_a_spider_names_the_one_that_takes_the_link(runs: dict[str, Crawl]) -> None:
    foreign = [end for end in runs["twitter"].envelopes if end["router"].startswith("/bilibili")]
    assert foreign
    assert all((end["error"]["code"], end["code"]) == (FOREIGN, 400) for end in foreign)
    assert all("hybrid" in end["message"] or "hybrid" in str(end["error"]) for end in foreign)


def test_sessions_are_minted_for_platforms_that_occur(lab: LabProcess, tmp_path: Path) -> None:
    [url] = [post.url for post in load_posts() if post.name == "twitter-photo"]
    lab.reset()
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="hybrid", MEDIA="none")
    assert done.code == 0
    assert {record.host for record in lab.log()} == {"cdn.syndication.twimg.com"}


def test_a_paused_platform_holds_no_other_back(lab: LabProcess, tmp_path: Path) -> None:
    """More links of a platform that says 429 for a while than may be open stand before one of another."""
    many = [f"https://x.com/i/status/{1_900_000_000_000_000_000 + n}" for n in range(24)]
    lab.set_faults("status-429:tweet-result")
    try:
        urls = " ".join([*many, *URLS[:1]])
        done = crawl(lab, tmp_path, "-a", f"urls={urls}", spider="hybrid", MEDIA="none", OPEN_SEEDS=8)
    finally:
        lab.reset()
        lab.set_faults()
    order = [envelope["router"].split("/")[1] for envelope in done.envelopes]
    assert order.index("tiktok") < 16, order  # in one queue with them, it would come behind 16 that have ended
    assert done.stat("pause/twitter") >= 1
    assert done.stat("pause/tiktok") == 0
    assert order.count("twitter") == len(many)


def test_each_platform_has_its_own_session_and_its_own_open_seeds(start_lab: Any, tmp_path: Path) -> None:
    """The first platform's home page never comes, and one seed of each may be open: the others wait for nobody."""
    lab = start_lab("--latency", "300", "--fault", "stall:www.tiktok.com/$")
    names = ("tiktok-video-portrait", "tiktok-video-square", "douyin-video-square", "douyin-note", "bilibili-plain")
    links = [
        post.url for name in (*names, "twitter-photo", "twitter-mixed") for post in load_posts() if post.name == name
    ]
    done = crawl(
        lab, tmp_path, "-a", f"urls={' '.join(links)}", spider="hybrid", MEDIA="none", PAGE_TIMEOUT=5, OPEN_SEEDS=1
    )
    routers = [envelope["router"].split("/")[1] for envelope in done.envelopes]
    assert sorted(routers[:5]) == ["bilibili", "douyin", "douyin", "twitter", "twitter"]
    assert {end["code"] for end in done.envelopes[:5]} == {200}
    assert [(end["code"], end["error"]["code"]) for end in done.envelopes[5:]] == [(504, "timeout")] * 2
    minted = {name: done.stat(f"session/minted/{name}") for name in SPIDERS}
    assert minted == {"tiktok": 0, "douyin": 1, "bilibili": 1, "twitter": 0}
    for part in ("/aweme/v1/web/aweme/detail/", "/tweet-result"):
        first, second = (record.time for record in lab.log() if record.target.startswith(part))
        assert second - first >= 0.3, part


def test_a_platform_that_cannot_be_imported_leaves_the_others_whole(lab: LabProcess, tmp_path: Path) -> None:
    package = tmp_path / "broken_platforms" / "mastodon"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "spider.py").write_text("raise RuntimeError('a bug in a platform')\n")
    done = crawl(
        lab, tmp_path, "-a", f"urls={URLS[0]}", spider="hybrid", MEDIA="none",
        SPIDER_MODULES="spiders,broken_platforms", env={"PYTHONPATH": str(tmp_path)}, LOG_FILE=str(tmp_path / "log"),
    )  # fmt: skip
    assert done.code == 0
    assert "broken_platforms.mastodon.spider cannot be imported" in (tmp_path / "log").read_text()
    assert "broken_platforms.mastodon.spider cannot be imported" in done.stderr
    assert "a bug in a platform" in done.stderr
