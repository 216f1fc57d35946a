"""TwitterDown's envelope: the videos of a post by resolution, ``code`` 0 or -1."""

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.shape import Source
from scraper.model.post import Media, Role, Variant
from scraper.model.ranking import is_playlist, short_side
from scraper.text.jsonline import JSON
from scraper.text.unicode import clean_text

READS_ANSWER = False

_HD = 720
"""Least pixels of the short side of an HD video."""


def make_data(source: Source) -> JSON:
    """Return the first video's files, high to low, and those of all media beside them; playlists are left out."""
    post = source.post
    videos = [medium for medium in post.media if medium.role is Role.VIDEO]
    return {
        "thumbnail": None if post.cover is None else clean_text(post.cover.url),
        "videos": _files(videos[0]) if videos else [],
        "text": post.text,
        "username": post.author.handle,
        "statusId": post.id,
        "processed_at": None,
        "media": [{"index": medium.index, "type": medium.role.value, "files": _files(medium)} for medium in post.media],
    }


def make_frame(envelope: Envelope) -> Envelope:
    """Return ``code``, ``message`` and ``data``, followed by the keys that identify the seed."""
    data = envelope["data"]
    if isinstance(data, dict):
        data = data | {"processed_at": _in_milliseconds(str(envelope["time"]))}
    is_ok = envelope["error"] is None
    head: Envelope = {"code": 0 if is_ok else -1, "message": envelope["message"], "data": data if is_ok else None}
    return head | {key: value for key, value in envelope.items() if key not in (*head, "schema", "cache_url")}


def _files(medium: Media) -> list[JSON]:
    files = [variant for variant in medium.variants if not is_playlist(variant) and variant.segments == []]
    return [_file(variant) for variant in sorted(files, key=_size, reverse=True)]


def _file(variant: Variant) -> JSON:
    side = short_side(variant)
    return {
        "resolution": f"{side}p" if side else None,
        "quality": "HD" if side >= _HD else "SD",
        "url": clean_text(variant.url),
    }


def _size(variant: Variant) -> tuple[int, int]:
    return short_side(variant), variant.bitrate or 0


def _in_milliseconds(time: str) -> str:
    """Return an ISO 8601 time in UTC with milliseconds and ``Z``."""
    head, _, fraction = time.partition("+")[0].partition(".")
    return f"{head}.{(fraction + '000')[:3]}Z"
