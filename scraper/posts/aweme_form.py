"""Turn a Post into the app's item (``aweme_detail``), for clients that read only this form. Absent values are None."""

from collections.abc import Iterable, Mapping
from typing import Any

from scraper.model.post import Kind, Media, Post, Role, Variant
from scraper.model.ranking import codec_of, split
from scraper.posts.aweme import is_item, is_item_without_id
from scraper.text.times import unix_time

_TYPES = {Kind.IMAGE: 150}
"""``aweme_type``: 0 = video, 150 = pictures."""


def to_aweme(post: Post, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return *own* if it is such an item, else *post* as one: durations in ms, ``create_time`` in unix seconds."""
    if own is not None and (is_item(own) or is_item_without_id(own)):
        return {**own, "aweme_id": post.id}
    item: dict[str, Any] = {
        "aweme_id": post.id,
        "aweme_type": _TYPES.get(post.kind, 0),
        "desc": post.text if post.text is not None else post.title,
        "create_time": unix_time(post.created_at),
        "share_url": post.share_url or post.url,
        "author": {"uid": post.author.id, "unique_id": post.author.handle, "nickname": post.author.name},
        "music": _music(post),
        "statistics": _statistics(post),
        "text_extra": [{"hashtag_name": name, "type": 1} for name in post.hashtags],
        "video": _video(post),
    }
    images = [medium for medium in post.media if medium.role is Role.IMAGE and medium.variants]
    if images:
        item["image_post_info"] = {"images": [_image(medium) for medium in images]}
    return item


def _music(post: Post) -> dict[str, Any] | None:
    music = post.music
    if music is None:
        return None
    return {
        "id_str": music.id,
        "title": music.title,
        "author": music.author,
        "owner_nickname": music.author,
        "duration": music.duration,
        "play_url": {"uri": music.url, "url_list": [music.url] if music.url else []},
    }


def _statistics(post: Post) -> dict[str, Any]:
    stats = post.stats
    return {
        "aweme_id": post.id,
        "play_count": stats.plays,
        "digg_count": stats.likes,
        "comment_count": stats.comments,
        "share_count": stats.shares,
        "collect_count": stats.saves,
        "repost_count": stats.reposts,
    }


def _video(post: Post) -> dict[str, Any]:
    """Return the first video with its best file, the watermarked one, and all qualities; {} for a post of pictures."""
    medium = next((medium for medium in post.media if medium.role is Role.VIDEO), None)
    cover = post.cover
    covers = {"cover": {"url_list": [cover.url], "width": cover.width, "height": cover.height}} if cover else {}
    if medium is None:
        return {"duration": 0, **covers}
    clean, marked = _split(medium)
    return {
        "duration": None if medium.duration is None else round(medium.duration * 1000),
        "width": medium.width,
        "height": medium.height,
        **covers,
        "has_watermark": bool(marked),
        "play_addr": _address(clean or marked),
        "download_addr": _address(marked),
        "bit_rate": [
            {
                "bit_rate": variant.bitrate,
                "FPS": variant.fps,
                "is_bytevc1": int(codec_of(variant) == "h265"),
                "gear_name": variant.quality,
                "play_addr": _address([variant]),
            }
            for variant in clean
        ],
    }


def _image(medium: Media) -> dict[str, Any]:
    clean, marked = _split(medium)
    return {"display_image": _address(clean), "owner_watermark_image": _address(marked)}


def _split(medium: Media) -> list[list[Variant]]:
    return [[medium.variants[index] for index in indexes] for indexes in split(medium)]


def _address(variants: Iterable[Variant]) -> dict[str, Any] | None:
    """Return the address of the first of *variants*."""
    first = next(iter(variants), None)
    if first is None:
        return None
    return {
        "uri": first.durable,
        "url_list": [first.url, *first.backup_urls],
        "width": first.width,
        "height": first.height,
        "data_size": first.bytes,
    }
