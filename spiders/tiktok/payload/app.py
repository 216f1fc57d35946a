"""The app's item (``aweme_detail``, an entry of ``aweme_list``, ``aweme_info`` of a search) -> Post."""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.core.dig import (
    Fields,
    read_flag,
    read_float,
    read_int,
    read_milliseconds,
    read_size,
    read_text,
    type_name,
)
from scraper.core.errors import PayloadError
from scraper.core.items import Cover, Kind, Media, Music, Post, Role
from scraper.core.loaders import AuthorLoader, MusicLoader, PostLoader, StatsLoader
from spiders.tiktok.payload import media as m
from spiders.tiktok.payload.finish import DOWNLOAD_OFF, check_media, load_author, load_post, read_language

POST = {
    "id": ("aweme_id", "statistics.aweme_id"),
    "text": "desc",
    "created_at": "create_time",
    "title": "image_post_info.title",
    "share_url": ("share_url", "share_info.share_url"),
}
AUTHOR = {"id": "author.uid", "handle": "author.unique_id", "name": "author.nickname"}
MUSIC = {
    "id": ("music.id_str", "music.mid", "music.id"),
    "title": "music.title",
    "author": ("music.author", "music.owner_nickname"),
    "duration": "music.duration",  # seconds, while a video's is in ms
}
STATS = {
    "plays": "statistics.play_count",
    "likes": "statistics.digg_count",
    "comments": "statistics.comment_count",
    "shares": "statistics.share_count",
    "saves": "statistics.collect_count",
    "reposts": "statistics.repost_count",
}
PHOTO_TYPE = 150
PRIVACY = {1: "private", 2: "friends_only"}
EXTRA_PLAYS = ("play_addr_h264", "play_addr_bytevc1", "play_addr_265", "download_no_watermark_addr")
_WRONG_SIZE = (720, 720)  # what older answers write for every address


