"""Media of a post: photos in every offered size, videos and GIFs in every variant."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from scraper.errors import PayloadError
from scraper.model.post import Cover, Kind, Media, Role, Variant
from scraper.posts.fields import Fields, read_milliseconds, read_size, read_text
from scraper.posts.offers import NO_MEDIA

UNAVAILABLE = "media_unavailable"
"""Warning, with index and X's reason: the post has this medium, but X does not deliver it."""
SIZES = ("4096x4096", "large", "medium", "small")
"""Names of a photo's copies, below ``orig``; each fits into a square."""
_LARGEST_COPY = 4096
_THUMBNAIL = "video_thumb/"
_IMAGES = "pbs.twimg.com"
_FORMATS = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp"}
_SUFFIX = re.compile(r"(?:\.(?P<format>[A-Za-z]{3,4}))?(?::(?P<name>\w{1,20}))?$", re.ASCII)
_PIXELS = re.compile(r"/(\d{2,5})x(\d{2,5})/", re.ASCII)
_CODEC = re.compile(r"/(avc1|hevc|hvc1|av01|vp9)/", re.ASCII)
_CODECS = {"avc1": "h264", "hevc": "h265", "hvc1": "h265", "av01": "av1", "vp9": "vp9"}
_PLAYLISTS = {"application/x-mpegurl": "hls", "application/vnd.apple.mpegurl": "hls", "application/dash+xml": "dash"}


@dataclass(slots=True)
class Shown:
    """A medium, its still, and X's reason to withhold it (None = not withheld)."""

    medium: Media
    still: Cover | None = None
    withheld: str | None = None


def read_media(fields: Fields, paths: Iterable[str]) -> list[Shown]:
    """Return the media of the first list of *paths* that has any."""
    for path in paths:
        if parent := path.rpartition(".")[0]:
            fields.child(parent)  # notes an odd one
        if shown := [read_medium(entry) for entry in fields.children(path)]:
            return shown
    return []


def read_medium(entry: Fields) -> Shown:
    """Turn an object of ``extended_entities.media`` into a medium, without variants if it names no file."""
    kind, size = entry.get(read_text, "type"), _size(entry)
    urls = entry.urls("media_url_https", "media_url")[:1]
    if (
        kind in ("video", "animated_gif")
        or (kind != "photo" and entry.child("video_info"))
        or _shows_video(entry, urls)
    ):
        found = _video(entry, urls, size, is_gif=kind == "animated_gif")
    else:
        found = make_photo(urls, size, _copies(entry)) or Shown(Media(index=0, role=Role.IMAGE))
    found.withheld = _withheld(entry)
    if found.withheld is not None:
        found.medium.variants = []
    return found


def _shows_video(entry: Fields, urls: list[str]) -> bool:
    """Whether an entry of the short list, which calls everything a photo, is a video."""
    if urls:
        return _THUMBNAIL in urls[0]
    return "/video/" in (entry.get(read_text, "expanded_url") or "")


def _size(entry: Fields) -> tuple[int | None, int | None]:
    """Return width and height; older answers have only those of the largest copy."""
    for place, width, height in (("original_info", "width", "height"), ("sizes.large", "w", "h")):
        size = entry.get(read_size, f"{place}.{width}"), entry.get(read_size, f"{place}.{height}")
        if None not in size:
            return size
    return None, None


def _withheld(entry: Fields) -> str | None:
    status = entry.get(read_text, "ext_media_availability.status")
    if status is None or status.lower() == "available":
        return None
    return (entry.get(read_text, "ext_media_availability.reason") or status)[:80]


def _copies(entry: Fields) -> dict[str, tuple[int | None, int | None]]:
    return {
        name: (entry.get(read_size, f"sizes.{name}.w"), entry.get(read_size, f"sizes.{name}.h")) for name in SIZES[1:]
    }


def make_photo(
    urls: list[str],
    size: tuple[int | None, int | None],
    copies: Mapping[str, tuple[int | None, int | None]] | None = None,
) -> Shown | None:
    """Return a photo with its original and all copies as variants, None without a URL."""
    if not urls:
        return None
    medium = Media(index=0, role=Role.IMAGE, width=size[0], height=size[1])
    medium.variants = list(_photo_variants(urls[0], size, copies or {}))
    return Shown(medium, Cover(url=medium.variants[0].url, width=size[0], height=size[1]))


