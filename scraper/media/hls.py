"""HLS: choose a rendition of a playlist, and read the URLs of its pieces (RFC 8216). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import m3u8

from scraper.errors import MediaCause, MediaError

_MAX_PIECES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """The playlists of one quality: of the picture, and of the sound if it is separate."""

    url: str
    sound_url: str | None
    bitrate: int | None
    """Bits per second."""


def read_master(text: str, url: str) -> Rendition | None:
    """Return the best rendition of a master playlist, None for a playlist of pieces; raise MediaError for neither."""
    playlist = _load(text, url)
    if not playlist.is_variant:
        return None
    offers = [offer for offer in playlist.playlists if offer.uri]
    if not offers:
        raise MediaError(MediaCause.NOT_MEDIA, "a playlist without a rendition")
    best = max(offers, key=lambda offer: (_is_h264(offer), offer.stream_info.bandwidth or 0))
    sounds = [medium for medium in best.media if medium.type == "AUDIO" and medium.uri][:1]
    address, *sound = _addresses([best, *sounds])
    return Rendition(url=address, sound_url=sound[0] if sound else None, bitrate=best.stream_info.bandwidth)


def read_pieces(text: str, url: str) -> list[str]:
    """
    Return the URLs of the pieces, whose bytes follow each other; the first may be that of a header.

    Raise MediaError for a playlist that is encrypted, of a live stream, or of a kind that we cannot join.
    """
    playlist = _load(text, url)
    if playlist.is_variant or not playlist.segments:
        raise MediaError(MediaCause.NOT_MEDIA, "a playlist without pieces")
    if any(key is not None and key.method != "NONE" for key in playlist.keys):
        raise MediaError(MediaCause.NOT_MEDIA, "the pieces of the playlist are encrypted", is_final=True)
    if not playlist.is_endlist:
        raise MediaError(MediaCause.NOT_MEDIA, "the playlist is of a live stream", is_final=True)
    maps = [piece.init_section for piece in playlist.segments if piece.init_section]
    if len(playlist.segments) > _MAX_PIECES or any(piece.byterange for piece in [*playlist.segments, *maps]):
        raise MediaError(MediaCause.NOT_MEDIA, "a playlist of byte ranges, or of too many pieces", is_final=True)
    headers = dict.fromkeys(_addresses(maps))
    if len(headers) > 1:
        raise MediaError(MediaCause.NOT_MEDIA, "the pieces of the playlist have different headers", is_final=True)
    return [*headers, *_addresses(playlist.segments)]


def _addresses(entries: Iterable[Any]) -> list[str]:
    """Return the URLs of the *entries* of a playlist."""
    try:
        return [entry.absolute_uri for entry in entries]
    except ValueError as error:
        raise MediaError(MediaCause.NOT_MEDIA, "the playlist contains an invalid URL") from error


def _load(text: str, url: str) -> "m3u8.M3U8":
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise MediaError(MediaCause.NOT_MEDIA, "expected a playlist, got something else")
    try:
        return m3u8.loads(text, uri=url)
    except Exception as error:
        raise MediaError(MediaCause.NOT_MEDIA, f"the playlist cannot be read: {type(error).__name__}") from error


def _is_h264(offer: "m3u8.Playlist") -> bool:
    codecs = offer.stream_info.codecs
    return not codecs or "avc1" in codecs
