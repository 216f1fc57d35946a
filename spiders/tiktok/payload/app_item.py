"""Parse the app's item (``aweme_detail``, an entry of ``aweme_list``, ``aweme_info`` of a search)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.model.post import Cover, Kind, Media, Music, Post, Role
from scraper.posts import aweme
from scraper.posts.aweme_files import make_variant
from scraper.posts.fields import Fields, read_int, read_milliseconds, read_size, read_text, type_name
from scraper.posts.loaders import AuthorLoader, PostLoader, StatsLoader
from scraper.posts.offers import DOWNLOAD_OFF, check_media, image_variant, make_audio, make_cover, make_image, number
from spiders.tiktok.payload.common import load_author, load_post, read_language

POST = {**aweme.POST, "title": "image_post_info.title"}
PHOTO_TYPE = 150


def parse_aweme(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an app item into a Post; *at* is its path in the answer."""
    fields = Fields(raw, at)
    kind = _kind(fields)
    loader = PostLoader(platform="tiktok", kind=kind)
    loader.add_paths(fields, POST)
    author = AuthorLoader()
    author.add_paths(fields, aweme.AUTHOR)
    loader.add_value("author", load_author(author))
    loader.add_value("language", read_language(fields, "desc_language"))
    stats = StatsLoader()
    stats.add_paths(fields, aweme.STATS)
    loader.add_value("stats", stats.load_item())
    music, sound = aweme.read_music(fields)
    loader.add_value("music", music)
    loader.add_value("hashtags", aweme.read_hashtags(fields))
    loader.add_value("cover", _cover(fields))
    loader.add_value("restrictions", aweme.read_restrictions(fields))
    found, warnings = _video(fields) if kind is Kind.VIDEO else (list(_images(fields, music, sound)), [])
    media = number(found, str(loader.get_output_value("id")))
    return load_post(loader, fields, media, [*warnings, *check_media(fields, media, ("video", "image_post_info"))])


def _kind(fields: Fields) -> Kind:
    if isinstance(fields.raw.get("image_post_info"), dict) or fields.get(read_int, "aweme_type") == PHOTO_TYPE:
        return Kind.IMAGE
    video = fields.raw.get("video")
    if not isinstance(video, dict):
        raise PayloadError(fields.path("video"), f"expected dict, got {type_name(video)}")
    return Kind.VIDEO


def _cover(fields: Fields) -> Cover | None:
    photo = make_cover(fields, "image_post_info.image_post_cover.display_image.url_list")
    return photo if photo is not None else aweme.read_cover(fields)


def _images(fields: Fields, music: Music | None, sound: list[str]) -> Iterator[Media | None]:
    for image in fields.children("image_post_info.images"):
        clean = image_variant(image.urls("display_image.url_list"), "display_image")
        marked = image_variant(image.urls("owner_watermark_image.url_list"), "owner_watermark_image", watermark=True)
        width, height = image.get(read_size, "display_image.width"), image.get(read_size, "display_image.height")
        yield make_image([clean, marked], width, height)
    yield make_audio(sound, music.duration if music else None)


def _video(fields: Fields) -> tuple[list[Media | None], list[str]]:
    """Return the video with its subtitles, and warnings."""
    video = fields.child("video")
    width, height = video.get(read_size, "width"), video.get(read_size, "height")
    offers = aweme.read_plays(video)
    marked = aweme.read_download(video)
    is_off = bool(offers) and not marked
    offers += marked
    for offer in offers:
        aweme.correct_size(offer, width, height)
    durable = video.get(read_text, "play_addr.uri")
    variants = [make_variant(offer, durable) for offer in offers]
    duration = fields.get(read_milliseconds, *aweme.LENGTH)
    medium = Media(index=0, role=Role.VIDEO, duration=duration, width=width, height=height, variants=variants)
    return [medium, *aweme.read_subtitles(video)], ([DOWNLOAD_OFF] if is_off else [])
