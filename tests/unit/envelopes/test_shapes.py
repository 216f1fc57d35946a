"""Foreign envelopes: the keys their readers want, on every captured answer."""

import json
import time
from datetime import datetime
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from pipelines.shapes import hybrid, raw, tikhub, twitterdown
from scraper.envelopes import envelope as core
from scraper.envelopes.shape import Source
from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.exports.rows import read_seed
from scraper.model.post import Post
from scraper.posts.aweme_form import to_aweme
from scraper.text.jsonline import dump_line
from tests.support.corpus import ROWS, needs_corpus, text_of
from tests.support.envelopes import context
from tests.support.sites import SITES

TIKHUB = (
    *("code", "request_id", "message", "message_zh", "support", "time", "time_stamp", "time_zone", "docs"),
    *("cache_message", "cache_message_zh", "cache_url", "router", "params", "data"),
)
SHAPES = {"hybrid": hybrid, "raw": raw, "tikhub": tikhub, "twitterdown": twitterdown}


def enveloped(shape: ModuleType, post: Post, own: Any = None) -> Any:
    source = Source(post=post, own=own, aweme=SITES[post.platform].complete_aweme(to_aweme(post, own), own))
    native = core.success(post, context(), wanted=0, make_data=lambda: shape.make_data(source))
    return json.loads(dump_line(shape.make_frame(native)))


def single_posts() -> list[Any]:
    """Return the captured answers about one post, with the post."""
    found = []
    for row in ROWS:
        try:
            answer = SITES[row["platform"]].parse_answer(text_of(row))
        except (SeedError, PayloadError):
            continue
        if answer.page is None and answer.posts:
            found.append(pytest.param(row, answer.posts[0], id=row["file"]))
    return found


each_post = pytest.mark.parametrize(("row", "post"), single_posts())


@needs_corpus
@each_post
def test_tikhub_has_what_its_readers_want(row: dict[str, Any], post: Post) -> None:
    own = SITES[post.platform].find_own(text_of(row), post.id)
    assert own is not None
    got = enveloped(tikhub, post, own)
    assert tuple(got)[: len(TIKHUB)] == TIKHUB
    item = got["data"]["aweme_detail"]
    assert item["aweme_id"] == post.id
    assert item["desc"] in (post.text, post.title, *(str(own.get(key)) for key in ("desc", "content_desc")))
    assert isinstance(item["create_time"], int | None)
    if item["statistics"]:
        assert {"digg_count", "comment_count", "share_count"} <= item["statistics"].keys()
    assert "nickname" in item["author"]
    videos = [medium for medium in post.media if medium.role == "video" and medium.variants]
    if videos and item["video"].get("play_addr"):
        assert item["video"]["play_addr"]["url_list"]
        if item["video"]["duration"] and videos[0].duration:
            assert item["video"]["duration"] == pytest.approx(videos[0].duration * 1000, abs=1000)


@needs_corpus
@each_post
def test_raw_is_the_platform_s_own_object(row: dict[str, Any], post: Post) -> None:
    own = SITES[post.platform].find_own(text_of(row), post.id)
    got = enveloped(raw, post, own)
    assert got["data"] == json.loads(json.dumps(own))
    assert post.id.removeprefix("ep").removeprefix("au") in json.dumps(got["data"])
    assert "schema" not in got


@needs_corpus
@each_post
def test_twitterdown_lists_files_from_high_to_low(row: dict[str, Any], post: Post) -> None:
    got = enveloped(twitterdown, post)
    assert (got["code"], got["message"], got["seed"]) == (0, "ok", "3.1")
    data = got["data"]
    assert set(data) == {"thumbnail", "videos", "text", "username", "statusId", "processed_at", "media"}
    assert data["statusId"] == post.id
    assert datetime.fromisoformat(data["processed_at"]).utcoffset() is not None
    assert data["processed_at"].endswith("Z")
    sides = [int(video["resolution"].rstrip("p")) for video in data["videos"] if video["resolution"]]
    assert sides == sorted(sides, reverse=True)
    assert all(video["quality"] == ("HD" if side >= 720 else "SD") for video, side in zip(data["videos"], sides, strict=False))
    assert not [video for video in data["videos"] if ".m3u8" in video["url"]]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_failure_keeps_its_code_and_its_seed(shape: ModuleType) -> None:
    native = core.failure(SeedError(ErrorCode.PRIVATE, raw_code="10222"), context())
    got: Any = shape.make_frame(native)
    assert (got["seed"], got["data"], got["error"]["code"]) == ("3.1", None, "private")
    assert got["code"] == (-1 if shape is twitterdown else 403)
    assert "private" in got["message"]
    assert core.status_of(got) == 403


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_duplicate_is_made_of_a_line_that_was_written(shape: ModuleType) -> None:
    first = shape.make_frame(core.failure(SeedError(ErrorCode.REMOVED), context()))
    again: Any = shape.make_frame(core.duplicate(first, context(), of="3.1"))
    assert (again["duplicate_of"], again["error"], again["code"]) == ("3.1", first["error"], first["code"])


def test_times_of_all_shapes_are_in_utc_in_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        native = core.failure(SeedError(ErrorCode.REMOVED), context())
        times = [read_seed(shape.make_frame(native), "r").time for shape in SHAPES.values()]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert times == ["2026-05-01T12:00:00+00:00"] * 4


def test_a_request_id_is_random_from_its_first_digit_on() -> None:
    ids = [str(uuid4()).replace("-", "")[:16] for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert {len({each[digit] for each in ids}) for digit in range(12)} == {16}
