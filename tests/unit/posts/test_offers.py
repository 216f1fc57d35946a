"""What addresses and their names say about files, in words of no platform and in those of the aweme sites."""

from dataclasses import replace
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError
from scraper.model.post import Cover, Media, Role, Variant
from scraper.posts.aweme_files import FileOffer, make_variant, merge, normalise_codec, same_file
from scraper.posts.expiry import expires_at
from scraper.posts.fields import Fields
from scraper.posts.offers import check_media, image_variant, make_audio, make_cover, make_image, make_subtitle, number
from scraper.posts.verdicts import Verdicts, as_code, as_words, find_other, states_code

SITE = "https://a.example"
SIGNED = "?expire=1790000000"
SOON = expires_at(SITE + SIGNED)
TOS = "/video/tos/f/"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("i.jpg", "jpeg"),
        ("i.JPEG", "jpeg"),
        ("i~q:png", "png"),
        ("i.image", None),
        ("i.webp?x=.png", "webp"),
        ("i.png/x", None),
        ("ipng", None),
        ("i", None),
    ],
)
def test_the_codec_of_an_image_stands_at_its_end(name: str, codec: str | None) -> None:
    found = image_variant([f"{SITE}/{name}"], "images")
    assert found == Variant(url=f"{SITE}/{name}", watermark=False, watermark_source="images", codec=codec)


def test_an_image_brings_all_that_is_known() -> None:
    urls = [f"{SITE}/{name}{SIGNED}" for name in ("i.gif", "i.webp", "i", "i.png", "i.jpg")]
    found = image_variant(urls, "images", watermark=True, durable="key")
    assert found is not None
    assert [found.url, *found.backup_urls] == [urls[4], urls[2], urls[3], urls[1], urls[0]]
    assert (found.watermark, found.durable, found.expires_at) == (True, "key", SOON)
    assert SOON is not None
    medium = make_image([None, found], 3, 4)
    assert (medium.index, medium.variants) == (0, [found])
    assert (medium.role, medium.width, medium.height, found.width, found.height) == (Role.IMAGE, 3, 4, 3, 4)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("s.mp3", "mp3"),
        ("s.M4A?x=.mp3", "aac"),
        ("s.aac", "aac"),
        ("s.mp4", "aac"),
        ("s.mpeg", "mp3"),
        ("s.ogg", None),
        ("s.ogg?a=1&mime_type=audio_mpeg", "mp3"),
        ("s?mime_type=audio_MP4", "aac"),
        ("s.mp3?not_mime_type=audio_ogg", "mp3"),
        ("s", None),
    ],
)
def test_the_codec_of_a_sound(name: str, codec: str | None) -> None:
    url = f"{SITE}/{name}"
    wanted = Variant(url=url, backup_urls=["b", "c"], watermark="none", codec=codec, has_audio=True)
    assert make_audio([url, "b", "c"], 1.5) == Media(index=0, role=Role.AUDIO, duration=1.5, variants=[wanted])
    assert make_audio([], 1.5) is None


@pytest.mark.parametrize(("said", "codec"), [("VTT", "webvtt"), ("Srt", "srt"), ("", None), (None, None)])
def test_a_subtitle(said: str | None, codec: str | None) -> None:
    found = make_subtitle([SITE + SIGNED, "b"], "en", said)
    wanted = Variant(url=SITE + SIGNED, backup_urls=["b"], watermark="none", codec=codec, expires_at=SOON)
    assert found == Media(index=0, role=Role.SUBTITLE, language="en", variants=[wanted])
    assert make_subtitle([], "en", said) is None
    sound = make_audio([SITE + SIGNED], None)
    assert sound is not None
    assert sound.variants[0].expires_at == SOON


def test_media_without_a_file_are_not_counted() -> None:
    first, second = make_image([Variant(url="a")], 1, 1), make_image([Variant(url="b")], 1, 1)
    assert number([None, first, make_image([], 1, 1), second], "7") == [first, second]
    assert [(medium.index, medium.owner_id) for medium in (first, second)] == [(1, "7"), (2, "7")]


def test_a_cover_is_the_first_still_that_is_there() -> None:
    fields = Fields({"a": [], "b": [f"{SITE}/1", f"{SITE}/2"], "c": f"{SITE}/3"})
    assert make_cover(fields, "x", "a", "b", "c") == Cover(url=f"{SITE}/1")
    assert make_cover(fields, "a") is None


