"""Envelopes: every key is there, the code fits the error, and no message contains a secret."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from pipelines.shapes import hybrid
from scraper.envelopes import envelope as core
from scraper.envelopes.envelope import Context, duplicate, failure, find_completeness
from scraper.envelopes.shape import Source
from scraper.errors import STATUS, ErrorCode, MediaCause, MediaError, PayloadError, SeedError
from scraper.model.failure import MediaFailure
from scraper.model.post import Cover, File, Kind, Media, Post, Role, Variant
from scraper.model.record import to_record
from scraper.model.seed import Seed
from scraper.text.jsonline import dump_line
from scraper.text.redaction import redact, strip_query
from spiders.tiktok.platform import TikTok
from tests.support.envelopes import LINK, context

SCHEMA = json.loads((files("scraper") / "schema" / "envelope-1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
KEYS = ["schema", "seed", "code", "router", "data", "message", "request_id", "time", "params", "cache_url", "error"]
ERRORS = [code for code in ErrorCode if code is not ErrorCode.MEDIA_FAILED]  # that one keeps its post


def success(one: Post, about: Context, *, wanted: int) -> core.Envelope:
    return core.success(one, about, wanted=wanted, make_data=lambda: hybrid.make_data(Source(post=one)))


def media_file(variant: int = 0) -> File:
    return File(variant=variant, path="media/tiktok/a/tiktok_1_1.mp4", bytes=9, sha256="0" * 64)


def video(*variants: Variant, **more: Any) -> Media:
    return Media(index=1, role=Role.VIDEO, variants=list(variants), **more)


def failed(words: str, *variants: Variant, **more: Any) -> Media:
    """Return a video without a file, for the error *cause: detail*."""
    medium, (cause, detail) = video(*variants, **more), words.split(": ")
    medium.fail(MediaFailure.of(MediaError(MediaCause(cause), detail)))
    return medium


def post(*media: Media, kind: Kind = Kind.VIDEO) -> Post:
    return Post(platform="tiktok", id="1", kind=kind, url=LINK, text="hi", media=list(media))


def check(envelope: Any) -> Any:
    VALIDATOR.validate(envelope)
    assert [key for key in envelope if key != "duplicate_of"] == KEYS
    json.loads(dump_line(envelope))
    return envelope


CLEAN = Variant(url="https://v/clean-540", watermark=False, codec="h264", width=576, height=1024)
CLEAN_HQ = Variant(url="https://v/clean-1080", watermark=False, codec="h265", width=1080, height=1920)
MARKED = Variant(url="https://v/marked", watermark=True, codec="h264", width=576, height=1024)


def test_a_video_has_the_hybrid_keys() -> None:
    one = post(video(CLEAN_HQ, MARKED, CLEAN, files=[media_file(2)]))
    one.created_at, one.cover = datetime(2023, 7, 22, 4, 26, 40, tzinfo=UTC), Cover(url="https://p/c.jpg")
    envelope = check(success(one, context(), wanted=1))
    assert (envelope["code"], envelope["router"], envelope["message"], envelope["error"]) == (
        200,
        "/tiktok/video",
        "ok",
        None,
    )
    assert envelope["params"] == {"url": LINK}
    assert envelope["time"] == "2026-05-01T12:00:00+00:00"
    data = envelope["data"]
    assert list(data) == [
        "type", "platform", "video_id", "aweme_id", "desc", "create_time", "author", "music", "statistics", "cover_data",
        "hashtags", "video_data", "media", "warnings",
    ]  # fmt: skip
    assert data["create_time"] == 1690000000
    assert data["video_id"] == data["aweme_id"] == "1"
    assert data["cover_data"]["cover"]["url"] == "https://p/c.jpg"
    assert data["video_data"] == {
        "nwm_video_url": "https://v/clean-540",
        "nwm_video_url_HQ": "https://v/clean-1080",
        "wm_video_url": "https://v/marked",
        "wm_video_url_HQ": "https://v/marked",
        "audio_url": None,
    }
    assert data["media"] == to_record(one)["media"]


def test_a_platform_without_watermarks_has_no_marked_urls() -> None:
    silent = Variant(url="https://v/1", watermark="none", has_audio=False)
    sound = Media(
        index=2,
        role=Role.AUDIO,
        variants=[Variant(url="https://a/64", bitrate=64), Variant(url="https://a/132", bitrate=132)],
    )
    data = check(success(post(video(silent), sound), context(), wanted=0))["data"]
    assert data["video_data"] == {
        "nwm_video_url": "https://v/1",
        "nwm_video_url_HQ": "https://v/1",
        "wm_video_url": None,
        "wm_video_url_HQ": None,
        "audio_url": "https://a/132",
    }


def test_pictures_are_listed_in_order() -> None:
    images = [
        Media(
            index=1,
            role=Role.IMAGE,
            variants=[Variant(url="https://i/1w", watermark=True), Variant(url="https://i/1", watermark=False)],
        ),
        Media(index=2, role=Role.IMAGE, variants=[Variant(url="https://i/2", watermark="none")]),
        Media(index=3, role=Role.IMAGE),
    ]
    data = check(success(post(*images, kind=Kind.IMAGE), context(kind="photo"), wanted=0))["data"]
    assert "video_data" not in data
    assert data["image_data"] == {
        "no_watermark_image_list": ["https://i/1", "https://i/2"],
        "watermark_image_list": ["https://i/1w"],
    }


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.IMAGE])
def test_four_urls_are_there_even_without_media(kind: Kind) -> None:
    assert set(check(success(post(kind=kind), context(), wanted=0))["data"]["video_data"].values()) == {None}


@pytest.mark.parametrize(
    ("media", "wanted", "state", "code"),
    [
        ([video(CLEAN, files=[media_file()])], 1, "complete", 200),
        ([video(CLEAN)], 0, "complete", 200),
        ([failed("forbidden: 403", CLEAN)], 1, "none", 502),
        ([video(CLEAN)], 1, "none", 502),
        ([video(CLEAN, files=[media_file()]), failed("gone: 404", CLEAN)], 2, "partial", 200),
        ([failed("gone: 404", CLEAN, MARKED, files=[media_file()])], 1, "partial", 200),
        ([video(CLEAN, is_archived=True)], 1, "complete", 200),
        ([failed("gone: 404", CLEAN, MARKED, is_archived=True)], 1, "partial", 200),
    ],
)
def test_missing_media_are_said(media: list[Media], wanted: int, state: str, code: int) -> None:
    one = post(*media)
    assert find_completeness(one, wanted) == state
    envelope = check(success(one, context(), wanted=wanted))
    assert envelope["code"] == code
    assert envelope["data"]["media"]
    assert ("media_failed" in envelope["data"]["warnings"]) is (state != "complete")
    assert one.warnings == envelope["data"]["warnings"]
    assert (envelope["error"] or {}).get("code") == ("media_failed" if state == "none" else None)


def test_the_first_cause_is_the_raw_code() -> None:
    error = check(success(post(failed("forbidden: 403 from the server", CLEAN)), context(), wanted=1))["error"]
    assert error == {
        "code": "media_failed",
        "raw_code": "forbidden",
        "raw_message": "forbidden: 403 from the server",
        "retryable": True,
    }


def test_a_cause_is_not_read_out_of_its_words() -> None:
    medium = video(CLEAN)
    medium.fail(MediaFailure(MediaCause.TIMEOUT, "gone; forbidden: said in other words"), MediaFailure(MediaCause.GONE, "b"))
    error = check(success(post(medium), context(), wanted=1))["error"]
    assert (error["raw_code"], error["raw_message"]) == ("timeout", "gone; forbidden: said in other words; b")
    assert medium.error == error["raw_message"]


@pytest.mark.parametrize("platform", ["tiktok", "hybrid"])
@pytest.mark.parametrize("code", ERRORS)
def test_every_error_has_a_plain_sentence(code: ErrorCode, platform: str) -> None:
    kind = "user" if platform == "tiktok" else None
    envelope = check(failure(SeedError(code, raw_code="7", raw_message="no"), context(platform=platform, kind=kind)))
    assert envelope["code"] == STATUS[code]
    assert envelope["error"] == {"code": code.value, "raw_code": "7", "raw_message": "no", "retryable": code.retryable}
    message = envelope["message"]
    assert message[0] == '"' or message[0].isupper()
    assert message.endswith(".")
    assert ":" in message
    assert "{" not in message
    assert not ({"failed", "invalid", "error"} & set(message.lower().replace("retry=failed", "").split()))


def test_the_ambiguous_answer_says_both() -> None:
    of_tiktok = replace(context(), ambiguous=TikTok.ambiguous)
    error = SeedError(ErrorCode.REMOVED, raw_code="10204")
    assert "blocked for this IP" in str(failure(error, of_tiktok)["message"])
    assert "blocked" not in str(failure(SeedError(ErrorCode.REMOVED), of_tiktok)["message"])
    assert "blocked" not in str(failure(error, context())["message"])  # the number has this meaning on one platform only


def test_a_foreign_link_is_sent_to_its_own_spider() -> None:
    error = SeedError(ErrorCode.HOST_NOT_ALLOWED)
    assert "the spider of that platform" in str(failure(error, context("https://x.com/i/status/1", kind=None))["message"])
    assert "spider" not in str(failure(error, context("https://example.com/", platform="hybrid", kind=None))["message"])


def test_an_unknown_shape_names_its_path() -> None:
    envelope = check(failure(PayloadError("itemInfo.itemStruct.id", "expected str, got int"), context()))
    assert envelope["code"] == 502
    assert "itemInfo.itemStruct.id: expected str, got int" in envelope["message"]
    assert envelope["error"]["raw_message"] == "itemInfo.itemStruct.id: expected str, got int"


def test_a_broken_line_says_what_to_write() -> None:
    envelope = check(
        failure(SeedError(ErrorCode.NO_URL), context('{"url"', kind=None, problem="expected one JSON object a line"))
    )
    assert envelope["message"] == "The line is not a seed: expected one JSON object a line."


def test_a_duplicate_repeats_the_first() -> None:
    first = check(success(post(video(CLEAN, files=[media_file()])), context(), wanted=1))
    other = Context(
        seed=Seed(id="9.2", line=9, text="https://vm.tiktok.com/ZMabc/"),
        platform="tiktok",
        title="TikTok",
        kind="short",
        request_id="1b2f2c1e-8a3e-4d55-9a1c-0123456789ab",
        time=datetime(2026, 5, 2, tzinfo=UTC),
    )
    second = check(duplicate(json.loads(dump_line(first)), other, of="3.1"))
    assert second["duplicate_of"] == "3.1"
    assert second["seed"] == "9.2"
    assert second["params"] == {"url": "https://vm.tiktok.com/ZMabc/"}
    assert second["request_id"] != first["request_id"]
    assert {key: second[key] for key in ("code", "data", "error")} == {
        key: first[key] for key in ("code", "data", "error")
    }


@pytest.mark.parametrize(
    "text",
    [
        "403 for https://v16.tiktok.com/a?signature=SECRET&expire=1",
        "403 for HTTPS://user:SECRET@v16.tiktok.com/a#SECRET",
        "sent Cookie: tt_chain_token=SECRET; ttwid=SECRET",
        "sent tt_chain_token=SECRET",
        "Authorization: Bearer SECRET",
        '{"msToken": "SECRET"}',
        *(f"cannot open /{folder}/out/SECRET" for folder in ("root", "home", "tmp", "mnt", "srv")),
        "cannot open /home/SECRET/out: denied",
        r"cannot open C:\Users\SECRET\out",
    ],
)
def test_secrets_stay_inside(text: str) -> None:
    assert "SECRET" not in redact(text)
    error = SeedError(ErrorCode.TIMEOUT, raw_code=text, raw_message=text)
    assert "SECRET" not in dump_line(failure(error, context()))
    assert "SECRET" not in dump_line(failure(PayloadError("a.b", text), context()))


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://a.b/c/d?e=f#g", "https://a.b/c/d"),
        ("https://u:p@a.b:8/c?u=https://x", "https://a.b:8/c"),
        ("https://a.b", "https://a.b"),
        ("http://[::1/c?x", "http://[::1/c"),
        ("not a url?x", "not a url"),
    ],
)
def test_strip_query(url: str, bare: str) -> None:
    assert strip_query(url) == bare


@given(st.text(st.characters()), st.text(st.characters()), st.sampled_from(ERRORS))
def test_any_words_of_a_platform_fit(text: str, words: str, code: ErrorCode) -> None:
    envelope = check(failure(SeedError(code, raw_code=words[:10], raw_message=words), context(text)))
    assert len(envelope["message"]) < 500
    assert len(envelope["message"].splitlines()) == 1
