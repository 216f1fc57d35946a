"""
Put the variants of a medium in the order in which to try them.

The order, first difference decides:
  video  what a player opens (h266 last) · the wanted watermark · with sound · a watermark state the platform
         proves · not over MAX_HEIGHT · a file before a playlist · codec (CODEC or unknown, then h264, h265, av1, vp9,
         others) · resolution (short side) · frame rate up to 60 · bitrate · bytes · the platform's own order; with
         CODEC=any resolution before codec
  image  the same, but resolution before codec (jpeg, png or unknown, gif, webp, others)
  audio  codec (aac, mp3 or unknown, opus, flac, Dolby), then bitrate
``best_quality`` puts resolution and bitrate before the codec.
"""

import re
from collections.abc import Iterable
from typing import Literal

from scraper.model.policy import DEFAULT_POLICY, Policy
from scraper.model.post import Media, Role, Variant
from scraper.text.redaction import strip_query

WANTED_ROLES = frozenset({Role.VIDEO, Role.IMAGE, Role.AUDIO, Role.LIVE_PHOTO})
"""The roles that MEDIA=best fetches; MEDIA=all adds covers and subtitles."""
MARKABLE = frozenset({Role.VIDEO, Role.IMAGE, Role.LIVE_PHOTO})
"""Roles whose files may carry a watermark."""
_SAME = {
    "avc": "h264", "avc1": "h264", "hevc": "h265", "hvc1": "h265", "hev1": "h265", "bytevc1": "h265", "av01": "av1",
    "vvc": "h266", "vvc1": "h266", "vvi1": "h266", "bytevc2": "h266", "vp09": "vp9", "jpg": "jpeg", "mp4a": "aac",
    "ec-3": "eac3", "ac-3": "ac3",
}  # fmt: skip
UNPLAYABLE = frozenset({"h266"})
"""Codecs that common players do not open."""
_VIDEO_ORDER = {"h264": 0, "h265": 1, "av1": 2, "vp9": 3}
_IMAGE_ORDER = {"jpeg": 0, "png": 0, "gif": 1, "webp": 2}
_AUDIO_ORDER = {"aac": 0, "mp3": 0, "opus": 1, "flac": 2}
_OTHER = 9
Want = Literal["clean", "marked"]
"""The wanted one of a post's two variants."""


def is_wanted(medium: Media, policy: Policy) -> bool:
    """Whether *policy* wants a file of *medium*; False for a medium without variants."""
    if policy.media == "none" or not medium.variants:
        return False
    return policy.media == "all" or (medium.role in WANTED_ROLES and medium.joins is None)


def rank(medium: Media, want: Want = "clean", policy: Policy = DEFAULT_POLICY, *, is_joined: bool = False) -> list[int]:
    """Return the positions of all variants of *medium*, best first."""
    variants = medium.variants
    return sorted(range(len(variants)), key=lambda index: _key(medium.role, variants[index], want, policy, is_joined))


def split(medium: Media) -> tuple[list[int], list[int]]:
    """Return the positions of the variants without and with watermark, best first."""
    order = rank(medium)
    marked = [index for index in order if medium.variants[index].watermark is True]
    return [index for index in order if index not in marked], marked


def best_quality(medium: Media, indexes: Iterable[int]) -> int | None:
    """Return the one of *indexes* whose playable variant has the most pixels, then bits; with sound if any has it."""
    variants = medium.variants
    return min(
        indexes,
        key=lambda index: (
            codec_of(variants[index]) in UNPLAYABLE,
            variants[index].has_audio is False,
            *_size_key(variants[index]),
            _codec_rank(medium.role, variants[index]),
        ),
        default=None,
    )


def short_side(variant: Variant) -> int:
    """Return the short side in pixels, from the size or a quality such as ``720p``; 0 = unknown."""
    if variant.width and variant.height:
        return min(variant.width, variant.height)
    found = re.search(r"(?<!\d)(\d{3,4})p", variant.quality or "", re.IGNORECASE)
    return int(found[1]) if found else 0


def codec_of(variant: Variant) -> str | None:
    """Return the codec under one name, e.g. h265 for ``hvc1.1.6`` and ``bytevc1``; None = unknown."""
    name = (variant.codec or "").lower()
    return _SAME.get(name) or _SAME.get(name.split(".")[0]) or name or None


def is_playlist(variant: Variant) -> bool:
    """Whether the URL of *variant* is that of a playlist."""
    return strip_query(variant.url).lower().endswith((".m3u8", ".mpd"))


def describe(variant: Variant) -> str:
    """Return codec, size, sound and watermark of *variant* in a few words."""
    side = short_side(variant)
    marks: dict[object, str] = {True: "watermarked", False: "no watermark", "none": "platform without watermarks"}
    words = (
        codec_of(variant) or "codec unknown",
        f"{side}p" if side else None,
        "silent" if variant.has_audio is False else None,
        marks.get(variant.watermark, "watermark unknown"),
    )
    return ", ".join(word for word in words if word)


def _key(role: Role, variant: Variant, want: Want, policy: Policy, is_joined: bool) -> tuple[float, ...]:
    """Return the sort key of *variant*, smallest first."""
    is_marked = variant.watermark is True
    size, codec = _size_key(variant), _codec_rank(role, variant, policy.codec)
    is_size_first = role is Role.IMAGE or (role is Role.VIDEO and policy.codec == "any")
    return (
        codec_of(variant) in UNPLAYABLE,
        role in MARKABLE and is_marked == (want == "clean"),
        variant.has_audio is False and not is_joined,
        role in MARKABLE and variant.watermark == "unknown",
        excess_height(variant, policy) if role is Role.VIDEO else 0,
        is_playlist(variant),
        *((*size, codec) if is_size_first else (codec, *size)),
    )


def excess_height(variant: Variant, policy: Policy) -> int:
    """Return the number of pixels by which *variant* exceeds MAX_HEIGHT."""
    return max(0, short_side(variant) - policy.max_height) if policy.max_height else 0


def _size_key(variant: Variant) -> tuple[float, ...]:
    return (-short_side(variant), -min(variant.fps or 0, 60), -(variant.bitrate or 0), -(variant.bytes or 0))


def _codec_rank(role: Role, variant: Variant, wanted: str = "h264") -> int:
    table = {Role.AUDIO: _AUDIO_ORDER, Role.IMAGE: _IMAGE_ORDER, Role.COVER: _IMAGE_ORDER}.get(role, _VIDEO_ORDER)
    codec = codec_of(variant)
    if codec is None:
        return 0
    if table is not _VIDEO_ORDER:
        return table.get(codec, _OTHER)
    return 0 if codec == wanted else 1 + table.get(codec, _OTHER)