def test_no_media_are_a_warning_or_an_odd_field() -> None:
    fields = Fields({}, "item")
    fields.note("author.id")
    assert check_media(fields, [], ("video", "images")) == ["no_media_url"]
    fields.note("images.0.url")
    assert check_media(fields, [make_image([], 1, 1)], ("video", "images")) == []
    with pytest.raises(PayloadError, match=r"^item\.images\.0\.url: expected the addresses of media, got another type$"):
        check_media(fields, [], ("video", "images"))


OFFER = FileOffer(urls=[f"{SITE}/v.mp4{SIGNED}", "b"], source="play_addr")


@pytest.mark.parametrize(
    ("offer", "variant"),
    [
        ({}, {}),
        ({"key": "v_h265_1080p_900000"}, {"codec": "h265", "quality": "1080p", "bitrate": 900000}),
        ({"key": "v_bytevc1_720p"}, {"codec": "h265", "quality": "720p"}),
        ({"key": "v_h264_1080p_0"}, {"codec": "h264", "quality": "1080p"}),
        ({"key": "v_h264_1080p_more"}, {}),
        ({"key": "v_new_1080p", "codec": "h264", "bitrate": 5}, {"codec": "h264", "quality": "1080p", "bitrate": 5}),
        ({"key": "v_h264_1080p_9", "codec": "h265", "quality": "540p", "bitrate": 5}, {"codec": "h264", "quality": "1080p", "bitrate": 5}),
        ({"codec": "adapt_HVC1_x", "quality": "540p"}, {"codec": "h265", "quality": "540p"}),
        ({"width": 720, "height": 1280}, {"width": 720, "height": 1280, "quality": "720p"}),
        ({"width": 720}, {"width": 720}),
        ({"height": 720}, {"height": 720}),
        ({"quality": "540p", "width": 720, "height": 1280}, {"quality": "540p", "width": 720, "height": 1280}),
        ({"fps": 30.0, "bytes": 9, "watermark": True, "has_audio": True}, {"fps": 30.0, "bytes": 9, "watermark": True, "has_audio": True}),
        ({"urls": [f"{SITE}/media-video-hvc1/x"], "has_audio": True}, {"url": f"{SITE}/media-video-hvc1/x", "backup_urls": [], "has_audio": False, "expires_at": None}),
        ({"urls": [f"{SITE}/?u=/media-video-/x"]}, {"url": f"{SITE}/?u=/media-video-/x", "backup_urls": [], "expires_at": None}),
    ],
)
def test_an_offer_becomes_a_variant(offer: dict[str, Any], variant: dict[str, Any]) -> None:
    plain = Variant(url=OFFER.urls[0], backup_urls=["b"], watermark=False, watermark_source="play_addr", expires_at=SOON, durable="key")
    assert make_variant(replace(OFFER, **offer), "key") == replace(plain, **variant)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((name, "h264") for name in ("h264", "AVC1", "x_h264")),
        *((name, "h265") for name in ("h265", "hevc", "hvc1", "bytevc1")),
        *((name, "h266") for name in ("h266", "vvc", "bytevc2")),
        ("av1", "av1"),
        ("vp9", None),
        ("", None),
        (None, None),
    ],
)
def test_a_codec_has_one_name(name: str | None, codec: str | None) -> None:
    assert normalise_codec(name) == codec


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (f"https://a.x/1{TOS}?s=1", f"https://b.x/2/3{TOS}?s=2", True),
        (f"https://a.x{TOS}a?s=1", f"https://a.x{TOS}b?s=1", False),
        ("https://a.x/f?s=1", "https://a.x/f?s=2", False),
        ("https://a.x/f", "https://a.x/f", True),
        (f"/video/tos/{TOS}?s=1", f"x/video/tos/{TOS}?s=2", True),
        (f"x{TOS}?s=1", f"yz{TOS}?s=2", True),
        (f"https://a.x/aweme/v1/play/?u={TOS}&v=1", f"https://a.x/aweme/v1/play/?u={TOS}&v=2", False),
        (f"https://a.x/aweme/v1/play{TOS}?v=1", f"https://b.x/aweme/v1/play{TOS}?v=1", False),
    ],
)
def test_one_file_has_many_addresses(one: str, other: str, same: bool) -> None:
    assert same_file(one, other) is same


