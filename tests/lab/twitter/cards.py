"""Cards: previews in a post of something that is not a medium of the post."""

import json
from collections.abc import Mapping
from typing import Any

from tests.lab.twitter.attached import Attached
from tests.lab.twitter.tweet import Tweet, make_code

_PLATFORM = {"platform": {"audience": {"name": "production"}, "device": {"name": "Swift", "version": "12"}}}


def card_media(tweet: Tweet) -> list[Attached]:
    """Return the media inside a unified card."""
    return [Attached(tweet, 20 + n, spec) for n, spec in enumerate(tweet.data.get("card", {}).get("media", ()))]


def graphql_card(tweet: Tweet) -> dict[str, Any]:
    """Return the card as a list of bindings."""
    url = _url(tweet)
    bindings = [{"key": key, "value": value} for key, value in _values(tweet).items()]
    legacy = {"binding_values": bindings, "card_platform": _PLATFORM, "name": tweet.data["card"]["name"], "url": url}
    return {"rest_id": url, "legacy": {**legacy, "user_refs_results": []}}


def embedded_card(tweet: Tweet) -> dict[str, Any]:
    """Return the card of the embed endpoint: the bindings by name."""
    name = tweet.data["card"]["name"]
    return {"card_platform": _PLATFORM, "name": name, "url": _url(tweet), "binding_values": _values(tweet)}


def _url(tweet: Tweet) -> str:
    return f"https://t.co/{make_code(tweet.id, 'card')}"


def _values(tweet: Tweet) -> dict[str, dict[str, Any]]:
    spec: Mapping[str, Any] = tweet.data["card"]
    texts: dict[str, str] = dict(spec.get("values", {}))
    if media := card_media(tweet):
        texts["unified_card"] = _unified(media)
    values: dict[str, dict[str, Any]] = {name: {"string_value": text, "type": "STRING"} for name, text in texts.items()}
    return {**values, "card_url": {"scribe_key": "card_url", "string_value": _url(tweet), "type": "STRING"}}


def _unified(media: list[Attached]) -> str:
    """Return the JSON text of a unified card that shows *media*."""
    entities = {
        one.media_key: {**one.common, "id": int(one.id), "id_str": one.id, "media_key": one.media_key} for one in media
    }
    objects = {
        "details_1": {"type": "details", "data": {"title": {"content": "A test card", "is_rtl": False}}},
        **{f"media_{n}": {"type": "media", "data": {"id": one.media_key}} for n, one in enumerate(media, 1)},
    }
    card = {"type": "video_website", "component_objects": objects, "media_entities": entities, "components": [*objects]}
    return json.dumps(card)