def parse_aweme(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an app item into a Post; *at* is its place in the answer."""
    fields = Fields(raw, at)
    kind = _kind(fields)
    loader = PostLoader(platform="tiktok", kind=kind)
    loader.add_paths(fields, POST)
    author = AuthorLoader()
    author.add_paths(fields, AUTHOR)
    loader.add_value("author", load_author(author))
    loader.add_value("language", read_language(fields, "desc_language"))
    stats = StatsLoader()
    stats.add_paths(fields, STATS)
    loader.add_value("stats", stats.load_item())
    music, sound = _music(fields)
    loader.add_value("music", music)
    loader.add_value("hashtags", _hashtags(fields))
    loader.add_value("cover", _cover(fields))
    loader.add_value("restrictions", _restrictions(fields))
    found, warnings = _video(fields) if kind is Kind.VIDEO else (list(_images(fields, music, sound)), [])
    media = m.number(found, str(loader.get_output_value("id")))
    return load_post(loader, fields, media, [*warnings, *check_media(fields, media, ("video", "image_post_info"))])


def _kind(fields: Fields) -> Kind:
    if isinstance(fields.raw.get("image_post_info"), dict) or fields.get(read_int, "aweme_type") == PHOTO_TYPE:
        return Kind.IMAGE
    video = fields.raw.get("video")
    if not isinstance(video, dict):
        raise PayloadError(fields.path("video"), f"expected dict, got {type_name(video)}")
    return Kind.VIDEO


def _music(fields: Fields) -> tuple[Music | None, list[str]]:
    """Return the music and all addresses of its file."""
    music = fields.child("music")
    if not music:
        return None, []
    if isinstance(music.raw.get("play_url"), dict):
        urls = music.urls("play_url.url_list")
        if not urls and str(music.raw["play_url"].get("uri")).startswith("http"):
            urls = music.urls("play_url.uri")
    else:
        urls = music.urls("play_url")
    loader = MusicLoader()
    loader.add_paths(fields, MUSIC)
    loader.add_value("url", urls[0] if urls else None)
    return loader.load_item(), urls


def _hashtags(fields: Fields) -> list[str]:
    names = [tag.get(read_text, "hashtag_name") for tag in fields.children("text_extra")]
    found = [name for name in names if name]
    if found:
        return found
    return [name for tag in fields.children("cha_list") if (name := tag.get(read_text, "cha_name"))]


def _cover(fields: Fields) -> Cover | None:
    photo = m.make_cover(fields, "image_post_info.image_post_cover.display_image.url_list")
    if photo is not None:
        return photo
    for path in ("video.cover", "video.origin_cover", "video.dynamic_cover"):
        if (cover := m.make_cover(fields, f"{path}.url_list")) is not None:
            size = fields.get(read_size, f"{path}.width"), fields.get(read_size, f"{path}.height")
            cover.width, cover.height = (None, None) if size == _WRONG_SIZE else size
            return cover
    return None


def _restrictions(fields: Fields) -> list[str]:
    privacy = PRIVACY.get(fields.get(read_int, "status.private_status") or 0)
    return [privacy] if privacy else []


def _images(fields: Fields, music: Music | None, sound: list[str]) -> Iterator[Media | None]:
    for image in fields.children("image_post_info.images"):
        clean = m.image_variant(image.urls("display_image.url_list"), "display_image")
        marked = m.image_variant(image.urls("owner_watermark_image.url_list"), "owner_watermark_image", watermark=True)
        width, height = image.get(read_size, "display_image.width"), image.get(read_size, "display_image.height")
        yield m.make_image(0, [clean, marked], width, height)
    yield m.make_audio(sound, music.duration if music else None)


def _video(fields: Fields) -> tuple[list[Media | None], list[str]]:
    """Return the video with its subtitles, and warnings."""
    video = fields.child("video")
    width, height = video.get(read_size, "width"), video.get(read_size, "height")
    offers = m.merge(_address(video, "play_addr", "video.play_addr"), list(_qualities(video)))
    for name in EXTRA_PLAYS:
        extra = _address(video, name, f"video.{name}")
        if extra.urls and not any(m.same_file(extra.urls[0], offer.urls[0]) for offer in offers):
            offers.append(extra)
    marked = _download(video)
    is_off = bool(offers) and not marked
    offers += marked
    for offer in offers:
        _correct_size(offer, width, height)
    durable = video.get(read_text, "play_addr.uri")
    variants = [m.make_variant(offer, durable) for offer in offers]
    duration = fields.get(read_milliseconds, "video.duration", "duration")
    medium = Media(index=0, role=Role.VIDEO, duration=duration, width=width, height=height, variants=variants)
    return [medium, *_subtitles(video)], ([DOWNLOAD_OFF] if is_off else [])


def _address(fields: Fields, path: str, source: str) -> m.Offer:
    return m.Offer(
        urls=m.sort_app(fields.urls(f"{path}.url_list")),
        source=source,
        key=fields.get(read_text, f"{path}.url_key"),
        width=fields.get(read_size, f"{path}.width"),
        height=fields.get(read_size, f"{path}.height"),
        bytes=fields.get(read_size, f"{path}.data_size"),
    )


def _qualities(video: Fields) -> Iterator[m.Offer]:
    for entry in video.children("bit_rate"):
        offer = _address(entry, "play_addr", "video.bit_rate")
        codec = entry.get(read_int, "is_bytevc1", "is_h265")
        offer.codec = {0: "h264", 1: "bytevc1", 2: "bytevc2"}.get(codec) if codec is not None else None
        offer.fps = entry.get(read_float, "FPS", "fps") or None
        offer.bitrate = entry.get(read_size, "bit_rate")
        yield offer


def _download(video: Fields) -> list[m.Offer]:
    """Return the file for sharing; without ``has_watermark`` nobody says whether it has one."""
    offer = _address(video, "download_addr", "video.download_addr")
    flag = video.get(read_flag, "has_watermark")
    offer.watermark = "unknown" if flag is None else flag
    return [offer] if offer.urls else []


def _correct_size(offer: m.Offer, width: int | None, height: int | None) -> None:
    if (offer.width, offer.height) == _WRONG_SIZE and width != height:
        is_play = offer.source in ("video.play_addr", "video.download_addr")
        offer.width, offer.height = (width, height) if is_play else (None, None)


def _subtitles(video: Fields) -> Iterator[Media | None]:
    for entry in video.children("cla_info.caption_infos"):
        language = entry.get(read_text, "lang", "language_code")
        yield m.make_subtitle(entry.urls("url", "url_list"), language, entry.get(read_text, "caption_format"))
