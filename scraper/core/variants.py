"""
Which variant of a medium to fetch, why, and what to try next.

The order, first difference decides:
  video  what a player opens (h266 last) · the watermark asked for · with sound · a watermark state the platform
         proves · a file before a playlist · codec (h264 or not said, h265, av1, vp9, others) · resolution (short
         side) · frame rate up to 60 · bitrate · bytes · the platform's own order
  image  the same, but resolution before codec (jpeg, png or not said, gif, webp, others)
  audio  codec (aac, mp3 or not said, opus, flac, Dolby), then bitrate
``best_quality`` puts resolution and bitrate before the codec.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scraper.core.arguments import read_choice
from scraper.core.items import Media, Role, Variant
from scraper.core.messages import strip_query

MEDIA: Final = ("best", "none", "all")
WATERMARK: Final = ("without", "with", "both")
CONTENT: Final = ("original", "video_only")

WATERMARKED_ONLY = "watermarked_only"
WATERMARK_UNAVAILABLE = "watermark_unavailable"
UNPLAYABLE_CODEC = "unplayable_codec"

WANTED_ROLES = frozenset({Role.VIDEO, Role.IMAGE, Role.AUDIO, Role.LIVE_PHOTO})
"""What MEDIA=best fetches; covers and subtitles come with MEDIA=all."""
_MARKABLE = frozenset({Role.VIDEO, Role.IMAGE, Role.LIVE_PHOTO})
_SAME = {
    "avc": "h264", "avc1": "h264", "hevc": "h265", "hvc1": "h265", "hev1": "h265", "bytevc1": "h265", "av01": "av1",
    "vvc": "h266", "vvc1": "h266", "vvi1": "h266", "bytevc2": "h266", "vp09": "vp9", "jpg": "jpeg", "mp4a": "aac",
    "ec-3": "eac3", "ac-3": "ac3",
}  # fmt: skip
_UNPLAYABLE = frozenset({"h266"})
_VIDEO_ORDER = {"h264": 0, "h265": 1, "av1": 2, "vp9": 3}
_IMAGE_ORDER = {"jpeg": 0, "png": 0, "gif": 1, "webp": 2}
_AUDIO_ORDER = {"aac": 0, "mp3": 0, "opus": 1, "flac": 2}
_OTHER = 9
_Want = Literal["clean", "marked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a person wants of each post: the settings MEDIA, WATERMARK and CONTENT."""

    media: str = "best"
    watermark: str = "without"
    content: str = "original"
    """``video_only`` renders pictures into a video afterwards; what is fetched stays the same."""

    def __post_init__(self) -> None:
        """Raise UsageError for a value that is none of those known."""
        for name, allowed in (("media", MEDIA), ("watermark", WATERMARK), ("content", CONTENT)):
            object.__setattr__(self, name, read_choice(name.upper(), getattr(self, name), allowed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One variant to fetch."""

    variant: int
    """Position in the medium's *variants*."""
    reason: str
    warnings: tuple[str, ...] = ()
    """What is worse than asked for; belongs into the post's warnings once this variant is fetched."""
    fallbacks: tuple["Choice", ...] = ()
    """What to try next, best first, when this one cannot be had."""


def choose(medium: Media, policy: Policy, *, is_joined: bool = False) -> list[Choice]:
    """
    Return the variants of *medium* to fetch under *policy*; none where the policy does not want the medium.

    *is_joined*: the sound is a medium of its own, so a variant without sound is as good as one with it.
    """
    if not is_wanted(medium, policy):
        return []
    if policy.media == "all":
        return [Choice(variant=index, reason="MEDIA=all") for index in range(len(medium.variants))]
    if medium.role not in _MARKABLE or policy.watermark == "without":
        return _first(medium, rank(medium, "clean", is_joined=is_joined), "clean")
    if policy.watermark == "with":
        return _first(medium, rank(medium, "marked", is_joined=is_joined), "marked")
    marked = [
        index for index in rank(medium, "marked", is_joined=is_joined) if medium.variants[index].watermark is True
    ]
    clean = [index for index in rank(medium, "clean", is_joined=is_joined) if index not in marked]
    if not marked:
        return _first(medium, clean, "marked")
    if not clean:
        return _first(medium, marked, "clean")
    return _first(medium, clean, "clean") + _first(medium, marked, "marked")


def is_wanted(medium: Media, policy: Policy) -> bool:
    """Whether *policy* asks for a file of *medium*, which must have a variant at all."""
    if policy.media == "none" or not medium.variants:
        return False
    return policy.media == "all" or (medium.role in WANTED_ROLES and medium.joins is None)


def rank(medium: Media, want: _Want = "clean", *, is_joined: bool = False) -> list[int]:
    """Return the positions of all variants of *medium*, best first."""
    variants = medium.variants
    return sorted(range(len(variants)), key=lambda index: _key(medium.role, variants[index], want, is_joined))


def best_quality(medium: Media, indexes: Iterable[int]) -> int | None:
    """Return the one of *indexes* with the most pixels, then bits, that a player opens; with sound if any has."""
    variants = medium.variants
    return min(
        indexes,
        key=lambda index: (
            codec_of(variants[index]) in _UNPLAYABLE,
            variants[index].has_audio is False,
            *_size_key(variants[index]),
            _codec_rank(medium.role, variants[index]),
        ),
        default=None,
    )


def short_side(variant: Variant) -> int:
    """Return the short side in pixels, from the size or a quality such as ``720p``; 0 = not said."""
    if variant.width and variant.height:
        return min(variant.width, variant.height)
    found = re.search(r"(?<!\d)(\d{3,4})p", variant.quality or "", re.IGNORECASE)
    return int(found[1]) if found else 0


def codec_of(variant: Variant) -> str | None:
    """Return the codec under one name, e.g. h265 for ``hvc1.1.6`` and ``bytevc1``; None = not said."""
    name = (variant.codec or "").lower()
    return _SAME.get(name) or _SAME.get(name.split(".")[0]) or name or None


def is_playlist(variant: Variant) -> bool:
    """Whether its URL is that of a list of pieces."""
    return strip_query(variant.url).lower().endswith((".m3u8", ".mpd"))


def describe(variant: Variant) -> str:
    """Return codec, size, sound and watermark of *variant* in a few words."""
    side = short_side(variant)
    marks: dict[object, str] = {True: "watermarked", False: "no watermark", "none": "platform without watermarks"}
    words = (
        codec_of(variant) or "codec not said",
        f"{side}p" if side else None,
        "silent" if variant.has_audio is False else None,
        marks.get(variant.watermark, "watermark unknown"),
    )
    return ", ".join(word for word in words if word)


def _first(medium: Media, order: Sequence[int], want: _Want) -> list[Choice]:
    """Return one choice: the first of *order*, the others behind it."""
    choices = [_judge(medium, index, want, place) for place, index in enumerate(order, 1)]
    if not choices:
        return []
    top = choices[0]
    return [Choice(variant=top.variant, reason=top.reason, warnings=top.warnings, fallbacks=tuple(choices[1:]))]


def _judge(medium: Media, index: int, want: _Want, place: int) -> Choice:
    variant = medium.variants[index]
    warnings = []
    if medium.role in _MARKABLE and want == "clean" and variant.watermark is True:
        warnings.append(WATERMARKED_ONLY)
    if medium.role in _MARKABLE and want == "marked" and variant.watermark is not True:
        warnings.append(WATERMARK_UNAVAILABLE)
    if codec_of(variant) in _UNPLAYABLE:
        warnings.append(UNPLAYABLE_CODEC)
    asked = "without watermark" if want == "clean" else "with watermark"
    purpose = f" {asked}" if medium.role in _MARKABLE else ""
    return Choice(variant=index, reason=f"{place}. best{purpose}: {describe(variant)}", warnings=tuple(warnings))


def _key(role: Role, variant: Variant, want: _Want, is_joined: bool) -> tuple[float, ...]:
    """Return what sorts *variant* among its siblings, smallest first."""
    is_marked = variant.watermark is True
    size, codec = _size_key(variant), _codec_rank(role, variant)
    return (
        codec_of(variant) in _UNPLAYABLE,
        role in _MARKABLE and is_marked == (want == "clean"),
        variant.has_audio is False and not is_joined,
        role in _MARKABLE and variant.watermark == "unknown",
        is_playlist(variant),
        *((*size, codec) if role is Role.IMAGE else (codec, *size)),
    )


def _size_key(variant: Variant) -> tuple[float, ...]:
    return (-short_side(variant), -min(variant.fps or 0, 60), -(variant.bitrate or 0), -(variant.bytes or 0))


def _codec_rank(role: Role, variant: Variant) -> int:
    table = {Role.AUDIO: _AUDIO_ORDER, Role.IMAGE: _IMAGE_ORDER, Role.COVER: _IMAGE_ORDER}.get(role, _VIDEO_ORDER)
    codec = codec_of(variant)
    return 0 if codec is None else table.get(codec, _OTHER)
