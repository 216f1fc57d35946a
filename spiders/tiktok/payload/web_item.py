"""Parse the site's own item (``itemStruct``, ``ItemModule[ID]``, an entry of ``itemList``)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Author, Cover, Kind, Media, Music, Post, Role
from scraper.posts.aweme_files import FileOffer, make_variant, merge
from scraper.posts.fields import (
    Fields,
    peek,
    read_flag,
    read_float,
    read_id,
    read_int,
    read_seconds,
    read_size,
    read_text,
    type_name,
)
from scraper.posts.loaders import AuthorLoader, MusicLoader, PostLoader, StatsLoader
from scraper.posts.offers import (
    DOWNLOAD_OFF,
    check_media,
    image_variant,
    make_audio,
    make_cover,
    make_image,
    make_subtitle,
    number,
)
from spiders.tiktok.payload.common import keep_web, load_author, load_post, read_language

POST = {"id": "id", "text": "desc", "created_at": "createTime", "title": "imagePost.title"}
AUTHOR = {"id": ("author.id", "authorId"), "name": ("author.nickname", "nickname")}
MUSIC = {
    "id": "music.id",
    "title": "music.title",
    "author": "music.authorName",
    "duration": "music.duration",
}
STATS = {  # statsV2 is exact but not in every answer: a mixture could not be compared
    ours: (f"stats.{theirs}", f"statsV2.{theirs}")
    for ours, theirs in {
        "plays": "playCount",
        "likes": "diggCount",
        "comments": "commentCount",
        "shares": "shareCount",
        "saves": "collectCount",
        "reposts": "repostCount",
    }.items()
}
RESTRICTIONS = {
    "privateItem": "private",
    "secret": "private",
    "forFriend": "friends_only",
    "isContentClassified": "age",
}


def parse_item(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an item into a Post; *at* is its path in the answer."""
    fields = Fields(raw, at)
    kind = _kind(fields)
    loader = PostLoader(platform="tiktok", kind=kind, author=_author(fields))
    loader.add_paths(fields, POST)
    music = _music(fields)
    loader.add_value("language", read_language(fields, "textLanguage"))
    stats = StatsLoader()
    stats.add_paths(fields, STATS)
    loader.add_value("stats", stats.load_item())
    loader.add_value("music", music)
    loader.add_value("hashtags", _hashtags(fields))
    loader.add_value("cover", _cover(fields, kind))
    loader.add_value("restrictions", [word for key, word in RESTRICTIONS.items() if fields.get(read_flag, key)])
    found, warnings = _video(fields) if kind is Kind.VIDEO else (list(_images(fields, music)), [])
    media = number(found, str(loader.get_output_value("id")))
    return load_post(loader, fields, media, [*warnings, *check_media(fields, media, ("video", "imagePost"))])


def _kind(fields: Fields) -> Kind:
    """Return whether the item is a slideshow or a video; raise SeedError for an age-restricted post."""
    if isinstance(fields.raw.get("imagePost"), dict):
        return Kind.IMAGE
    video = fields.raw.get("video")
    if isinstance(video, dict) and video:
        return Kind.VIDEO
    if not video and fields.get(read_flag, "isContentClassified"):
        raise SeedError(ErrorCode.AGE_RESTRICTED, raw_message="isContentClassified")
    if isinstance(video, dict):
        return Kind.VIDEO
    raise PayloadError(fields.path("video"), f"expected dict, got {type_name(video)}")


def _author(fields: Fields) -> Author:
    loader = AuthorLoader()
    loader.add_paths(fields, AUTHOR)
    author = fields.raw.get("author")
    if isinstance(author, str):  # SIGI_STATE stores users elsewhere and names them by handle
        loader.add_value("handle", fields.get(read_text, "author"))
    else:
        loader.add_value("handle", fields.child("author").get(read_text, "uniqueId"))
    return load_author(loader)


def _music(fields: Fields) -> Music | None:
    if not fields.child("music"):
        return None
    loader = MusicLoader()
    loader.add_paths(fields, MUSIC)
    loader.add_value("url", next(iter(_urls(fields, "music.playUrl")), None))
    return loader.load_item()


def _hashtags(fields: Fields) -> list[str]:
    lists = [fields.children("textExtra")]
    lists += [content.children("textExtra") for content in fields.children("contents")]
    names = [tag.get(read_text, "hashtagName") for tags in lists for tag in tags]
    found = [name for name in names if name]
    if found:
        return found
    return [name for tag in fields.children("challenges") if (name := tag.get(read_text, "title"))]


