"""HLS: which rendition of a playlist to take, and the addresses of its pieces (RFC 8216). Pure."""

from dataclasses import dataclass

import m3u8

from scraper.core.errors import MediaCause, MediaError

_MAX_PIECES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """The playlists of one quality: of the picture, and of the sound where it is apart."""

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
    sounds = [medium for medium in best.media if medium.type == "AUDIO" and medium.uri]
    return Rendition(
        url=best.absolute_uri,
        sound_url=sounds[0].absolute_uri if sounds else None,
        bitrate=best.stream_info.bandwidth,
    )


def read_pieces(text: str, url: str) -> list[str]:
    """
    Return the addresses of the pieces, whose bytes follow each other: that of the header first, where there is one.

    Raise MediaError for a playlist that is encrypted, goes on (a live one), or is of a kind we cannot join.
    """
    playlist = _load(text, url)
    if playlist.is_variant or not playlist.segments:
        raise MediaError(MediaCause.NOT_MEDIA, "a playlist without pieces")
    if any(key is not None and key.method != "NONE" for key in playlist.keys):
        raise MediaError(MediaCause.NOT_MEDIA, "the pieces of the playlist are encrypted", is_final=True)
    if not playlist.is_endlist:
        raise MediaError(MediaCause.NOT_MEDIA, "the playlist is of a live stream", is_final=True)
    if any(piece.byterange for piece in playlist.segments) or len(playlist.segments) > _MAX_PIECES:
        raise MediaError(MediaCause.NOT_MEDIA, "a playlist of byte ranges, or of too many pieces", is_final=True)
    headers = dict.fromkeys(piece.init_section.absolute_uri for piece in playlist.segments if piece.init_section)
    if len(headers) > 1:
        raise MediaError(MediaCause.NOT_MEDIA, "the pieces of the playlist have different headers", is_final=True)
    return [*headers, *(piece.absolute_uri for piece in playlist.segments)]


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
