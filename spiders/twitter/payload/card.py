"""The card below a post: an advert's media, a player, a live broadcast, a preview of a link."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scraper.errors import PayloadError
from scraper.model.post import Cover
from scraper.posts.fields import Fields, join, read_seconds, read_size, read_text, read_url
from scraper.posts.scripts import load_json
from scraper.text.unicode import clean_text
from spiders.twitter.payload.media import Shown, make_photo, make_still, make_video, read_medium

LEFT_OUT = "card_left_out"
"""Warning, with the card's name: the video of the card is not among the media."""
LIVE = frozenset({"broadcast", "periscope_broadcast", "audiospace"})
_UNIFIED = "unified_card"
_STREAMS = ("player_stream_url", "amplify_url_vmap", "amplify_url")
_STILLS = (
    *("player_image_original", "player_image_large", "player_image"),
    *("broadcast_thumbnail_original", "broadcast_thumbnail_large", "broadcast_thumbnail"),
    *("full_size_thumbnail_url", "thumbnail_image_original", "thumbnail_image"),
)
_PICTURES = ("promo_image_original", "promo_image", "photo_image_full_size_original", "image_original", "image_large")
_PREVIEWS = ("summary", "app")
"""Prefixes of the names of cards whose picture belongs to the linked page."""
_PLAYABLE = {".mp4": "video/mp4", ".m3u8": "application/x-mpegURL"}


@dataclass(slots=True)
class Card:
    """The media and values that a card adds to its post."""

    media: list[Shown] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_live: bool = False
    still: Cover | None = None


def read_card(source: Fields) -> Card:
    """Return the card of the post *source*."""
    card = source.child("card.legacy", "card", "tweet_card.legacy", "tweet_card")
    name = (card.get(read_text, "name") or "").rpartition(":")[2][:80]
    values = _values(card)
    if name in LIVE:
        return Card(warnings=[f"{LEFT_OUT}:{name}"], is_live=True, still=_still(values))
    if name == _UNIFIED:
        media = list(_unified(values))
        return Card(media=media, warnings=[] if media else [f"{LEFT_OUT}:{name}"])
    if (stream := _first_text(values, _STREAMS)) is not None:
        shown = _player(values, stream)
        return Card(media=[shown]) if shown else Card(warnings=[f"{LEFT_OUT}:{name}"])
    if name == "player" or name.startswith("amplify"):
        return Card(warnings=[f"{LEFT_OUT}:{name}"])
    if name and not name.startswith(_PREVIEWS):
        return Card(media=_picture(values))
    return Card()


def _values(card: Fields) -> Fields:
    """Return the card's values by their keys; newer answers list them."""
    values = card.raw.get("binding_values")
    if isinstance(values, dict):
        return card.child("binding_values")
    named: dict[str, Any] = {}
    for entry in card.children("binding_values"):
        key, value = entry.get(read_text, "key"), entry.raw.get("value")
        if key is not None and isinstance(value, dict):
            named[key] = value
    return Fields(named, card.path("binding_values"), card.odd)


def _first_text(values: Fields, keys: tuple[str, ...]) -> str | None:
    return values.get(read_url, *(f"{key}.string_value" for key in keys))


def _unified(values: Fields) -> Iterator[Shown]:
    """Yield the media of a card whose content is JSON in a string."""
    place = f"{_UNIFIED}.string_value"
    text = values.get(read_text, place)
    if text is None:
        return
    try:
        content = load_json(text)
    except PayloadError:
        values.note(place)
        return
    media = content.get("media_entities") if isinstance(content, Mapping) else None
    for key, entry in media.items() if isinstance(media, dict) else ():
        if isinstance(entry, dict):
            at = join(values.path(place), "media_entities", clean_text(key)[:80])
            yield read_medium(Fields(entry, at, values.odd))


def _player(values: Fields, url: str) -> Shown | None:
    """Return the video that a card plays from X's own servers, None for any other URL."""
    parts = urlsplit(url)
    kind = next((kind for suffix, kind in _PLAYABLE.items() if parts.path.lower().endswith(suffix)), None)
    if kind is None or not (parts.hostname or "").endswith(".twimg.com"):
        return None
    size = (
        values.get(read_size, "player_width.string_value"),
        values.get(read_size, "player_height.string_value"),
    )
    medium = make_video([Fields({"url": url, "content_type": kind}, values.at, values.odd)], size)
    medium.duration = values.get(read_seconds, "content_duration_seconds.string_value")
    return Shown(medium, _still(values))


def _picture(values: Fields) -> list[Shown]:
    shown = next((made for key in _PICTURES if (made := _image(values, key)) is not None), None)
    return [shown] if shown else []


def _image(values: Fields, key: str) -> Shown | None:
    image = values.child(f"{key}.image_value")
    return make_photo(image.urls("url"), (image.get(read_size, "width"), image.get(read_size, "height")))


def _still(values: Fields) -> Cover | None:
    for key in _STILLS:
        image = values.child(f"{key}.image_value")
        urls = image.urls("url") or values.urls(f"{key}.string_value")
        if urls:
            return make_still(urls[0], (image.get(read_size, "width"), image.get(read_size, "height")))
    return None