def _cover(fields: Fields, kind: Kind) -> Cover | None:
    if kind is Kind.IMAGE and (cover := make_cover(fields, "imagePost.cover.imageURL.urlList")) is not None:
        cover.width = fields.get(read_size, "imagePost.cover.imageWidth")
        cover.height = fields.get(read_size, "imagePost.cover.imageHeight")
        return cover
    return make_cover(fields, "video.cover", "video.originCover", "video.dynamicCover", "video.thumbnail")


def _images(fields: Fields, music: Music | None) -> Iterator[Media | None]:
    for image in fields.children("imagePost.images"):
        urls = image.urls("imageURL.urlList")
        width, height = image.get(read_size, "imageWidth"), image.get(read_size, "imageHeight")
        yield make_image([image_variant(urls, "imagePost.images")], width, height)
    sound = _urls(fields, "music.playUrl") or keep_web(_urls(fields, "video.playAddr"))
    yield make_audio(sound, music.duration if music else None)


def _video(fields: Fields) -> tuple[list[Media | None], list[str]]:
    """Return the video with its subtitles, and warnings."""
    video = fields.child("video")
    width, height = video.get(read_size, "width"), video.get(read_size, "height")
    clean = merge(_play(video, width, height), list(_qualities(video)))
    marked = keep_web(_urls(video, "downloadAddr")) or keep_web(_urls(video, "download.url"))
    offers = list(clean)
    if marked:
        source = "video.downloadAddr" if _urls(video, "downloadAddr") else "video.download.url"
        quality = video.get(read_text, "definition")
        offers.append(
            FileOffer(urls=marked, source=source, watermark=True, width=width, height=height, quality=quality)
        )
    durable = _durable(video)
    variants = [make_variant(offer, durable) for offer in offers]
    duration = video.get(read_seconds, "duration")
    medium = Media(index=0, role=Role.VIDEO, duration=duration, width=width, height=height, variants=variants)
    return [medium, *_subtitles(video)], ([] if marked or not clean else [DOWNLOAD_OFF])


def _play(video: Fields, width: int | None, height: int | None) -> FileOffer:
    struct = video.child("PlayAddrStruct")
    return FileOffer(
        urls=keep_web([*_urls(video, "playAddr"), *struct.urls("UrlList")]),
        source="video.playAddr",
        key=struct.get(read_text, "UrlKey"),
        codec=video.get(read_text, "codecType"),
        quality=video.get(read_text, "definition"),
        width=width,
        height=height,
        bitrate=video.get(read_size, "bitrate"),
        bytes=struct.get(read_size, "DataSize") or video.get(read_size, "size"),
    )


def _qualities(video: Fields) -> Iterator[FileOffer]:
    for entry in video.children("bitrateInfo"):
        yield FileOffer(
            urls=keep_web(entry.urls("PlayAddr.UrlList")),
            source="video.bitrateInfo",
            key=entry.get(read_text, "PlayAddr.UrlKey"),
            codec=entry.get(read_text, "CodecType"),
            width=entry.get(read_size, "PlayAddr.Width"),
            height=entry.get(read_size, "PlayAddr.Height"),
            fps=entry.get(read_float, "BitrateFPS") or None,
            bitrate=entry.get(read_int, "Bitrate") or None,
            bytes=entry.get(read_size, "PlayAddr.DataSize"),
        )


def _durable(video: Fields) -> str | None:
    """Return the video's id in the store; older items have it in ``video.id``, which later became the post's id."""
    uris = (entry.get(read_text, "PlayAddr.Uri") for entry in video.children("bitrateInfo"))
    found = next((uri for uri in uris if uri), None) or video.get(read_text, "PlayAddrStruct.Uri", "videoID")
    if found is None and isinstance(name := video.raw.get("id"), str) and name.startswith("v"):
        return video.get(read_text, "id")
    return found


def _subtitles(video: Fields) -> Iterator[Media | None]:
    listed = list(video.children("subtitleInfos"))
    for entry in listed:
        language = entry.get(read_text, "LanguageCodeName") or entry.get(read_id, "LanguageID")
        yield make_subtitle(entry.urls("Url"), language, entry.get(read_text, "Format"))
    for entry in [] if listed else video.children("claInfo.captionInfos"):
        language = entry.get(read_text, "language", "languageCode")
        yield make_subtitle(entry.urls("url", "urlList"), language, entry.get(read_text, "captionFormat"))


def _urls(fields: Fields, path: str) -> list[str]:
    """Return the URLs at *path*: a string, a list of strings, or a list of ``{src}``."""
    value = peek(fields.raw, path)
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        return [url for entry in fields.children(path) for url in entry.urls("src", "url")]
    return fields.urls(path)
