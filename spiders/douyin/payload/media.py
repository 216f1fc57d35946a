"""Media of a Douyin post: the files of a video, the pictures of a note, the clips of live photos."""

import re
from collections.abc import Iterator
from dataclasses import replace

from scraper.model.post import Media, Music, Role, Variant
from scraper.posts import aweme
from scraper.posts.aweme_files import FileOffer, make_variant
from scraper.posts.fields import Fields, read_flag, read_int, read_milliseconds, read_size, read_text
from scraper.posts.offers import DOWNLOAD_OFF, NO_MEDIA, image_variant, make_audio, make_image

LIVE_MISSING = "live_photo_missing"
"""Warning, with the path: the answer calls it a live photo, but only the still has a URL."""
_PLAY = "https://www.douyin.com/aweme/v1/play/?video_id={}&ratio=1080p&line=0"
_STORED = re.compile(r"v[0-9a-z]{7,63}", re.ASCII)
_MARKED = re.compile(r"/playwm/|[?&]watermark=1(?:&|$)|dy-water", re.ASCII)
_RATIO = re.compile(r"[?&]ratio=(\d{3,4}p)(?:&|$)", re.ASCII)


def read_video(fields: Fields) -> tuple[list[Media | None], list[str]]:
    """Return the video with its subtitles, and warnings."""
    video = fields.child("video")
    medium = _moving(video, "video", Role.VIDEO)
    medium.duration = fields.get(read_milliseconds, *aweme.LENGTH)
    is_off = fields.get(read_flag, "video_control.allow_download") is False
    is_marked = any(variant.watermark is True for variant in medium.variants)
    warnings = [DOWNLOAD_OFF] if is_off and medium.variants and not is_marked else []
    return [medium, *aweme.read_subtitles(video)], warnings


def has_audio_only(fields: Fields) -> bool:
    """Whether the item's video is only the sound of a photo post, with its URL instead of an id in the store."""
    return (fields.get(read_text, "video.play_addr.uri") or "").startswith("http")


def _moving(video: Fields, at: str, role: Role) -> Media:
    width, height = video.get(read_size, "width"), video.get(read_size, "height")
    return Media(index=0, role=role, width=width, height=height, variants=_variants(video, at, width, height))


def _variants(video: Fields, at: str, width: int | None, height: int | None) -> list[Variant]:
    """Return the files of *video*: those without watermark, the durable play URL, those with watermark."""
    shared = [replace(offer, watermark=True) for offer in aweme.read_download(video, at)]
    offers = [part for offer in aweme.read_plays(video, at) for part in _by_mark(offer)] + shared
    for offer in offers:
        _correct_size(offer, width, height)
    durable = _name(video)
    variants = [make_variant(offer, durable) for offer in sorted(offers, key=lambda offer: offer.watermark is True)]
    if durable is not None and not any(_PLAY.format(durable) == variant.url for variant in variants):
        source = f"{at}.play_addr.uri"
        place = sum(variant.watermark is not True for variant in variants)
        # The server sends the best file up to the requested ratio, so its size is unknown.
        variants.insert(place, make_variant(FileOffer(urls=[_PLAY.format(durable)], source=source), durable))
    return variants


def _correct_size(offer: FileOffer, width: int | None, height: int | None) -> None:
    """Set the quality from a play URL if the answer has no size of the file itself."""
    asked = _RATIO.search(offer.urls[0])
    if asked is not None and (offer.width, offer.height) in (aweme.WRONG_SIZE, (None, None)):
        offer.width, offer.height, offer.quality = None, None, asked[1]
    else:
        aweme.correct_size(offer, width, height)


def _by_mark(offer: FileOffer) -> Iterator[FileOffer]:
    """Yield *offer* once with its URLs without watermark, once with the others."""
    marked = [url for url in offer.urls if _MARKED.search(url)]
    for urls, watermark in (([url for url in offer.urls if url not in marked], offer.watermark), (marked, True)):
        if urls:
            yield replace(offer, urls=urls, watermark=watermark)


def _name(video: Fields) -> str | None:
    """Return the video's id in the store, from which the play URL makes a new signed URL at every call."""
    names = [video.get(read_text, path) for path in ("play_addr.uri", "vid", "uri", "download_addr.uri")]
    return next((name for name in names if name and _STORED.fullmatch(name)), None)


def read_photos(fields: Fields, music: Music | None, sound: list[str]) -> tuple[list[Media | None], list[str]]:
    """Return the pictures, each followed by its clip, then the sound; and warnings."""
    media: list[Media | None] = []
    warnings: list[str] = []
    for image in fields.children("images"):
        found, missing = _photo(image)
        media += found
        warnings += missing
    for image in [] if media else fields.children("image_infos"):  # the list in older answers
        media.append(_still(image, [image_variant(image.urls("label_large.url_list"), "image_infos.label_large")]))
    if has_audio_only(fields):
        sound = [*sound, *fields.urls("video.play_addr.uri"), *_wrapped(fields)]
        if music is not None and music.url is None:
            music.url = sound[0] if sound else None
    media.append(make_audio(list(dict.fromkeys(sound)), music.duration if music else None))
    return media, warnings


def _wrapped(fields: Fields) -> list[str]:
    """Return the URLs of the sound, direct ones first."""
    return aweme.read_address(fields, "video.play_addr", "video.play_addr").urls


def _photo(image: Fields) -> tuple[list[Media | None], list[str]]:
    """Return a picture with its clip; a clip without a picture becomes a video."""
    name = image.get(read_text, "uri")
    free = image.urls("watermark_free_download_url_list")
    shown = [url for url in image.urls("url_list") if url not in free]
    marked = [url for url in [*free, *shown] if _MARKED.search(url)]
    still = _still(
        image,
        [
            _picture([url for url in free if url not in marked], "watermark_free_download_url_list", name),
            _picture([url for url in shown if url not in marked], "url_list", name),
            _picture([*image.urls("download_url_list"), *marked], "download_url_list", name, watermark=True),
        ],
    )
    video = image.child("video")
    moving = _moving(video, "images.video", Role.LIVE_PHOTO if still.variants else Role.VIDEO)
    moving.duration = video.get(read_milliseconds, "duration")
    is_live = bool(image.get(read_int, "live_photo_type"))
    if is_live and still.variants and not moving.variants:
        return [still], [f"{LIVE_MISSING}:{image.path('video')}"]
    if not still.variants and not moving.variants:
        return [], [f"{NO_MEDIA}:{image.at}"]
    return [still, moving], []


def _still(image: Fields, variants: list[Variant | None]) -> Media:
    width = image.get(read_size, "width", "label_large.width")
    height = image.get(read_size, "height", "label_large.height")
    return make_image(variants, width, height)


def _picture(urls: list[str], source: str, name: str | None, *, watermark: bool = False) -> Variant | None:
    return image_variant(urls, f"images.{source}", watermark=watermark, durable=name)
