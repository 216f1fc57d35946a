"""The parts of reading answers that only Douyin has."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.media.choice import choose
from scraper.model.policy import Policy
from scraper.model.post import Post, Role
from scraper.model.record import to_record
from spiders.douyin.payload.answer import parse_answer, parse_post
from spiders.douyin.payload.outcome import find_refusal
from spiders.douyin.platform import Douyin
from tests.platforms.payloads import case_text, outcome

ID = "7500000000000000001"


def read(name: str) -> Post:
    return parse_answer(case_text("douyin", name)).posts[0]


def fetched(post: Post, policy: Policy | None = None) -> list[tuple[int, str]]:
    """Return a policy's first choice for each medium: its index and the start of the reason's field."""
    policy = policy or Policy()
    choices = [(medium, choice) for medium in post.media for choice in choose(medium, policy)]
    return [(medium.index, str(medium.variants[choice.variant].watermark_source)) for medium, choice in choices]


def test_qualities_are_ranked_by_height_and_frame_rate_not_by_place() -> None:
    video = read("detail-video").media[0]
    choice = choose(video, Policy())[0]
    order = [video.variants[place.variant] for place in (choice, *choice.fallbacks)]
    sizes = [(variant.codec, variant.height, variant.fps) for variant in order if variant.watermark is False]
    assert sizes == [
        ("h264", 1920, 60.0),
        ("h264", 1920, 30.0),
        ("h264", 1024, 30.0),
        (None, None, None),
        ("h265", 1920, 30.0),
        ("h265", 1024, None),
    ]
    assert order[-1].watermark_source == "video.download_addr"


def test_silent_track_comes_after_everything_with_sound() -> None:
    video = read("detail-video-dash").media[0]
    choice = choose(video, Policy())[0]
    clean = [video.variants[place.variant] for place in (choice, *choice.fallbacks)]
    assert [variant.has_audio for variant in clean] == [None, None, False]


@pytest.mark.parametrize(
    ("name", "without", "with_mark"),
    [
        ("detail-video", "video.bit_rate", "video.download_addr"),
        ("share-page-video", "video.play_addr.uri", "video.play_addr"),
        ("detail-note", "images.watermark_free_download_url_list", "images.download_url_list"),
    ],
)
def test_watermark_is_left_out_or_asked_for(name: str, without: str, with_mark: str) -> None:
    post = read(name)
    assert fetched(post)[0] == (1, without)
    assert fetched(post, Policy(watermark="with"))[0] == (1, with_mark)


def test_what_moves_in_a_live_photo_follows_its_picture() -> None:
    roles = [(medium.index, medium.role) for medium in read("detail-live-photo").media]
    assert roles == [
        (1, Role.IMAGE),
        (2, Role.LIVE_PHOTO),
        (3, Role.IMAGE),
        (4, Role.IMAGE),
        (5, Role.LIVE_PHOTO),
        (6, Role.IMAGE),
        (7, Role.AUDIO),
    ]


def test_address_tells_its_expiry_and_the_one_that_signs_anew_has_none() -> None:
    variants = read("detail-video").media[0].variants
    assert variants[0].expires_at == datetime.fromtimestamp(0x6A18A000, UTC)
    [anew] = [variant for variant in variants if variant.watermark_source == "video.play_addr.uri"]
    assert (anew.expires_at, anew.durable) == (None, variants[0].durable)
    assert anew.durable is not None
    assert f"video_id={anew.durable}&" in anew.url


@pytest.mark.parametrize("name", ["detail-video", "detail-live-photo", "share-page-video"])
def test_every_variant_has_the_referer_its_server_wants(name: str) -> None:
    posts = Douyin().parse_answer(case_text("douyin", name)).posts
    variants = [variant for medium in posts[0].media for variant in medium.variants]
    assert {variant.headers.get("Referer") for variant in variants} == {"https://www.douyin.com/"}
    assert all(Douyin().owns(variant.url.split("/")[2]) for variant in variants)


def test_answer_about_another_post_is_refused() -> None:
    assert parse_post(case_text("douyin", "detail-video"), ID).id == ID
    assert parse_post(case_text("douyin", "list-posts"), "7500000000000000013").kind == "image"
    with pytest.raises(PayloadError, match=r"aweme_detail\.aweme_id: expected 7500000000000000099, got 75"):
        parse_post(case_text("douyin", "detail-video"), "7500000000000000099")
    with pytest.raises(PayloadError, match="aweme_detail: expected dict, got nothing"):
        parse_post(case_text("douyin", "list-empty"), None)


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "blocked"])
def test_empty_answer_is_a_challenge_not_a_deleted_post(text: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse_answer(text)
    assert caught.value.code is ErrorCode.CHALLENGE


@pytest.mark.parametrize("name", ["detail-video", "share-page-video", "desktop-page", "comments", "login-required"])
def test_answer_of_a_client_that_is_believed_is_no_refusal(name: str) -> None:
    assert find_refusal(case_text("douyin", name)) is None


def test_state_reads_like_its_page() -> None:
    page = case_text("douyin", "share-page-video")
    state = page.partition("_ROUTER_DATA = ")[2].partition("</script>")[0]
    assert outcome("douyin", state) == outcome("douyin", page)


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ({"is_delete": True}, "removed"),
        ({"is_prohibited": True}, "removed"),
        ({"private_status": 1}, "private"),
        ({"private_status": 2}, "private"),
        ({"part_see": 1}, "private"),
    ],
)
def test_status_of_an_item_without_media_says_why(status: dict[str, Any], ends: str) -> None:
    item = {"aweme_id": ID, "desc": "", "create_time": 1, "status": status}
    for video in (None, {}, {"play_addr": {"uri": "", "url_list": []}}):
        with pytest.raises(SeedError) as caught:
            parse_answer(json.dumps({"aweme_detail": {**item, "video": video}}))
        assert (caught.value.code, caught.value.raw_code) == (ends, next(iter(status)))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("该作品已被删除", "removed"),
        ("作品已下架", "removed"),
        ("作者将作品设为私密", "private"),
        ("仅自己可见", "private"),
        ("因权限设置无法观看", "private"),
        ("该内容在您所在地区不可用", "geo_blocked"),
        ("用户不存在", "user_gone"),
        ("请先登录", "login_required"),
    ],
)
def test_words_of_a_filter_decide_where_its_reason_is_unknown(words: str, code: str) -> None:
    for node in ({"filter_detail": {"detail_msg": words}}, {"filter_list": [{"notice": words}], "item_list": []}):
        with pytest.raises(SeedError) as caught:
            parse_answer(json.dumps({"status_code": 0, "aweme_detail": None, **node}))
        assert (caught.value.code, caught.value.raw_message) == (code, words)


@pytest.mark.parametrize(
    "text",
    [
        "nothing of the kind",
        "<html>",
        "<html><script>window._ROUTER_DATA = {broken</script>",
        "<html><script id='RENDER_DATA'>%7Bbroken</script>",
        "<html><script id='RENDER_DATA'>%7B%22app%22%3A%7B%7D%7D</script>",
        "{",
        "[]",
        '{"loaderData": {}}',
        '{"loaderData": {"video_(id)/page": null}}',
        '{"loaderData":' * 100_000,
        '{"aweme_detail": {"aweme_id": ' + "9" * 5000 + "}}",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_answer(text)


def test_plays_that_are_not_told_are_absent() -> None:
    assert read("detail-video").stats.plays is None
    assert read("list-old").stats.plays == 12418


def test_lone_surrogates_do_not_reach_the_record() -> None:
    text = case_text("douyin", "detail-video").replace("一锅汤 #汤 #lab", "a\\ud800b")
    assert to_record(parse_answer(text).posts[0])["text"] == "a\ufffdb"
