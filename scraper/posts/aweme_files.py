"""The files of a video in aweme answers, and their properties as URLs and names show them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scraper.model.post import Variant
from scraper.posts.expiry import expires_at
from scraper.posts.offers import Watermark

_URL_KEY = re.compile(r"_(?P<codec>[a-z0-9]+)_(?P<quality>\d{2,5}p)(?:_(?P<bitrate>\d{1,12}))?$", re.ASCII)
_CODECS = {
    "h264": "h264",
    "avc1": "h264",
    "h265": "h265",
    "hevc": "h265",
    "hvc1": "h265",
    "bytevc1": "h265",
    "h266": "h266",
    "vvc": "h266",
    "bytevc2": "h266",
    "av1": "av1",
}
_NO_SOUND = re.compile(r"/media-video-\w+/", re.ASCII)  # one track of a DASH pair
_ADDRESSED = "/aweme/v1/play"  # an address that redirects to a file; its query names the file


@dataclass(slots=True, kw_only=True)
class FileOffer:
    """The properties of one file of a video, as an answer states them."""

    urls: list[str]
    source: str
    """The payload field, for *watermark_source*."""
    watermark: Watermark = False
    key: str | None = None
    codec: str | None = None
    quality: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate: int | None = None
    bytes: int | None = None
    has_audio: bool | None = None


def make_variant(offer: FileOffer, durable: str | None) -> Variant:
    """Turn an offer with at least one URL into a Variant."""
    named = _URL_KEY.search(offer.key or "")
    codec = normalise_codec(named["codec"] if named else None) or normalise_codec(offer.codec)
    quality = named["quality"] if named else offer.quality
    if quality is None and offer.width and offer.height:
        quality = f"{min(offer.width, offer.height)}p"
    bitrate = offer.bitrate or (int(named["bitrate"] or 0) if named else 0) or None
    return Variant(
        url=offer.urls[0],
        backup_urls=offer.urls[1:],
        watermark=offer.watermark,
        watermark_source=offer.source,
        quality=quality,
        width=offer.width,
        height=offer.height,
        fps=offer.fps,
        codec=codec,
        bitrate=bitrate,
        bytes=offer.bytes,
        has_audio=False if _NO_SOUND.search(offer.urls[0]) else offer.has_audio,
        expires_at=expires_at(offer.urls[0]),
        durable=durable,
    )


def normalise_codec(name: str | None) -> str | None:
    """Return our name of a codec, None for an unknown one."""
    if name is None:
        return None
    return next((_CODECS[part] for part in name.lower().split("_") if part in _CODECS), None)


def merge(play: FileOffer | None, others: Sequence[FileOffer]) -> list[FileOffer]:
    """Return all offers, *play* first; an offer of *others* for the same file is more detailed and replaces it."""
    rest = [offer for offer in others if offer.urls]
    if play is None or not play.urls:
        return rest
    twin = next((offer for offer in rest if same_file(offer.urls[0], play.urls[0])), None)
    if twin is None:
        return [play, *rest]
    twin.urls = list(dict.fromkeys([*play.urls, *twin.urls]))
    twin.key = twin.key or play.key
    twin.width, twin.height = twin.width or play.width, twin.height or play.height
    return [twin, *(offer for offer in rest if offer is not twin)]


def same_file(one: str, other: str) -> bool:
    """Whether two URLs name the same file; host, signature and time may differ."""
    return _file_of(one) == _file_of(other)


def _file_of(url: str) -> str:
    if _ADDRESSED in url:
        return url
    path = url.partition("?")[0]
    place = path.find("/video/tos/")
    return path[place:] if place >= 0 else url
