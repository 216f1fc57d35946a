"""URLs that die: signed again before they are asked for, in mid-queue and in mid-file, once for all media of a post."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from scraper.errors import ErrorCode, MediaCause, MediaError, SeedError, join_errors
from scraper.fetch.session import Session
from scraper.media.refresh import RefreshablePost
from scraper.media.refusal import explain
from scraper.model.post import Kind, Media, Post, Role, Variant
from scraper.platform.cdn import CdnRule
from scraper.platform.contract import Platform
from tests.lab import media
from tests.lab.process import LabProcess
from tests.support.crawling import crawl
from tests.support.films import FILM, film_requests, the_file

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PLAIN = CdnRule(slot="a", hosts=("*",))
CHAIN = CdnRule(slot="a", hosts=("*",), referer="https://www.tiktok.com/", cookies=("tt_chain_token",))


@pytest.mark.parametrize(
    ("status", "query", "headers", "jar", "rule", "expected"),
    [
        (403, "?x-expires=1795000000", {}, {}, PLAIN, "expired_url: the server answered 403: the URL expired"),
        (410, "?x-expires=1795000000", {}, {}, PLAIN, "expired_url: "),
        (403, "?x-expires=1999999999", {}, {}, PLAIN, "forbidden: the server answered 403: its signature or"),
        (403, "", {}, {}, CHAIN, "forbidden: the server answered 403: the answer with its URL did not set the cookie tt_chain"),
        (403, "", {}, {"tt_chain_token": "a"}, CHAIN, "forbidden: the server answered 403: its Referer is missing"),
        (401, "", {"Referer": "a"}, {"tt_chain_token": "a"}, CHAIN, "forbidden: the server answered 401: it no longer accepts the cookie"),
        (403, "", {}, {}, replace(PLAIN, refusal="not shown here"), "forbidden: the server answered 403: not shown here"),
        (403, "", {}, {}, None, "forbidden: the server answered 403: the recipe of its host"),
        (410, "", {}, {}, PLAIN, "gone: the server answered 410"),
        (404, "?x-expires=1795000000", {}, {}, PLAIN, "gone: the server answered 404"),
        (302, "", {}, {}, PLAIN, "not_media: the server answered 302"),
    ],
)
def test_a_refusal_is_explained(
    status: int, query: str, headers: dict[str, str], jar: dict[str, str], rule: CdnRule | None, expected: str
) -> None:
    url = f"https://v16.example/a.mp4{query}"
    error = explain(status, url, Variant(url=url, headers=headers, jar=jar), rule, NOW)
    assert str(error).startswith(expected)


def test_the_cause_of_each_try_is_told_once() -> None:
    errors = [MediaError(MediaCause.GONE, "a"), MediaError(MediaCause.TIMEOUT, "b"), MediaError(MediaCause.GONE, "a")]
    assert str(join_errors(errors)) == "gone: a; then timeout: b"
    many = join_errors([MediaError(MediaCause.GONE, f"{n}", is_final=True) for n in range(9)])
    assert (str(many), many.is_final) == ("gone: 0; then gone: 1; then gone: 2; then gone: 3; then gone: 4; then gone: 5; then and 3 more", True)


def new_post(*variants: Variant) -> Post:
    medium = Media(index=1, role=Role.VIDEO, variants=list(variants))
    return Post(platform="tiktok", id="1", kind=Kind.VIDEO, url="https://www.tiktok.com/@a/video/1", media=[medium])


class Site:
    """Gives a new answer each time, or fails."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    async def read(self) -> tuple[Post, Session | None]:
        """Take a moment."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return new_post(Variant(url=f"https://a/{self.asked}", durable="x", quality="720p", bytes=7)), None


def new_source(site: Site, variant: Variant) -> RefreshablePost:
    return RefreshablePost(post=new_post(variant), platform=cast("Platform", None), session=None, extract=site.read)


def test_the_post_is_read_once_for_all_who_saw_the_same_answer() -> None:
    async def run() -> None:
        site = Site()
        source = new_source(site, Variant(url="https://a/0"))
        first = source.newest
        await asyncio.gather(*(source.renew(first) for _ in range(20)))
        await source.renew(first)
        assert site.asked == 1
        await source.renew(source.newest)
        assert site.asked == 2

    asyncio.run(run())


def test_a_post_that_cannot_be_read_again_is_not_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        site = Site()
        site.error = SeedError(ErrorCode.REMOVED)
        source = new_source(site, Variant(url="https://a/0"))
        for _ in range(3):
            with pytest.raises(SeedError):
                await source.renew(source.newest)
        assert site.asked == 1
        monkeypatch.setattr(time, "monotonic", lambda: 1e9)
        site.error = None
        await source.renew(source.newest)
        assert site.asked == 2

    asyncio.run(run())


def test_only_the_same_object_takes_the_place_of_a_variant() -> None:
    async def run() -> None:
        site = Site()
        old = Variant(url="https://a/0", durable="x", quality="720p", bytes=7)
        source = new_source(site, old)
        await source.renew(source.post)
        medium = source.post.media[0]
        found = source.find(medium, old)
        assert found is not None
        assert found.url == "https://a/1"
        for other in ({"durable": "y"}, {"bytes": 8}, {"quality": "540p"}, {"watermark": True}):
            assert source.find(medium, replace(old, **other)) is None
        assert source.find(replace(medium, index=2), old) is None

    asyncio.run(run())


def test_a_url_near_its_end_is_signed_again_unless_that_was_just_done(monkeypatch: pytest.MonkeyPatch) -> None:
    source, now = new_source(Site(), Variant(url="https://a/0")), datetime.now(UTC)
    near, far = (Variant(url="https://a/0", expires_at=now + timedelta(seconds=life)) for life in (30, 90))
    assert not source.is_near_end(near, now)
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert source.is_near_end(near, now)
    assert not source.is_near_end(far, now)
    assert not source.is_near_end(Variant(url="https://a/0"), now)


@pytest.mark.usefixtures("clean_lab")
def test_a_refusal_in_mid_file_is_signed_again_and_the_transfer_goes_on(lab: LabProcess, tmp_path: Path) -> None:
    lab.set_faults("reset:ext_tw_video:1", "status-403:ext_tw_video:1")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter")
    assert the_file(done).read_bytes() == media.load(FILM)
    assert done.stat("media/refreshed") == 1
    assert [record.status for record in film_requests(lab)] == [200, 403, 206]
    assert done.posts[0]["warnings"] == []


@pytest.mark.usefixtures("clean_lab")
def test_a_medium_that_is_never_given_says_what_was_tried(lab: LabProcess, tmp_path: Path) -> None:
    """The post is read again once, for all variants together."""
    lab.set_faults("status-403:ext_tw_video")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter")
    (envelope,) = done.envelopes
    error = str(envelope["data"]["media"][0]["error"])
    assert error.startswith("forbidden: the server answered 403: not shown in this country, or taken down")
    assert "; then " in error
    assert done.stat("media/refreshed") == 1
