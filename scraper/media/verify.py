"""Check a downloaded file against its announcement. Pure: takes facts, raises MediaError."""

from scraper.errors import MediaCause, MediaError
from scraper.media.filetypes import extension
from scraper.model.post import Media, Post, Probe, Role, Variant

_FAMILIES: dict[Role, frozenset[str]] = {
    Role.VIDEO: frozenset({"video"}),
    Role.LIVE_PHOTO: frozenset({"video"}),
    # A sound may come in an MP4 without a picture.
    Role.AUDIO: frozenset({"audio", "video"}),
    Role.IMAGE: frozenset({"image"}),
    Role.COVER: frozenset({"image"}),
    Role.SUBTITLE: frozenset({"text"}),
}
_TIMED = frozenset({Role.VIDEO, Role.AUDIO, Role.LIVE_PHOTO})
_SIZE_SLACK = 1 << 20
_DURATION_SHARE = 0.1
_DURATION_SLACK = 1.0
"""Tolerance in seconds: platforms announce whole seconds."""


def check_head(head: bytes, role: Role) -> None:
    """Raise MediaError(not_media) unless the first bytes are of a kind that fits *role*."""
    kind = extension(head)
    if kind is None:
        raise MediaError(MediaCause.NOT_MEDIA, f"expected {role}, got {_describe(head)}")
    if kind[1] not in _FAMILIES[role]:
        raise MediaError(MediaCause.NOT_MEDIA, f"expected {role}, got {kind[1]} ({kind[0]})")


def check_size(size: int, announced: int | None) -> None:
    """Raise MediaError(truncated) for fewer bytes than the post announced."""
    if announced is not None and size < announced:
        raise MediaError(MediaCause.TRUNCATED, f"expected {announced} bytes, got {size}")


def limit_size(maxsize: int, announced: int | None) -> int:
    """Return the limit of a file in bytes: about the announced size, if there is one, and at most *maxsize*."""
    return maxsize if announced is None else min(maxsize, 2 * announced + _SIZE_SLACK)


def check_tail(head: bytes, tail: bytes, size: int) -> None:
    """Raise MediaError(truncated) for a picture without its end marker; *tail* has the last bytes of *size*."""
    kind = extension(head)
    ends = {".jpg": b"\xff\xd9" in tail, ".png": b"IEND" in tail, ".gif": tail.endswith(b";") or b"\x00;" in tail}
    is_whole = ends.get(kind[0], True) if kind is not None else True
    if kind is not None and kind[0] == ".webp":
        is_whole = size >= int.from_bytes(head[4:8], "little") + 8
    if not is_whole:
        raise MediaError(MediaCause.TRUNCATED, f"the picture ends early, after {size} bytes")


def expects_sound(post: Post, variant: Variant) -> bool:
    """Whether a video without sound would be wrong: the variant says so, or else the post names its sound."""
    return variant.has_audio is True or (variant.has_audio is None and post.music is not None)


def check_probe(probe: Probe, medium: Media, *, with_sound: bool) -> None:
    """Raise MediaError for a wrong duration or a missing sound."""
    if medium.role in _TIMED and medium.duration and probe.duration is not None:
        slack = max(_DURATION_SHARE * medium.duration, _DURATION_SLACK)
        if abs(probe.duration - medium.duration) > slack:
            raise MediaError(MediaCause.DURATION_MISMATCH, f"expected {medium.duration:g} s, got {probe.duration:g} s")
    if medium.role is Role.VIDEO and with_sound and not probe.has_audio:
        raise MediaError(MediaCause.NO_SOUND, "sound is announced, but the file has no sound")


def _describe(head: bytes) -> str:
    text = head[:512].lstrip().lower()
    if not head:
        return "an empty file"
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if text.startswith(b"<"):
        return "XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "bytes of an unknown format"
