"""Read play data (``dash`` or ``durl``): the variants of a video and its sound."""

from collections.abc import Iterator

from scraper.model.post import Media, Role, Segment, Variant
from scraper.posts.expiry import expires_at
from scraper.posts.fields import Fields, read_int, read_milliseconds, read_seconds, read_size, read_text
from scraper.posts.offers import check_media
from spiders.bilibili.payload.quality import codec_of, name_of, read_offered, warn_missing
from spiders.bilibili.payload.values import read_rate, sort_mirrors

PREVIEW = "preview_only"
"""Warning: only the start of the video is available."""

_URLS = ("baseUrl", "base_url", "url", "backupUrl", "backup_url")
_AUDIO_LISTS = ("dash.audio", "dash.dolby.audio")
_FLAC = "dash.flac.audio"
_PREVIEW_WORD = "试看"


def read_streams(play: Fields) -> tuple[list[Media], list[str]]:
    """Return the video and the sound of *play*, numbered from 1, and warnings."""
    duration = play.get(read_milliseconds, "timelength") or play.get(read_seconds, "dash.duration")
    pictures = list(_pictures(play))
    sounds = list(_sounds(play)) if pictures else []
    media = [_medium(Role.VIDEO, pictures or list(_files(play)), duration), _medium(Role.AUDIO, sounds, duration)]
    media = [medium for medium in media if medium.variants]
    for index, medium in enumerate(media, start=1):
        medium.index, medium.joins = index, 1 if medium.role is Role.AUDIO else None
    return media, [*check_media(play, media, ("dash", "durl", "durls")), *_warnings(play)]


def _medium(role: Role, variants: list[Variant], duration: float | None) -> Media:
    largest = max(variants, key=lambda variant: (variant.width or 0) * (variant.height or 0), default=None)
    medium = Media(index=0, role=role, duration=duration, variants=variants)
    if largest is not None:
        medium.width, medium.height = largest.width, largest.height
    return medium


def _pictures(play: Fields) -> Iterator[Variant]:
    for stream in play.children("dash.video"):
        if (variant := _variant(stream)) is not None:
            variant.width, variant.height = stream.get(read_size, "width"), stream.get(read_size, "height")
            variant.fps = stream.get(read_rate, "frameRate", "frame_rate")
            variant.has_audio = False
            yield variant


def _sounds(play: Fields) -> Iterator[Variant]:
    """Yield the sound in each quality; a silent video has none."""
    streams = [stream for path in _AUDIO_LISTS for stream in play.children(path)]
    streams += [flac] if (flac := play.child(_FLAC)) else []
    for stream in streams:
        if (variant := _variant(stream)) is not None:
            variant.has_audio = True
            yield variant


def _variant(stream: Fields) -> Variant | None:
    """Return the variant of one DASH stream, None without a URL."""
    urls = sort_mirrors(stream.urls(*_URLS))
    if not urls:
        return None
    return Variant(
        url=urls[0],
        backup_urls=urls[1:],
        watermark="none",
        quality=name_of(stream.get(read_int, "id")),
        codec=codec_of(stream.get(read_text, "codecs"), stream.get(read_int, "codecid")),
        bitrate=stream.get(read_size, "bandwidth"),
        bytes=stream.get(read_size, "size"),
        expires_at=expires_at(urls[0]),
    )


def _files(play: Fields) -> Iterator[Variant]:
    """Yield the files with picture and sound, one for each quality."""
    others = [(entry.get(read_int, "quality"), entry) for entry in play.children("durls")]
    places = [(play.get(read_int, "quality"), play), *others]
    seen: set[int | None] = set()
    for quality, place in places:
        segments = sorted(_segments(place), key=lambda pair: pair[0])
        if segments and quality not in seen:
            seen.add(quality)
            codec = codec_of(None, play.get(read_int, "video_codecid"))
            yield _join([segment for _, segment in segments], name_of(quality), codec)


def _segments(place: Fields) -> Iterator[tuple[int, Segment]]:
    for index, entry in enumerate(place.children("durl"), start=1):
        urls = sort_mirrors(entry.urls(*_URLS))
        if urls:
            yield (
                entry.get(read_int, "order") or index,
                Segment(
                    url=urls[0],
                    backup_urls=urls[1:],
                    bytes=entry.get(read_size, "size"),
                    duration=entry.get(read_milliseconds, "length"),
                ),
            )


def _join(segments: list[Segment], quality: str | None, codec: str | None) -> Variant:
    first, sizes = segments[0], [segment.bytes for segment in segments]
    return Variant(
        url=first.url,
        backup_urls=first.backup_urls if len(segments) == 1 else [],
        segments=segments if len(segments) > 1 else [],
        watermark="none",
        quality=quality,
        codec=codec,
        bytes=sum(size for size in sizes if size) if all(sizes) else None,
        has_audio=True,
        expires_at=expires_at(first.url),
    )


def _warnings(play: Fields) -> list[str]:
    numbers = [stream.get(read_int, "id") for stream in play.children("dash.video")]
    if not numbers:
        numbers = [play.get(read_int, "quality")]
    words = warn_missing(read_offered(play), [number for number in numbers if number is not None])
    preview = play.raw.get("is_preview") in (1, True) or any(
        isinstance(text, str) and _PREVIEW_WORD in text for text in play.items("accept_description")
    )
    return [*words, PREVIEW] if preview else words
