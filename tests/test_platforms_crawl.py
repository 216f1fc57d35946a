"""Every post that the lab plays ends as its file says, whatever the platform."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawling import Crawl, crawl
from tests.lab.catalog import LabPost, load_posts
from tests.lab.process import LabProcess

PLATFORMS = ("bilibili", "douyin", "twitter")


def posts_of(platform: str) -> list[LabPost]:
    return [post for post in load_posts() if post.platform == platform]


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