def test_a_twin_takes_over_what_it_lacks() -> None:
    play = FileOffer(urls=[f"https://a.x{TOS}", "https://c.x"], source="play", key="k", width=1, height=2)
    twin = FileOffer(urls=[f"https://b.x{TOS}", "https://c.x"], source="rate", height=4)
    other, empty = FileOffer(urls=["https://d.x"], source="other"), FileOffer(urls=[], source="empty")
    found = merge(play, [other, empty, twin])
    assert found == [FileOffer(urls=[f"https://a.x{TOS}", "https://c.x", f"https://b.x{TOS}"], source="rate", key="k", width=1, height=4), other]
    assert merge(None, [other, empty]) == merge(empty, [other]) == [other]
    assert merge(play, [empty, other]) == [play, other]
    bare = FileOffer(urls=[f"https://b.x{TOS}"], source="rate", width=7)
    assert [(one.width, one.height) for one in merge(play, [bare])] == [(7, 2)]
    own = FileOffer(urls=[f"https://b.x{TOS}"], source="rate", key="own", width=7, height=8)
    assert [(one.key, one.width, one.height) for one in merge(play, [own])] == [("own", 7, 8)]


VERDICTS = Verdicts(codes={"9": ErrorCode.PRIVATE}, words=(("gone", ErrorCode.REMOVED), ("go", ErrorCode.PAID)), nested=("data", "base.resp"))


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        ({"status_code": 9}, ("private", "9", None)),
        ({"statusCode": 0, "status_code": "", "code": 9}, ("private", "9", None)),
        ({"statusCode": 8, "code": 9}, ("parse_error", "8", None)),
        ({"code": "OK"}, None),
        ({"code": "Success"}, None),
        ({"code": 0}, None),
        ({"code": None}, None),
        ({"code": 1, "msg": "all GONE"}, ("removed", "1", "all GONE")),
        ({"code": 1, "msg": "gone", "statusMsg": " go ", "message": 5}, ("paid", "1", "go")),
        ({"code": 9, "msg": "gone"}, ("private", "9", "gone")),
        ({"code": 1, "type": "go"}, ("paid", "1", "go")),
        ({"code": 1, "statusMessage": "go", "type": "gone"}, ("paid", "1", "go")),
        ({"code": 1, "statusMessage": "", "status_msg": "go"}, ("paid", "1", "go")),
        ({"code": 8, "base": {"resp": {"code": 7}}}, ("parse_error", "7", None)),
        ({"code": 9, "base": {"resp": {"code": 7}}}, ("private", "9", None)),
        ({"base": {"resp": {"code": 7}}, "data": {"code": 6}}, ("parse_error", "6", None)),
        ([{"code": 9}], None),
        (None, None),
    ],
)
def test_a_platform_says_why(data: object, ends: tuple[str, str, str | None] | None) -> None:
    error = VERDICTS.find(data)
    assert (error and (error.code, error.raw_code, error.raw_message)) == ends


@pytest.mark.parametrize(
    ("value", "code"),
    [(1, "1"), (-1, "-1"), (" a ", "a"), (True, ""), (1.0, ""), (None, ""), (10**12, ""), (10**12 - 1, "9" * 12), (-(10**12), "")],
)
def test_a_code_is_a_number_or_a_word(value: object, code: str) -> None:
    assert as_code(value) == code


def test_words_are_cut() -> None:
    assert as_words(f" {'x' * 501} ") == "x" * 500
    assert as_words(5) == as_words(" ") == ""


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ('{"code":7}', True),
        ('{"statusCode" : "7"}', True),
        ('x {"status_code":7,', True),
        ('{"code":77}', False),
        ('{"a_code":7}', False),
        ('{"code":17}', False),
    ],
)
def test_a_code_is_found_without_reading(text: str, states: bool) -> None:
    assert states_code(text, "7") is states
    assert states_code('{"code":7}', ".") is False


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"users": []}, "a list of users"),
        ({"data": {"users": []}}, "a list of users"),
        ({"data": {"data": {"live": 1}}}, "a stream"),
        ({"live": 1, "users": 1}, "a list of users"),
        ({"data": {"x": {"users": 1}}}, None),
        (["users"], None),
    ],
)
def test_an_answer_about_something_else(data: object, words: str | None) -> None:
    error = find_other(data, {"users": "a list of users", "live": "a stream"})
    assert (error and str(error.raw_message).partition(",")[0]) == words
    assert error is None or error.code is ErrorCode.UNSUPPORTED_KIND
