"""Parse songs: ``song/info`` into a Post, ``web/url`` into its media."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.model.post import Kind, Media, Music, Post, Role, Variant
from scraper.posts.answer import PostFragment
from scraper.posts.expiry import expires_at
from scraper.posts.fields import (
    Fields,
    OddValueError,
    dig,
    read_id,
    read_int,
    read_seconds,
    read_size,
    read_text,
    type_name,
)
from scraper.posts.loaders import PostLoader
from scraper.posts.offers import NO_MEDIA, make_subtitle, number
from spiders.bilibili.payload.quality import MISSING, SONG
from spiders.bilibili.payload.streams import PREVIEW
from spiders.bilibili.payload.values import (
    HOME,
    CountLoader,
    read_author,
    read_cover,
    read_prefixed,
    read_web_url,
    sort_mirrors,
)

STATS = {
    "plays": ("statistic.play", "play_count"),
    "comments": "statistic.comment",
    "shares": "statistic.share",
    "saves": "statistic.collect",
    "coins": "coin_num",
}
_SONG_KEYS = frozenset(("uname", "author", "passtime", "statistic", "lyric", "coin_num", "intro"))
_TRIAL, _LOSSLESS = -1, 3


def is_song(value: object) -> bool:
    """Whether *value* describes a song."""
    return isinstance(value, Mapping) and "id" in value and len(_SONG_KEYS & value.keys()) >= 4


def is_song_play(value: object) -> bool:
    """Whether *value* is the answer with the URLs of a song."""
    return isinstance(value, Mapping) and "cdns" in value


def parse_song(raw: Mapping[str, Any], at: str) -> Post:
    """Turn a song into a Post without its file, which another answer names."""
    fields = Fields(raw, at)
    song_id = read_prefixed(fields, "au", "id")
    if song_id is None:
        raise PayloadError(fields.path("id"), f"expected id, got {type_name(raw.get('id'))}")
    author = read_author(fields, ("uid", "mid"), ("uname", "author"))
    loader = PostLoader(platform="bilibili", kind=Kind.AUDIO, id=song_id, url=f"{HOME}/audio/{song_id}", author=author)
    loader.add_paths(fields, {"title": "title", "text": "intro", "created_at": ("passtime", "ctime")})
    stats = CountLoader()
    stats.add_paths(fields, STATS)
    loader.add_value("stats", stats.load_item())
    loader.add_value("cover", read_cover(fields, "cover", "cover_url"))
    loader.add_value("music", _music(fields))
    lyric = fields.get(read_web_url, "lyric")
    loader.add_value("media", number([make_subtitle([lyric] if lyric else [], None, "lrc")], song_id))
    loader.add_value("warnings", [NO_MEDIA, *fields.warnings()])
    return loader.load_item()


def _music(fields: Fields) -> Music:
    """Return the song as the sound that the post names."""
    return Music(
        id=fields.get(read_id, "id"),
        title=fields.get(read_text, "title"),
        author=fields.get(read_text, "author", "uname"),
        duration=fields.get(read_seconds, "duration"),
    )


def read_song_play(raw: Mapping[str, Any], at: str) -> PostFragment:
    """Return the file of a song; for a paid song guests get a trial."""
    data = Fields(raw, at)
    urls = sort_mirrors(data.urls("cdns"))
    if not urls:
        dig(raw, "cdns", list, at)
        raise PayloadError(data.path("cdns"), "expected URLs, got none")
    kind = data.get(_read_type, "type")
    quality = 1 if kind == _TRIAL else kind
    variant = Variant(
        url=urls[0],
        backup_urls=urls[1:],
        watermark="none",
        quality=None if quality is None else SONG.get(quality),
        codec="flac" if kind == _LOSSLESS else "aac",
        bytes=data.get(read_size, "size"),
        has_audio=True,
        expires_at=expires_at(urls[0]),
    )
    return PostFragment(
        post_id=read_prefixed(data, "au", "sid"),
        media=[Media(index=1, role=Role.AUDIO, variants=[variant])],
        warnings=[*_song_warnings(data, kind), *data.warnings()],
    )


def _song_warnings(data: Fields, kind: int | None) -> list[str]:
    words = [PREVIEW] if kind == _TRIAL else []
    numbers = [entry.get(read_int, "type") for entry in data.children("qualities")]
    missing = [SONG.get(number, f"q{number}") for number in numbers if number is not None and number > (kind or 0)]
    return [*words, f"{MISSING}:{','.join(missing)}"] if missing and kind is not None else words


def _read_type(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not _TRIAL <= value < 100:
        raise OddValueError("number of a quality")
    return value
