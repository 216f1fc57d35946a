"""
Read the item that a family of apps calls aweme (``aweme_detail``, an entry of ``aweme_list``): the fields that its
sites have in common.

Durations are in ms, that of the music in seconds.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.model.post import Cover, Media, Music
from scraper.posts.aweme_files import FileOffer, merge, same_file
from scraper.posts.fields import Fields, read_flag, read_float, read_int, read_size, read_text
from scraper.posts.loaders import MusicLoader
from scraper.posts.offers import make_cover, make_subtitle

POST = {
    "id": ("aweme_id", "statistics.aweme_id"),
    "text": "desc",
    "created_at": "create_time",
    "share_url": ("share_url", "share_info.share_url"),
}
AUTHOR = {"id": "author.uid", "handle": "author.unique_id", "name": "author.nickname"}
MUSIC = {
    "id": ("music.id_str", "music.mid", "music.id"),
    "title": "music.title",
    "author": ("music.author", "music.owner_nickname"),
    "duration": "music.duration",
}
STATS = {
    "plays": "statistics.play_count",
    "likes": "statistics.digg_count",
    "comments": "statistics.comment_count",
    "shares": "statistics.share_count",
    "saves": "statistics.collect_count",
    "reposts": "statistics.repost_count",
}
LENGTH = ("video.duration", "duration")
PRIVACY = {1: "private", 2: "friends_only"}
_KEYS = frozenset(
    ("aweme_id", "desc", "create_time", "video", "image_post_info", "author", "statistics", "music", "text_extra")
)
_COVERS = ("video.cover", "video.origin_cover", "video.dynamic_cover")
_EXTRA_PLAYS = ("play_addr_h264", "play_addr_bytevc1", "play_addr_265", "download_no_watermark_addr")
WRONG_SIZE = (720, 720)
"""The size that many answers write for every address."""
_CODECS = {0: "h264", 1: "bytevc1", 2: "bytevc2"}


def is_item(value: Mapping[str, Any]) -> bool:
    """Whether *value* has the keys of an item and its id; a comment has ``aweme_id`` too, but also ``cid``."""
    keys = value.keys()
    return "aweme_id" in keys and "cid" not in keys and len(_KEYS & keys) >= 3


def is_item_without_id(value: Mapping[str, Any]) -> bool:
    """Whether *value* has most keys of an item, but not its id."""
    keys = value.keys()
    return "aweme_id" not in keys and len(_KEYS & keys) >= 5 and "statistics" in keys


def read_music(fields: Fields) -> tuple[Music | None, list[str]]:
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


def read_hashtags(fields: Fields) -> list[str]:
    """Return the hashtags marked in the text, else those of the item's challenges."""
    names = [tag.get(read_text, "hashtag_name") for tag in fields.children("text_extra")]
    found = [name for name in names if name]
    if found:
        return found
    is_single = isinstance(fields.raw.get("cha_list"), dict)
    challenges = [fields.child("cha_list")] if is_single else fields.children("cha_list")
    return [name for tag in challenges if (name := tag.get(read_text, "cha_name"))]


def read_cover(fields: Fields) -> Cover | None:
    """Return the video's still."""
    for path in _COVERS:
        if (cover := make_cover(fields, f"{path}.url_list")) is not None:
            size = fields.get(read_size, f"{path}.width"), fields.get(read_size, f"{path}.height")
            cover.width, cover.height = (None, None) if size == WRONG_SIZE else size
            return cover
    return None


def read_restrictions(fields: Fields) -> list[str]:
    """Return the audience to which the item is restricted."""
    privacy = PRIVACY.get(fields.get(read_int, "status.private_status") or 0)
    return [privacy] if privacy else []


def read_plays(video: Fields, at: str = "video") -> list[FileOffer]:
    """Return the files to play, that of ``play_addr`` first; *at* is the name of *video* in ``watermark_source``."""
    offers = merge(read_address(video, "play_addr", f"{at}.play_addr"), list(_qualities(video, at)))
    for name in _EXTRA_PLAYS:
        extra = read_address(video, name, f"{at}.{name}")
        if extra.urls and not any(same_file(extra.urls[0], offer.urls[0]) for offer in offers):
            offers.append(extra)
    return offers


def read_download(video: Fields, at: str = "video") -> list[FileOffer]:
    """Return the file for sharing; without ``has_watermark`` its watermark is unknown."""
    offer = read_address(video, "download_addr", f"{at}.download_addr")
    flag = video.get(read_flag, "has_watermark")
    offer.watermark = "unknown" if flag is None else flag
    return [offer] if offer.urls else []


def read_address(fields: Fields, path: str, source: str) -> FileOffer:
    """Return the file of one address object, URLs of media servers before URLs that redirect to them."""
    return FileOffer(
        urls=sorted(fields.urls(f"{path}.url_list"), key=lambda url: "/aweme/v1/" in url),
        source=source,
        key=fields.get(read_text, f"{path}.url_key"),
        width=fields.get(read_size, f"{path}.width"),
        height=fields.get(read_size, f"{path}.height"),
        bytes=fields.get(read_size, f"{path}.data_size"),
    )


def _qualities(video: Fields, at: str) -> Iterator[FileOffer]:
    for entry in video.children("bit_rate"):
        offer = read_address(entry, "play_addr", f"{at}.bit_rate")
        codec = entry.get(read_int, "is_bytevc1", "is_h265")
        offer.codec = _CODECS.get(codec) if codec is not None else None
        offer.fps = entry.get(read_float, "FPS", "fps") or None
        offer.bitrate = entry.get(read_size, "bit_rate")
        offer.has_audio = False if entry.raw.get("format") == "dash" else None
        yield offer


def correct_size(offer: FileOffer, width: int | None, height: int | None) -> None:
    """Replace WRONG_SIZE with the video's own size; for a file that is not the main one, with None."""
    if (offer.width, offer.height) == WRONG_SIZE and width != height:
        is_play = offer.source.endswith((".play_addr", ".download_addr"))
        offer.width, offer.height = (width, height) if is_play else (None, None)


def read_subtitles(video: Fields) -> Iterator[Media | None]:
    """Return the video's subtitles."""
    for entry in video.children("cla_info.caption_infos"):
        language = entry.get(read_text, "lang", "language_code")
        yield make_subtitle(entry.urls("url", "url_list"), language, entry.get(read_text, "caption_format"))