def _photo_variants(
    url: str, size: tuple[int | None, int | None], copies: Mapping[str, tuple[int | None, int | None]]
) -> Iterator[Variant]:
    base, form = _split(url)
    if base is None:
        yield Variant(url=url, watermark="none", width=size[0], height=size[1], codec=_FORMATS.get(form))
        return
    sizes = {"orig": size, SIZES[0]: _fit(size), **copies}
    for name in ("orig", *SIZES) if "/media/" in base else ("orig",):
        width, height = sizes.get(name, (None, None))
        address = f"{base}?format={form}&name={name}"
        yield Variant(url=address, watermark="none", quality=name, width=width, height=height, codec=_FORMATS[form])


def _split(url: str) -> tuple[str | None, str]:
    """Return a photo's URL without format and size, and its format; None for the URL of another server."""
    parts = urlsplit(url)
    suffix = _SUFFIX.search(parts.path)
    said = (suffix["format"] or "") if suffix else ""
    form = (parse_qs(parts.query).get("format", [said])[0] if len(parts.query) < 200 else said).lower()
    if parts.hostname != _IMAGES or suffix is None:
        return None, form
    form = form if form in _FORMATS and form != "jpeg" else "jpg"
    return f"https://{_IMAGES}{parts.path[: suffix.start()]}", form


def _fit(size: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    """Return *size* scaled to fit into the largest copy."""
    width, height = size
    if not width or not height:
        return None, None
    scale = min(1, _LARGEST_COPY / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _video(entry: Fields, stills: list[str], size: tuple[int | None, int | None], *, is_gif: bool) -> Shown:
    medium = make_video(entry.children("video_info.variants"), size, is_gif=is_gif)
    medium.duration = entry.get(read_milliseconds, "video_info.duration_millis", "video_info.duration_ms")
    return Shown(medium, make_still(stills[0], size) if stills else None)


def make_video(variants: Iterable[Fields], size: tuple[int | None, int | None], *, is_gif: bool = False) -> Media:
    """Return a video with every variant that has a URL; a GIF is a video without sound."""
    medium = Media(index=0, role=Role.VIDEO, width=size[0], height=size[1], is_gif=is_gif)
    medium.variants = [variant for entry in variants if (variant := _variant(entry, medium)) is not None]
    return medium


def _variant(entry: Fields, medium: Media) -> Variant | None:
    urls = entry.urls("url", "src")
    if not urls:
        return None
    found = _PIXELS.search(urls[0])
    width, height = (int(found[1]), int(found[2])) if found else (None, None)
    playlist = _PLAYLISTS.get((entry.get(read_text, "content_type", "type") or "").lower())
    if found is None and medium.is_gif and playlist is None:
        width, height = medium.width, medium.height  # a GIF has one file
    codec = _CODEC.search(urls[0])
    return Variant(
        url=urls[0],
        watermark="none",
        quality=playlist or (f"{min(width, height)}p" if width and height else None),
        width=width,
        height=height,
        codec=_CODECS[codec[1]] if codec and playlist is None else None,
        bitrate=entry.get(read_size, "bitrate", "bit_rate"),
        has_audio=False if medium.is_gif else None,
    )


def make_still(url: str, size: tuple[int | None, int | None] = (None, None)) -> Cover:
    """Return a still in its largest form."""
    base, form = _split(url)
    if base is not None:
        path = url.partition("?")[0]
        url = f"{base}.{form}?name=orig" if path.endswith(f".{form}") else f"{base}?format={form}&name=orig"
    return Cover(url=url, width=size[0], height=size[1])


def kind_of(shown: Iterable[Shown]) -> Kind | None:
    """Return the kind of a post with these media, None without media."""
    roles = {one.medium.role for one in shown}
    return Kind.VIDEO if Role.VIDEO in roles else Kind.IMAGE if roles else None


def number(own: Iterable[Shown], owner: str, shown: list[Shown]) -> None:
    """Append *own* to *shown*, numbered from 1, with *owner* as their owner."""
    for one in own:
        shown.append(one)
        one.medium.index, one.medium.owner_id = len(shown), owner


def warn(shown: Iterable[Shown]) -> list[str]:
    """Return a warning for each medium without a file."""
    return [
        f"{NO_MEDIA}:{one.medium.index}" if one.withheld is None else f"{UNAVAILABLE}:{one.medium.index}:{one.withheld}"
        for one in shown
        if not one.medium.variants
    ]


def check(fields: Fields, shown: Iterable[Shown], paths: Iterable[str]) -> None:
    """Raise PayloadError if there is no file at all because of an odd field below *paths*."""
    if any(one.medium.variants or one.withheld is not None for one in shown):
        return
    wanted = tuple(fields.path(path) for path in paths)
    parents = {path.rpartition(".")[0] for path in wanted}
    odd = next((path for path in fields.odd if path.startswith(wanted) or path in parents), None)
    if odd is not None:
        raise PayloadError(odd, "expected the addresses of media, got another type")
