"""The parts of reading answers that only TikTok has."""

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.record import to_record
from spiders.tiktok.payload.answer import parse_answer, parse_post
from spiders.tiktok.payload.kept_state import find_state
from spiders.tiktok.payload.outcome import find_refusal, is_firewall_page
from tests.platforms.payloads import case_text, outcome


@pytest.mark.parametrize("name", ["post-video", "post-video-reflow", "post-deleted", "post-private", "post-age"])
def test_kept_state_reads_like_the_page(name: str) -> None:
    state = find_state(case_text("tiktok", name))
    assert state is not None
    assert "viewer" not in state
    assert outcome("tiktok", state) == outcome("tiktok", case_text("tiktok", name))


def test_page_of_another_post_is_refused() -> None:
    assert parse_post(case_text("tiktok", "post-video"), "7300000000000000001").id == "7300000000000000001"
    with pytest.raises(PayloadError, match=r"itemStruct\.id: expected 7300000000000000099, got 7300000000000000001"):
        parse_post(case_text("tiktok", "post-video"), "7300000000000000099")


def test_post_is_chosen_from_a_list() -> None:
    assert parse_post(case_text("tiktok", "list-search-web"), "7300000000000000003").kind == "image"


def test_profile_is_no_post() -> None:
    with pytest.raises(PayloadError, match=r"itemInfo\.itemStruct: expected dict, got nothing"):
        parse_post(case_text("tiktok", "profile-empty"), None)


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_answer_is_a_challenge(text: str) -> None:
    assert str(find_refusal(text)) == "empty answer"
    with pytest.raises(SeedError) as caught:
        parse_answer(text)
    assert caught.value.code is ErrorCode.CHALLENGE


def test_firewall_page_is_told_from_a_post() -> None:
    assert is_firewall_page(case_text("tiktok", "firewall-page"))
    assert not is_firewall_page(case_text("tiktok", "post-video"))
    assert find_refusal(case_text("tiktok", "post-video")) is None
    assert str(find_refusal(case_text("tiktok", "captcha"))) == "captcha"


def test_page_without_state_has_none() -> None:
    assert find_state("<html><script>var a = 1</script></html>") is None


@pytest.mark.parametrize(
    "text",
    [
        "nothing of the kind",
        "<html>",
        "<html><script id='SIGI_STATE'>{broken</script>",
        "<html><script>window['SIGI_STATE']={broken</script>",
        "{",
        "[]",
        "[1, 2]",
        '{"a": NaN}',
        "[" * 100_000,
        '{"data":' * 100_000,
        '{"data":' * 500 + "1" + "}" * 500,
        '<html><script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">' + "[" * 100_000 + "</script>",
        '{"itemInfo": {"itemStruct": ' + "9" * 5000 + "}}",
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_answer(text)


def test_lone_surrogates_and_nan_do_not_reach_the_record() -> None:
    text = (
        case_text("tiktok", "post-restricted")
        .replace('"One pot #soup"', '"a\\ud800b"')
        .replace('"playCount": 400', '"playCount": NaN')
    )
    record = to_record(parse_answer(text).posts[0])
    assert record["text"] == "a\ufffdb"
    assert isinstance(record["stats"], dict)
    assert record["stats"]["plays"] is None
