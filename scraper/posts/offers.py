"""Make the media of a post from the URLs in an answer, and derive properties of the files from URLs and names."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from scraper.errors import PayloadError
from scraper.model.post import Cover, Media, Role, Variant
from scraper.posts.expiry import expires_at
from scraper.posts.fields import Fields

Watermark = bool | Literal["none", "unknown"]

NO_MEDIA = "no_media_url"
"""Warning: the answer describes the post, but names no file of it."""
DOWNLOAD_OFF = "download_off"
"""Warning: the author allows no download, so there is no watermarked file."""

_IMAGE = re.compile(r"[.:](jpe?g|png|webp|heic|gif|avif|image)$", re.ASCII | re.IGNORECASE)
_IMAGE_RANK = {"jpeg": 0, "png": 1, None: 1, "webp": 2}  # few programs open heic and the like: last
_MIME = re.compile(r"[?&]mime_type=audio_(\w+)", re.ASCII)


def image_variant(
    urls: Iterable[str], source: str, *, watermark: Watermark = False, durable: str | None = None
) -> Variant | None:
    """Return the variant of an image, the most widely supported format first; None without a URL."""
    ranked = sorted(urls, key=lambda url: _IMAGE_RANK.get(_image_codec(url), 3))
    if not ranked:
        return None
    return Variant(
        url=ranked[0],
        backup_urls=ranked[1:],
        watermark=watermark,
        watermark_source=source,
        codec=_image_codec(ranked[0]),
        expires_at=expires_at(ranked[0]),
        durable=durable,
    )


def _image_codec(url: str) -> str | None:
    found = _IMAGE.search(url.partition("?")[0])
    name = found[1].lower() if found else "image"
    return None if name == "image" else "jpeg" if name == "jpg" else name


def make_image(variants: Iterable[Variant | None], width: int | None, height: int | None) -> Media:
    """Return an image with its size on every variant."""
    medium = Media(index=0, role=Role.IMAGE, width=width, height=height)
    for variant in variants:
        if variant is not None:
            variant.width, variant.height = width, height
            medium.variants.append(variant)
    return medium


def make_audio(urls: Sequence[str], duration: float | None) -> Media | None:
    """Return the sound of a slideshow, None without a URL."""
    if not urls:
        return None
    variant = Variant(
        url=urls[0],
        backup_urls=list(urls[1:]),
        watermark="none",
        codec=_audio_codec(urls[0]),
        has_audio=True,
        expires_at=expires_at(urls[0]),
    )
    return Media(index=0, role=Role.AUDIO, duration=duration, variants=[variant])


def _audio_codec(url: str) -> str | None:
    said = _MIME.search(url)
    kind = said[1].lower() if said else url.partition("?")[0].rpartition(".")[2].lower()
    return {"mpeg": "mp3", "mp3": "mp3", "mp4": "aac", "m4a": "aac", "aac": "aac"}.get(kind)


def make_subtitle(urls: Sequence[str], language: str | None, codec: str | None) -> Media | None:
    """Return a subtitle, None without a URL."""
    if not urls:
        return None
    name = (codec or "").lower()
    variant = Variant(
        url=urls[0],
        backup_urls=list(urls[1:]),
        watermark="none",
        codec={"vtt": "webvtt"}.get(name, name) or None,
        expires_at=expires_at(urls[0]),
    )
    return Media(index=0, role=Role.SUBTITLE, language=language, variants=[variant])


def number(media: Iterable[Media | None], post_id: str) -> list[Media]:
    """Return *media* without the None values, numbered from 1, with *post_id* as their owner."""
    there = [medium for medium in media if medium is not None and medium.variants]
    for index, medium in enumerate(there, start=1):
        medium.index, medium.owner_id = index, post_id
    return there


def make_cover(fields: Fields, *paths: str) -> Cover | None:
    """Return the first still of *paths*, each a URL or a list of them."""
    urls = next((found for path in paths if (found := fields.urls(path))), None)
    return Cover(url=urls[0]) if urls else None


def check_media(fields: Fields, media: Sequence[Media], prefixes: tuple[str, ...]) -> list[str]:
    """Return the warning for a post without media; raise PayloadError if an odd field below *prefixes* is the cause."""
    if media:
        return []
    wanted = tuple(fields.path(prefix) for prefix in prefixes)
    odd = next((path for path in fields.odd if path.startswith(wanted)), None)
    if odd is not None:
        raise PayloadError(odd, "expected the addresses of media, got another type")
    return [NO_MEDIA]
