"""The parts of reading answers that only Twitter/X has."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.ranking import rank
from scraper.posts.fields import OddValueError
from spiders.twitter.payload.answer import parse_answer, parse_post
from spiders.twitter.payload.values import read_date, time_of
from tests.platforms.payloads import case_text


def end_of(answer: Any) -> tuple[ErrorCode, str | None]:
    with pytest.raises(SeedError) as caught:
        parse_answer(json.dumps(answer))
    return caught.value.code, caught.value.raw_code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("This Post is from a suspended account. Learn more", "user_gone"),
        ("This Post is from an account that no longer exists. Learn more", "user_gone"),
        ("This Post violated the X Rules. Learn more", "removed"),
        ("This Post is unavailable. Learn more", "removed"),
        ("You’re unable to view this Post because this account owner limits who can view their Posts.", "private"),
        ("This Post is only visible to Subscribers of @ada_makes.", "paid"),
        ("This Post has been withheld in Germany in response to a legal demand.", "geo_blocked"),
        ("Age-restricted adult content. To view this media, you’ll need to log in to X.", "age_restricted"),
        ("You need to log in to view this Post.", "login_required"),
    ],
)
def test_tombstone_is_judged_by_its_words(text: str, code: str) -> None:
    said = {"__typename": "TweetTombstone", "tombstone": {"text": {"text": text}}}
    assert end_of(said) == (code, "TweetTombstone")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("NsfwLoggedOut", "age_restricted"),
        ("NsfwViewerHasNoStatedAge", "age_restricted"),
        ("Protected", "private"),
        ("Suspended", "user_gone"),
        ("SomethingNew", "removed"),
    ],
)
def test_unavailable_post_is_judged_by_its_reason(reason: str, code: str) -> None:
    said = {"data": {"tweetResult": {"result": {"__typename": "TweetUnavailable", "reason": reason}}}}
    assert end_of(said) == (code, reason)


@pytest.mark.parametrize(
    ("error", "code", "raw_code"),
    [
        ({"code": 88, "message": "Rate limit exceeded"}, "rate_limited", "88"),
        ({"code": 32, "message": "Could not authenticate you."}, "challenge", "32"),
        ({"extensions": {"code": 239}, "message": "Bad guest token"}, "challenge", "239"),
        ({"code": 34, "message": "Sorry, that page does not exist."}, "removed", "34"),
        ({"code": 63, "message": "User has been suspended."}, "user_gone", "63"),
        ({"code": 179, "message": "Sorry, you are not authorized to see this status."}, "private", "179"),
        ({"message": "Not authorized to view the specified user."}, "login_required", None),
        ({"message": "Dependency: Unspecified", "code": 0}, "timeout", None),
        ("Not authorized.", "login_required", None),
    ],
)
def test_error_is_judged_by_its_code_then_by_its_words(error: Any, code: str, raw_code: str | None) -> None:
    assert end_of({"errors": [error]}) == (code, raw_code)


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": {}}, {"data": {"tweetResult": {}}}, {"data": {"tweetResult": {"result": {}}}}],
    ids=json.dumps,
)
def test_nothing_is_a_removed_post(answer: Any) -> None:
    assert end_of(answer)[0] == "removed"


@pytest.mark.parametrize(
    ("state", "replay", "code"),
    [
        ("Running", False, "unsupported_kind"),
        ("Ended", True, "unsupported_kind"),
        ("Ended", False, "not_live"),
        ("NotStarted", None, "not_live"),
    ],
)
def test_audio_room_is_no_post(state: str, replay: bool | None, code: str) -> None:
    room = {"state": state, "is_space_available_for_replay": replay}
    assert end_of({"data": {"audioSpace": {"metadata": room}}}) == (code, state)


def test_broadcast_is_no_post() -> None:
    over = {"broadcasts": {"1AbCdEfGhIjKl": {"state": "ENDED", "available_for_replay": False}}}
    assert end_of(over) == ("not_live", "ENDED")
    assert end_of({"source": {"location": "https://example.pscp.tv/a.m3u8"}})[0] == "unsupported_kind"


def test_post_is_chosen_from_a_conversation() -> None:
    text = case_text("twitter", "conversation")
    assert parse_post(text, "1699999999999999990").text == "Asked"
    with pytest.raises(SeedError) as caught:
        parse_post(text, "1699999999999999991")
    assert caught.value.code is ErrorCode.USER_GONE
    with pytest.raises(PayloadError, match=r"rest_id: expected 17, got 1700000000000000001"):
        parse_post(text, "17")


def test_empty_timeline_is_no_post() -> None:
    with pytest.raises(PayloadError, match=r"data\.tweetResult\.result: expected dict, got nothing"):
        parse_post(case_text("twitter", "timeline-end"), "1")


def test_best_file_of_a_video_is_no_playlist_and_no_hevc() -> None:
    [post] = parse_answer(case_text("twitter", "result-video-hevc")).posts
    order = [post.media[0].variants[index].quality for index in rank(post.media[0])]
    assert order == ["720p", "360p", "270p", "1080p", "hls", "dash"]


def test_best_file_of_a_photo_is_the_original() -> None:
    [post] = parse_answer(case_text("twitter", "result-photo")).posts
    order = [post.media[0].variants[index].quality for index in rank(post.media[0])]
    assert order == ["orig", "4096x4096", "large", "medium", "small"]


def test_time_is_in_the_id() -> None:
    assert time_of("1700000000000000001") == datetime(2023, 9, 8, 4, 15, 59, 129000, UTC)
    assert time_of("20") is None
    assert time_of("9" * 25) is None


@pytest.mark.parametrize(
    "text",
    [
        "Wed Oct 10 20:19:24 +0000 2018",
        "2018-10-10T20:19:24.000Z",
        "2018-10-10T22:19:24+02:00",
        "1539202764",
        1539202764,
    ],
)
def test_time_is_read_in_every_form(text: object) -> None:
    assert read_date(text) == datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "Wed Ocf 10 20:19:24 +0000 2018", "Wed ctN 10 20:19:24 +0000 2018", "2018-13-10T20:19:24Z", [], -1],
)
def test_other_times_are_odd(text: object) -> None:
    with pytest.raises(OddValueError):
        read_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing of the kind",
        "<html></html>",
        "{",
        "[1, 2]",
        '{"a": NaN}',
        "[" * 100_000,
        '{"data":' * 500 + "1" + "}" * 500,
        '{"data": {"tweetResult": 5}}',
        '{"data": null}',
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_answer(text)


@pytest.mark.parametrize("text", ["[]", '{"statuses": []}'])
def test_empty_list_has_a_page(text: str) -> None:
    answer = parse_answer(text)
    assert answer.posts == []
    assert answer.page is not None
    assert answer.page.n_items == 0
