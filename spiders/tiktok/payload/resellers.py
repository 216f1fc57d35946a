"""Parse flattened posts: of the reseller tikwm, and of TikTok's own oEmbed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scraper.model.post import Author, Cover, Kind, Media, Music, Post, Role
from scraper.posts.aweme_files import FileOffer, make_variant
from scraper.posts.fields import Fields, read_seconds, read_size, read_text
from scraper.posts.loaders import AuthorLoader, CoverLoader, MusicLoader, PostLoader
from scraper.posts.offers import NO_MEDIA, check_media, image_variant, make_audio, make_cover, make_image, number
from spiders.tiktok.payload.common import add_people, find_tags, load_author, load_post

POST = {"id": ("id", "video_id", "aweme_id"), "text": "title", "created_at": "create_time", "share_url": "share_url"}
AUTHOR = {"id": "author.id", "handle": "author.unique_id", "name": "author.nickname"}
MUSIC = {
    "id": "music_info.id",
    "title": "music_info.title",
    "author": "music_info.author",
    "url": ("music_info.play", "music"),
    "duration": "music_info.duration",
}
STATS = {
    "plays": "play_count",
    "likes": "digg_count",
    "comments": "comment_count",
    "shares": "share_count",
    "saves": "collect_count",
}
FILES = (("play", "size", False), ("hdplay", "hd_size", False), ("wmplay", "wm_size", True))
OEMBED_COVER = {"url": "thumbnail_url", "width": "thumbnail_width", "height": "thumbnail_height"}
_EMBED_ID = re.compile(r"(?:data-video-id=\\?[\"']|/(?:video|photo)/)(\d{1,25})")


def parse_flat(raw: Mapping[str, Any], at: str) -> Post:
    """Turn tikwm's object into a Post; for a slideshow its ``play`` is the sound."""
    fields = Fields(raw, at)
    kind = Kind.IMAGE if fields.items("images") else Kind.VIDEO
    loader = PostLoader(platform="tiktok", kind=kind)
    loader.add_paths(fields, POST)
    add_people(loader, fields, AUTHOR, STATS)
    music = _music(fields)
    loader.add_value("music", music)
    loader.add_value("hashtags", find_tags(fields.get(read_text, "title")))
    loader.add_value("cover", make_cover(fields, "cover", "origin_cover"))
    found = _images(fields, music) if kind is Kind.IMAGE else iter([_video(fields)])
    media = number(found, str(loader.get_output_value("id")))
    return load_post(loader, fields, media, check_media(fields, media, ("play", "hdplay", "wmplay", "images")))


def _music(fields: Fields) -> Music | None:
    if not fields.child("music_info") and not isinstance(fields.raw.get("music"), str):
        return None
    loader = MusicLoader()
    loader.add_paths(fields, MUSIC)
    return loader.load_item()


def _images(fields: Fields, music: Music | None) -> Iterator[Media | None]:
    for url in fields.urls("images"):
        yield make_image([image_variant([url], "images")], None, None)
    sound = [music.url] if music and music.url else fields.urls("play")
    yield make_audio(sound, music.duration if music else None)


def _video(fields: Fields) -> Media:
    offers: list[FileOffer] = []
    for name, size, watermark in FILES:
        urls = fields.urls(name)
        if urls and not any(urls[0] == offer.urls[0] for offer in offers):
            offer = FileOffer(urls=urls, source=name, watermark=watermark, bytes=fields.get(read_size, size))
            offers.append(offer)
    variants = [make_variant(offer, None) for offer in offers]
    return Media(index=0, role=Role.VIDEO, duration=fields.get(read_seconds, "duration"), variants=variants)


def parse_oembed(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an oEmbed answer into a Post: it has author and text, but no file."""
    fields = Fields(raw, at)
    html = fields.get(read_text, "html") or ""
    found = _EMBED_ID.search(html)
    named = dict(raw)
    named.setdefault("embed_product_id", found[1] if found else None)
    is_photo = fields.get(read_text, "embed_type") == "photo" or "/photo/" in html
    loader = PostLoader(platform="tiktok", kind=Kind.IMAGE if is_photo else Kind.VIDEO)
    loader.add_paths(Fields(named, at, fields.odd), {"id": "embed_product_id", "text": "title"})
    loader.add_value("author", _oembed_author(fields))
    loader.add_value("hashtags", find_tags(fields.get(read_text, "title")))
    loader.add_value("cover", _oembed_cover(fields))
    return load_post(loader, fields, [], [NO_MEDIA])


def _oembed_author(fields: Fields) -> Author:
    loader = AuthorLoader()
    url = fields.get(read_text, "author_url") or ""
    loader.add_value("handle", fields.get(read_text, "author_unique_id") or url.partition("/@")[2] or None)
    loader.add_value("name", fields.get(read_text, "author_name"))
    return load_author(loader)


def _oembed_cover(fields: Fields) -> Cover | None:
    if not fields.urls("thumbnail_url"):
        return None
    loader = CoverLoader()
    loader.add_paths(fields, OEMBED_COVER)
    return loader.load_item()
