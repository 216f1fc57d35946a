"""The choice of variants: the documented order, the watermark policies, and the fallbacks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import UsageError
from scraper.media.choice import choose
from scraper.model.policy import CONTENT, MEDIA, WATERMARK, Policy
from scraper.model.post import Media, Role, Variant
from scraper.model.ranking import best_quality, codec_of, rank, short_side


def variant(name: str = "v", **values: Any) -> Variant:
    return Variant(url=f"https://cdn.example/{name}?q", **({"watermark": False} | values))


def medium(*variants: Variant, role: Role = Role.VIDEO) -> Media:
    return Media(index=1, role=role, variants=list(variants))


# Each list has the order in which its variants must be tried.
ORDERS = {
    "h264 before a larger h265": [
        variant(codec="h264", width=576, height=1024),
        variant(codec="h265", width=1080, height=1920),
    ],
    "a codec not said counts as h264": [
        variant(codec=None, width=1080, height=1920),
        variant(codec="h264", width=720, height=1280),
    ],
    "sound before codec": [variant(codec="h265", has_audio=True), variant(codec="h264", has_audio=False)],
    "sound not said before silence": [variant(has_audio=None), variant(has_audio=False)],
    "silence before what no player opens": [
        variant(has_audio=False),
        variant(codec="bytevc2", has_audio=True, width=2160, height=3840),
    ],
    "short side, not height": [variant(width=1280, height=720), variant(width=576, height=1024)],
    "then bitrate": [variant(width=720, height=1280, bitrate=2), variant(width=720, height=1280, bitrate=1)],
    "frame rate before bitrate": [
        variant(width=720, height=1280, fps=60),
        variant(width=720, height=1280, fps=30, bitrate=9),
    ],
    "the platform's order at last": [variant("a"), variant("b"), variant("c")],
    "quality where no size is said": [
        variant(quality="1080p"),
        variant(quality="normal_720p_0"),
        variant(quality="best"),
    ],
    "clean before unknown": [variant(watermark=False), variant(watermark="unknown", width=1080, height=1920)],
    "unknown before marked": [variant(watermark="unknown"), variant(watermark=True, width=1080, height=1920)],
    "marked before what no player opens": [variant(watermark=True), variant(watermark=False, codec="vvc1.1.L93")],
    "a file before a playlist": [variant("a.mp4", codec="h265"), variant("a.m3u8", codec="h264")],
    "codecs": [
        variant(codec=name) for name in ("avc1.64001F", "hvc1.1.6.L120", "av01.0.05M.08", "vp09.00", "mpeg2", "h266")
    ],
}
IMAGES = {
    "size before codec": [variant(codec="webp", width=1080, height=1080), variant(codec="jpeg", width=720, height=720)],
    "jpeg before webp": [variant(codec="jpeg"), variant(codec="webp"), variant(codec="heic")],
}
SOUNDS = {
    "aac before flac and Dolby": [
        variant(codec="mp4a.40.2", bitrate=132),
        variant(codec="fLaC", bitrate=999),
        variant(codec="ec-3", bitrate=999),
    ],
    "bitrate": [variant(codec="aac", bitrate=192), variant(codec="aac", bitrate=64)],
    "no watermark in a sound": [variant(watermark=True, bitrate=2), variant(watermark=False, bitrate=1)],
}
CASES = [
    *((Role.VIDEO, name, order) for name, order in ORDERS.items()),
    *((Role.IMAGE, name, order) for name, order in IMAGES.items()),
    *((Role.AUDIO, name, order) for name, order in SOUNDS.items()),
]


@pytest.mark.parametrize(("role", "order"), [(case[0], case[2]) for case in CASES], ids=[case[1] for case in CASES])
def test_order(role: Role, order: list[Variant]) -> None:
    assert rank(medium(*order, role=role)) == list(range(len(order)))
    if len({one.url for one in order}) == 1:
        assert rank(medium(*reversed(order), role=role)) == list(reversed(range(len(order))))


def chosen(one: Media, **policy: Any) -> list[tuple[int, tuple[str, ...]]]:
    return [(choice.variant, choice.warnings) for choice in choose(one, Policy(**policy))]


CLEAN, MARKED, NONE, UNKNOWN = (variant(watermark=mark) for mark in (False, True, "none", "unknown"))


@pytest.mark.parametrize(
    ("variants", "watermark", "expected"),
    [
        ([MARKED, CLEAN], "without", [(1, ())]),
        ([MARKED, NONE], "without", [(1, ())]),
        ([MARKED, UNKNOWN], "without", [(1, ())]),
        ([MARKED], "without", [(0, ("watermarked_only",))]),
        ([CLEAN, MARKED], "with", [(1, ())]),
        ([CLEAN], "with", [(0, ("watermark_unavailable",))]),
        ([NONE], "with", [(0, ("watermark_unavailable",))]),
        ([MARKED, CLEAN], "both", [(1, ()), (0, ())]),
        ([CLEAN], "both", [(0, ("watermark_unavailable",))]),
        ([MARKED], "both", [(0, ("watermarked_only",))]),
        ([], "both", []),
        ([variant(codec="h266")], "without", [(0, ("unplayable_codec",))]),
    ],
)
def test_watermark_policies(
    variants: list[Variant], watermark: str, expected: list[tuple[int, tuple[str, ...]]]
) -> None:
    assert chosen(medium(*variants), watermark=watermark) == expected


def test_what_comes_next_brings_its_own_warnings() -> None:
    [choice] = choose(medium(MARKED, CLEAN, UNKNOWN), Policy())
    assert [(other.variant, other.warnings) for other in choice.fallbacks] == [(2, ()), (0, ("watermarked_only",))]
    assert choice.reason == "1. best without watermark: codec unknown, no watermark"
    assert choice.fallbacks[1].reason.startswith("3. ")


SIZES = [
    variant(codec="h264", width=1080, height=1920),
    variant(codec="h265", width=1080, height=1920),
    variant(codec="h264", width=720, height=1280),
    variant(codec="av1", width=1440, height=2560),
    variant(codec="h264", width=540, height=960),
]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, (0, ())),
        ({"codec": "h265"}, (1, ())),
        ({"codec": "av1"}, (3, ())),
        ({"codec": "any"}, (3, ())),
        ({"max_height": "720"}, (2, ())),
        ({"max_height": 1000}, (2, ())),
        ({"max_height": 360}, (4, ("higher_than_asked:540",))),
        ({"codec": "h265", "max_height": 720}, (2, ("codec_unavailable:h265",))),
        ({"codec": "any", "max_height": 1080}, (0, ())),
    ],
)
def test_codec_and_height(policy: dict[str, Any], expected: tuple[int, tuple[str, ...]]) -> None:
    assert chosen(medium(*SIZES), **policy) == [expected]


def test_pictures_have_no_height_and_no_video_codec() -> None:
    large = variant(codec="jpeg", width=2000, height=2000)
    one = medium(variant(codec="jpeg", width=500, height=500), large, role=Role.IMAGE)
    assert chosen(one, codec="av1", max_height="500") == [(1, ())]


def test_the_reason_names_the_field_that_decided() -> None:
    [choice] = choose(medium(variant(watermark=False, watermark_source="video.playAddr")), Policy())
    assert choice.reason.endswith("no watermark (video.playAddr)")


def test_silence_is_as_good_as_sound_where_the_sound_is_a_medium_of_its_own() -> None:
    one = medium(variant(codec="h264", has_audio=False), variant(codec="h265", has_audio=True))
    assert [choice.variant for choice in choose(one, Policy())] == [1]
    assert [choice.variant for choice in choose(one, Policy(), is_joined=True)] == [0]


@pytest.mark.parametrize("watermark", ["with", "both"])
def test_silence_is_as_good_as_sound_whatever_the_watermark(watermark: str) -> None:
    one = medium(variant(codec="h264", has_audio=False, watermark=True), variant(codec="h265", has_audio=True, watermark=True))
    assert [choice.variant for choice in choose(one, Policy(watermark=watermark))] == [1]
    assert [choice.variant for choice in choose(one, Policy(watermark=watermark), is_joined=True)] == [0]


@pytest.mark.parametrize(
    ("policy", "reasons"),
    [
        ({"media": "all"}, ["MEDIA=all", "MEDIA=all"]),
        ({"watermark": "with"}, ["1. best with watermark: h265, watermarked"]),
        ({"watermark": "both"}, ["1. best without watermark: h264, no watermark", "1. best with watermark: h265, watermarked"]),
    ],
)
def test_the_reason_says_what_was_asked_for(policy: dict[str, Any], reasons: list[str]) -> None:
    one = medium(variant(codec="h264"), variant(codec="h265", watermark=True))
    assert [choice.reason for choice in choose(one, Policy(**policy))] == reasons


def test_both_never_falls_back_to_the_other_one() -> None:
    clean, marked = choose(medium(MARKED, CLEAN, MARKED, CLEAN), Policy(watermark="both"))
    assert [clean.variant, *(other.variant for other in clean.fallbacks)] == [1, 3]
    assert [marked.variant, *(other.variant for other in marked.fallbacks)] == [0, 2]


@pytest.mark.parametrize("role", Role)
def test_roles(role: Role) -> None:
    one = medium(CLEAN, MARKED, UNKNOWN, role=role)
    assert chosen(one, media="none") == []
    assert chosen(one, media="all") == [(0, ()), (1, ()), (2, ())]
    assert len(chosen(one)) == (role not in (Role.COVER, Role.SUBTITLE))


@pytest.mark.parametrize("watermark", WATERMARK)
def test_a_sound_has_no_watermark(watermark: str) -> None:
    for mark in (True, False, "unknown"):
        [choice] = choose(medium(variant(watermark=mark, codec="aac"), CLEAN, role=Role.AUDIO), Policy(watermark=watermark))
        assert (choice.variant, choice.warnings) == (0, ())
        assert choice.reason.startswith("1. best: aac, ")


def test_best_quality_looks_at_size_first() -> None:
    one = medium(
        variant(codec="h264", width=576, height=1024),
        variant(codec="h265", width=1080, height=1920),
        variant(codec="h265", width=1440, height=2560, has_audio=False),
        variant(codec="bytevc2", width=2160, height=3840),
    )
    assert best_quality(one, range(4)) == 1
    assert best_quality(one, []) is None


@pytest.mark.parametrize(
    ("values", "side"),
    [
        ({"width": 720, "height": 1280}, 720),
        ({"width": 1280, "height": 720}, 720),
        ({"quality": "720p60"}, 720),
        ({"quality": "12345p"}, 0),
        ({}, 0),
    ],
)
def test_short_side(values: dict[str, Any], side: int) -> None:
    assert short_side(variant(**values)) == side


@pytest.mark.parametrize(
    ("codec", "name"),
    [("AVC1.64", "h264"), ("bytevc1", "h265"), ("hevc", "h265"), ("", None), (None, None), ("xyz", "xyz")],
)
def test_codec_names(codec: str | None, name: str | None) -> None:
    assert codec_of(variant(codec=codec)) == name


@pytest.mark.parametrize("values", [{"media": "some"}, {"watermark": ""}, {"content": "video"}, {"codec": "vp9"}])
def test_a_policy_is_checked(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="expected one of"):
        Policy(**values)


def test_a_policy_is_read_in_any_case() -> None:
    assert Policy(media="ALL", watermark="Both", content="VIDEO_ONLY") == Policy(
        media="all", watermark="both", content="video_only"
    )


VARIANTS = st.builds(
    variant,
    watermark=st.sampled_from([True, False, "none", "unknown"]),
    codec=st.sampled_from([None, "h264", "h265", "h266", "av1", "bytevc2"]),
    width=st.none() | st.integers(0, 4000),
    height=st.none() | st.integers(0, 4000),
    has_audio=st.none() | st.booleans(),
    bitrate=st.none() | st.integers(0, 9**9),
)
POLICIES = st.builds(
    Policy, media=st.sampled_from(MEDIA), watermark=st.sampled_from(WATERMARK), content=st.sampled_from(CONTENT)
)


@given(st.lists(VARIANTS, max_size=6), POLICIES, st.sampled_from(Role))
def test_every_choice_is_lawful(variants: list[Variant], policy: Policy, role: Role) -> None:
    one = medium(*variants, role=role)
    choices = choose(one, policy)
    seen = [index for choice in choices for index in (choice.variant, *(other.variant for other in choice.fallbacks))]
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(range(len(variants)))
    assert len(choices) <= (2 if policy.media == "best" else len(variants))
    if policy == Policy() and choices and role is Role.VIDEO:
        playable = [one for one in variants if codec_of(one) != "h266"]
        picked = variants[choices[0].variant]
        assert picked in playable or not playable
        assert picked.watermark is not True or all(one.watermark is True for one in playable or variants)
