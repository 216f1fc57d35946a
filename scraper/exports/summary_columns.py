"""The columns of the summary of TikTok and Douyin posts: one row an answer, from the app's item. A contract."""

from collections.abc import Mapping
from typing import Any

from scraper.posts.fields import peek

LONGEST = 2000
"""Most characters of ``desc``."""
_PLACES = {  # column -> places in the item
    "aigc_created_by_ai": ("aigc_info.created_by_ai",),
    "aigc_label_type": ("aigc_info.aigc_label_type",),
    "author_account_region": ("author.account_region", "author.region"),
    "author_aweme_count": ("author.aweme_count",),
    "author_commerce_user_level": ("author.commerce_user_level",),
    "author_follower_count": ("author.follower_count",),
    "author_following_count": ("author.following_count",),
    "author_nickname": ("author.nickname",),
    "author_sec_uid": ("author.sec_uid",),
    "author_uid": ("author.uid",),
    "author_unique_id": ("author.unique_id",),
    "author_verification_type": ("author.verification_type",),
    "aweme_id": ("aweme_id",),
    "aweme_type": ("aweme_type",),
    "collect_count": ("statistics.collect_count",),
    "comment_count": ("statistics.comment_count",),
    "content_desc": ("content_desc",),
    "cover_url": ("video.cover.url_list.0",),
    "create_time_unix": ("create_time",),
    "digg_count": ("statistics.digg_count",),
    "download_count": ("statistics.download_count",),
    "forward_count": ("statistics.forward_count",),
    "is_ads": ("is_ads",),
    "music_author": ("music.owner_nickname", "music.author"),
    "music_commercial_right_type": ("music.commercial_right_type",),
    "music_id": ("music.id_str", "music.mid"),
    "music_is_commerce_music": ("music.is_commerce_music",),
    "music_is_original_sound": ("music.is_original_sound",),
    "music_title": ("music.title",),
    "music_user_count": ("music.user_count",),
    "play_count": ("statistics.play_count",),
    "play_url_sample": ("video.play_addr.url_list.0",),
    "share_count": ("statistics.share_count",),
    "video_duration_ms": ("video.duration",),
    "video_has_watermark": ("video.has_watermark",),
    "video_height": ("video.play_addr.height", "video.height"),
    "video_ratio": ("video.ratio",),
    "video_width": ("video.play_addr.width", "video.width"),
    "whatsapp_share_count": ("statistics.whatsapp_share_count",),
}
_OF_ANSWER = {"api_code": "code", "api_message": "message", "cache_url": "cache_url", "request_id": "request_id"}
_OF_ANSWER |= {"router": "router"}
_COMMERCE = ("auction_ad_invited", "ad_source", "adv_promotable")
_OTHERS = ("commerce_info_min", "desc", "hashtags", "parse_ok", "share_url", "source_file")
COLUMNS = tuple(sorted([*_PLACES, *_OF_ANSWER, *_OTHERS]))
ERROR = "error"
"""An additional column, if a row has failed."""


def make_row(item: Mapping[str, Any], answer: Mapping[str, Any], source_file: str | None) -> dict[str, Any]:
    """Return the row of *item*, with its values unchanged; *answer* is the envelope around it."""
    row = {column: _first(item, places) for column, places in _PLACES.items()}
    row |= {column: answer.get(key) for column, key in _OF_ANSWER.items()}
    desc = item.get("desc")
    row |= {
        "commerce_info_min": _commerce(item.get("commerce_info")),
        "desc": desc[:LONGEST] if isinstance(desc, str) else desc,
        "hashtags": _hashtags(item),
        "parse_ok": True,
        "share_url": _first(item, ("share_url", "share_info.share_url")) or _asked(answer),
        "source_file": source_file,
    }
    return {column: row[column] for column in COLUMNS}


def make_broken_row(source_file: str | None, error: str, answer: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the row of an answer without an item; *answer* is its envelope, None if it cannot be read."""
    row: dict[str, Any] = {"source_file": source_file, "parse_ok": False, ERROR: error}
    if answer is not None:
        row |= {column: answer.get(key) for column, key in _OF_ANSWER.items() if column in ("request_id", "router")}
        row |= {"api_code": answer.get("code"), "share_url": _asked(answer)}
    return dict(sorted(row.items()))


def _first(item: Mapping[str, Any], places: tuple[str, ...]) -> Any:
    return next((value for place in places if (value := peek(item, place)) not in (None, "")), None)


def _commerce(info: object) -> dict[str, Any] | None:
    """Return the few keys that matter; for an object without them, only the fact that it exists."""
    if not isinstance(info, Mapping):
        return None
    return {key: info[key] for key in _COMMERCE if key in info} or {"_present": True}


def _hashtags(item: Mapping[str, Any]) -> str | None:
    tags = item.get("text_extra")
    names = [peek(tag, "hashtag_name") for tag in tags] if isinstance(tags, list) else []
    return "|".join(name for name in names if isinstance(name, str) and name) or None


def _asked(answer: Mapping[str, Any]) -> Any:
    """Return the requested link."""
    return _first(answer, ("params.share_url", "params.url"))
