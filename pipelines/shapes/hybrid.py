"""The default shape: the hybrid minimal keys, and the whole list of media beside them."""

from collections.abc import Iterable

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.shape import Source
from scraper.model.post import Kind, Media, Post, Role
from scraper.model.ranking import best_quality, rank, split
from scraper.model.record import to_record
from scraper.text.jsonline import JSON
from scraper.text.times import unix_time
from scraper.text.unicode import clean_text

READS_ANSWER = False


def make_frame(envelope: Envelope) -> Envelope:
    """Return *envelope* unchanged."""
    return envelope


def make_data(source: Source) -> JSON:
    """Return the hybrid minimal keys of a post, with the *media* list beside them."""
    post, record = source.post, to_record(source.post)
    data: dict[str, JSON] = {
        "type": record["kind"],
        "platform": record["platform"],
        "video_id": record["id"],
        "aweme_id": record["id"],
        "desc": record["text"] if post.text is not None else record["title"],
        "create_time": unix_time(post.created_at),
        "author": record["author"],
        "music": record["music"],
        "statistics": record["stats"],
        "cover_data": _cover_data(post, record["cover"]),
        "hashtags": record["hashtags"],
    }
    if post.kind is Kind.IMAGE:
        data["image_data"] = _image_data(post.media)
    else:
        data["video_data"] = _video_data(post.media)
    data["media"] = record["media"]
    data["warnings"] = record["warnings"]
    return data


def _video_data(media: Iterable[Media]) -> dict[str, JSON]:
    """
    Return the four URLs of the first video, best first by our order and (``_HQ``) by quality alone.

    A ``wm_`` key never points to a clean file, so both are null for a platform without watermarks. ``audio_url`` is
    the separate sound of a silent stream.
    """
    media = list(media)
    video = next((medium for medium in media if medium.role is Role.VIDEO), None)
    audio = next((medium for medium in media if medium.role is Role.AUDIO and medium.variants), None)
    clean, marked = split(video) if video else ([], [])
    is_silent = video is not None and bool(clean or marked) and video.variants[(clean or marked)[0]].has_audio is False
    return {
        "nwm_video_url": _url(video, clean[0] if clean else None),
        "nwm_video_url_HQ": _url(video, best_quality(video, clean) if video else None),
        "wm_video_url": _url(video, marked[0] if marked else None),
        "wm_video_url_HQ": _url(video, best_quality(video, marked) if video else None),
        "audio_url": _url(audio, rank(audio)[0]) if audio and is_silent else None,
    }


def _image_data(media: Iterable[Media]) -> dict[str, JSON]:
    """Return the best URL of each picture, without and with watermark; a picture without that URL is left out."""
    images = [(medium, *split(medium)) for medium in media if medium.role is Role.IMAGE]
    return {
        "no_watermark_image_list": [_url(medium, clean[0]) for medium, clean, _ in images if clean],
        "watermark_image_list": [_url(medium, marked[0]) for medium, _, marked in images if marked],
    }


def _url(medium: Media | None, index: int | None) -> JSON:
    return None if medium is None or index is None else clean_text(medium.variants[index].url)


def _cover_data(post: Post, cover: JSON) -> dict[str, JSON]:
    """Return the stills under their hybrid names; ``origin`` and ``dynamic`` are qualities of a cover medium."""
    named: dict[str | None, JSON] = {
        variant.quality: {"url": clean_text(variant.url), "width": variant.width, "height": variant.height}
        for medium in post.media
        if medium.role is Role.COVER
        for variant in medium.variants
    }
    return {"cover": cover, "origin_cover": named.get("origin"), "dynamic_cover": named.get("dynamic")}
