"""The result object of the played GraphQL, older or newer."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.lab.twitter.attached import Attached, attachments
from tests.lab.twitter.cards import graphql_card
from tests.lab.twitter.people import api_time
from tests.lab.twitter.text import Written, find_entities, shorten, write
from tests.lab.twitter.tweet import Tweet

_SOURCE = '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>'
_EDIT_TIME = 3600
User = Callable[[Mapping[str, str]], dict[str, Any]]


def build_result(tweet: Tweet, user: User) -> dict[str, Any]:
    """Return the Tweet object; *user* writes accounts in the older or the newer form."""
    counters = tweet.counters
    result: dict[str, Any] = {
        "__typename": "Tweet",
        "rest_id": tweet.id,
        "core": {"user_results": {"result": user(tweet.author)}},
        "unmention_data": {},
        "edit_control": edit_control(tweet),
        "is_translatable": False,
        "views": {"count": str(counters["views"]), "state": "EnabledWithCount"},
        "source": _SOURCE,
        "grok_analysis_button": True,
        "legacy": _legacy(tweet, user),
    }
    if "long" in tweet.data:
        result["note_tweet"] = _note(tweet)
    if tweet.quoted is not None:
        result["quoted_status_result"] = {"result": build_result(tweet.quoted, user)}
    if "card" in tweet.data:
        result["card"] = graphql_card(tweet)
    return result


def edit_control(tweet: Tweet) -> dict[str, Any]:
    """Return the fields about edits."""
    return {
        "edit_tweet_ids": [tweet.id],
        "editable_until_msecs": str((tweet.created + _EDIT_TIME) * 1000),
        "is_edit_eligible": True,
        "edits_remaining": "5",
    }


def reply_fields(tweet: Tweet) -> dict[str, str]:
    """Return the fields that name the post and the user that *tweet* answers; empty if it is not an answer."""
    spec = tweet.data.get("replies_to")
    if spec is None:
        return {}
    names = {"screen_name": "handle", "status_id_str": "id", "user_id_str": "user_id"}
    return {f"in_reply_to_{name}": spec[key] for name, key in names.items()}


def _legacy(tweet: Tweet, user: User) -> dict[str, Any]:
    written = write(tweet)
    media = [_entity(one, written) for one in attachments(tweet)]
    counters = {name: value for name, value in tweet.counters.items() if name != "views"}
    legacy: dict[str, Any] = {
        **counters,
        "bookmarked": False,
        "created_at": api_time(tweet.created),
        "conversation_id_str": tweet.data.get("replies_to", {"id": tweet.id})["id"],
        "display_text_range": list(written.shown),
        "entities": {**written.entities, "timestamps": []},
        "favorited": False,
        "full_text": written.full,
        **reply_fields(tweet),
        "is_quote_status": tweet.quoted is not None,
        "lang": tweet.lang,
        "retweeted": False,
        "user_id_str": tweet.author["id"],
        "id_str": tweet.id,
    }
    if media:
        legacy["entities"]["media"] = media
        legacy |= {"extended_entities": {"media": media}, "possibly_sensitive": False}
        legacy["possibly_sensitive_editable"] = True
    if tweet.quoted is not None:
        legacy["quoted_status_id_str"] = tweet.quoted.id
        shown = f"x.com/{tweet.quoted.author['handle']}/statu…"
        legacy["quoted_status_permalink"] = {"url": "https://t.co/", "expanded": tweet.quoted.url, "display": shown}
    if tweet.reposted is not None:
        legacy["retweeted_status_result"] = {"result": build_result(tweet.reposted, user)}
    return legacy


def _entity(one: Attached, written: Written) -> dict[str, Any]:
    return {
        **one.common,
        "id_str": one.id,
        "indices": list(written.media_at),
        "media_key": one.media_key,
        "url": written.media_link,
        "allow_download_status": {"allow_download": True},
        "media_results": {"result": {"media_key": one.media_key}},
    }


def _note(tweet: Tweet) -> dict[str, Any]:
    text = shorten(tweet.data["text"])
    note = {
        "id": base64.b64encode(f"NoteTweetResults:{tweet.id}".encode()).decode(),
        "text": text,
        "entity_set": find_entities(text, tweet.data["text"]),
        "richtext": {"richtext_tags": []},
        "media": {"inline_media": []},
    }
    return {"is_expandable": True, "note_tweet_results": {"result": note}}
