"""Bilibili's numbers of qualities, and our names for them."""

from collections.abc import Iterable

from scraper.posts.fields import Fields, read_int

VIDEO = {
    5: "144p",
    6: "240p",
    15: "360p",
    16: "360p",
    32: "480p",
    48: "720p",
    64: "720p",
    74: "720p60",
    80: "1080p",
    100: "AI repair",
    112: "1080p+",
    116: "1080p60",
    120: "4K",
    125: "HDR",
    126: "Dolby Vision",
    127: "8K",
}
AUDIO = {30216: "64k", 30232: "132k", 30280: "192k", 30250: "Dolby Atmos", 30251: "Hi-Res"}
SONG = {0: "128k", 1: "192k", 2: "320k", 3: "FLAC"}

MISSING = "missing_qualities"
"""Warning, with names after a colon: qualities that a login or a membership would add."""

_LISTS = ("support_formats", "supportFormats")
_LAST = 10_000
_CODEC_IDS = {7: "h264", 12: "h265", 13: "av1"}
_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hev1": "h265",
    "hvc1": "h265",
    "dvh1": "h265",
    "dvhe": "h265",
    "av01": "av1",
    "mp4a": "aac",
    "ec-3": "eac3",
    "ac-3": "ac3",
    "flac": "flac",
}


def name_of(number: int | None) -> str | None:
    """Return the name of a quality of video or sound, ``q`` and its number for an unknown one."""
    if number is None:
        return None
    return VIDEO.get(number) or AUDIO.get(number) or f"q{number}"


def codec_of(codecs: str | None, number: int | None) -> str | None:
    """Return our name of a codec, from ``codecs`` as in a MIME type, else from ``codecid``."""
    known = _CODECS.get((codecs or "").lower().partition(".")[0])
    return known or (None if number is None else _CODEC_IDS.get(number))


def read_offered(play: Fields) -> list[int]:
    """Return the numbers of all qualities of a video, including those for members."""
    numbers = [entry.get(read_int, "quality") for key in _LISTS for entry in play.children(key)]
    numbers += [value for value in play.items("accept_quality") if isinstance(value, int) and 0 < value < _LAST]
    return [number for number in dict.fromkeys(numbers) if number is not None]


def warn_missing(offered: Iterable[int], delivered: Iterable[int]) -> list[str]:
    """Return the warning with the offered but not delivered qualities above the lowest delivered one."""
    have = set(delivered)
    floor = min(have, default=0)
    names = [name_of(number) for number in sorted(set(offered) - have, reverse=True) if number > floor]
    return [f"{MISSING}:{','.join(name for name in dict.fromkeys(names) if name)}"] if names else []
