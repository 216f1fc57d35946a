"""Parse the item (``aweme_detail``, an entry of ``aweme_list``, ``item_list`` of a share page)."""

import re
from collections.abc import Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.model.post import Author, Kind, Post, Stats
from scraper.posts import aweme
from scraper.posts.fields import Fields, read_id, read_int, read_size, read_text, type_name
from scraper.posts.loaders import AuthorLoader, PostLoader, StatsLoader
from scraper.posts.offers import check_media, number
from spiders.douyin.payload.media import has_audio_only, read_photos, read_video
from spiders.douyin.payload.outcome import find_gone, find_hidden

POST = {**aweme.POST, "title": "item_title"}
AUTHOR = {**aweme.AUTHOR, "id": ("author.uid", "author_user_id")}
STATS = {ours: path for ours, path in aweme.STATS.items() if ours != "plays"}
PHOTO_TYPES = frozenset({2, 68, 150})
_MEDIA = ("video", "images", "image_infos")
_SEC_UID = re.compile(r"[\w\-]{10,200}", re.ASCII)


def parse_aweme(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an item into a Post; *at* is its path in the answer. Raise SeedError for one that is gone or hidden."""
    fields = Fields(raw, at)
    if (gone := find_gone(fields)) is not None:
        raise gone
    kind = _kind(fields)
    loader = PostLoader(platform="douyin", kind=kind)
    loader.add_paths(fields, POST)
    loader.add_value("author", _author(fields))
    loader.add_value("stats", _stats(fields))
    music, sound = aweme.read_music(fields)
    loader.add_value("hashtags", aweme.read_hashtags(fields))
    loader.add_value("cover", aweme.read_cover(fields))
    loader.add_value("restrictions", _restrictions(fields))
    found, warnings = read_video(fields) if kind is Kind.VIDEO else read_photos(fields, music, sound)
    loader.add_value("music", music)
    post_id = str(loader.get_output_value("id"))
    media = number(found, post_id)
    if not media and (hidden := find_hidden(fields)) is not None:
        raise hidden
    form = "note" if kind is Kind.IMAGE else "video"
    loader.add_value("url", f"https://www.douyin.com/{form}/{post_id}")
    loader.add_value("media", media)
    loader.add_value("warnings", [*warnings, *check_media(fields, media, _MEDIA), *fields.warnings()])
    return loader.load_item()


def _kind(fields: Fields) -> Kind:
    """Return whether the item is a note or a video, by its content: ``aweme_type`` is unreliable."""
    if any(isinstance(fields.raw.get(key), list) and fields.raw[key] for key in ("images", "image_infos")):
        return Kind.IMAGE
    if has_audio_only(fields) and fields.get(read_int, "aweme_type") in PHOTO_TYPES:
        raise PayloadError(fields.path("images"), f"expected list, got {type_name(fields.raw.get('images'))}")
    video = fields.raw.get("video")
    if not isinstance(video, dict):
        raise find_hidden(fields) or PayloadError(fields.path("video"), f"expected dict, got {type_name(video)}")
    return Kind.VIDEO


def _author(fields: Fields) -> Author:
    loader = AuthorLoader()
    loader.add_paths(fields, AUTHOR)
    if loader.get_output_value("handle") is None:
        loader.add_value("handle", fields.get(read_id, "author.short_id"))
    author = loader.load_item()
    sec_uid = fields.get(read_text, "author.sec_uid")
    if sec_uid is not None and _SEC_UID.fullmatch(sec_uid):
        author.url = f"https://www.douyin.com/user/{sec_uid}"
    return author


def _stats(fields: Fields) -> Stats:
    """Return the counters; the site writes 0 for an undisclosed number of plays."""
    loader = StatsLoader(plays=fields.get(read_size, "statistics.play_count"))
    loader.add_paths(fields, STATS)
    return loader.load_item()


def _restrictions(fields: Fields) -> list[str]:
    is_partly = bool(fields.get(read_int, "status.part_see"))
    return [*aweme.read_restrictions(fields), *(["friends_only"] if is_partly else [])]
