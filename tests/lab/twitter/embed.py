"""The embed endpoint: the cheapest route, which omits some data."""

import json
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from tests.lab.messages import Ask, Reply, json_reply
from tests.lab.twitter.attached import Attached, attachments
from tests.lab.twitter.base36 import embed_token
from tests.lab.twitter.cards import embedded_card
from tests.lab.twitter.people import embedded_user
from tests.lab.twitter.posts import Posts
from tests.lab.twitter.refusals import gone, limited, tombstone
from tests.lab.twitter.result import edit_control, reply_fields
from tests.lab.twitter.text import Written, write
from tests.lab.twitter.tweet import Tweet

HOST = "cdn.syndication.twimg.com"
_EMPTY = ("hashtags", "urls", "user_mentions", "symbols")


class Embed:
    """Answers for cdn.syndication.twimg.com."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.path != "/tweet-result":
            return gone("no such page")
        post_id = ask.query.get("id", "")
        if not (post_id.isascii() and post_id.isdigit() and len(post_id) < 20):
            return gone("no id")
        if ask.query.get("token") != embed_token(post_id):
            return gone("token" if "token" in ask.query else "no token")
        tweet = self._posts.find(post_id)
        if tweet is None:
            return gone("no such post")
        kind, detail = tweet.answer("embed")
        if kind == "gone":
            return gone("deleted")
        if kind == "limited":
            return limited(ask)
        body: dict[str, Any] = {}
        if kind == "tombstone":
            body = tombstone(detail)
        elif kind == "ok":
            body = build_embed(tweet)
        return _cached(ask, body)


def build_embed(tweet: Tweet) -> dict[str, Any]:
    """Return the endpoint's answer for *tweet*: no views, no reposts, no original of a repost, no card with media."""
    written = write(tweet)
    body: dict[str, Any] = {
        "__typename": "Tweet",
        "lang": tweet.lang,
        "favorite_count": tweet.counters["favorite_count"],
        "possibly_sensitive": False,
        "created_at": datetime.fromtimestamp(tweet.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "display_text_range": list(written.shown),
        "entities": {name: written.entities[name] for name in _EMPTY},
        "id_str": tweet.id,
        "text": written.full,
        "user": embedded_user(tweet.author),
        "edit_control": edit_control(tweet),
        **reply_fields(tweet),
        "conversation_count": tweet.counters["reply_count"],
        "news_action_type": "conversation",
        "isEdited": False,
        "isStaleEdit": False,
    }
    if not tweet.lacks("media"):
        body |= _media(tweet, written)
    if tweet.lacks("counters"):
        del body["favorite_count"], body["conversation_count"]
    if tweet.quoted is not None:
        inner = build_embed(tweet.quoted)
        body["quoted_tweet"] = {name: value for name, value in inner.items() if name != "__typename"}
    if "long" in tweet.data:
        body["note_tweet"] = {"id": f"Tm90ZVR3ZWV0OjE5{tweet.id[-8:]}"}
    if "card" in tweet.data and "media" not in tweet.data["card"]:
        body["card"] = embedded_card(tweet)
    return body


def _media(tweet: Tweet, written: Written) -> dict[str, Any]:
    found = attachments(tweet)
    if not found:
        return {}
    place = {"indices": list(written.media_at), "url": written.media_link}
    details = [{**one.common, **place} for one in found]
    shown = {name: details[0][name] for name in ("display_url", "expanded_url", "indices", "url")}
    photos = [_photo(one) for one in found if one.type == "photo"]
    films = [one for one in found if one.type != "photo" and "unavailable" not in one.spec]
    body: dict[str, Any] = {"mediaDetails": details, "photos": photos}
    body["entities"] = {**{name: written.entities[name] for name in _EMPTY}, "media": [shown]}
    if films:
        body["video"] = _video(films[0])
    return body


def _photo(one: Attached) -> dict[str, Any]:
    width, height = one.size
    return {
        "backgroundColor": {"red": 204, "green": 214, "blue": 221},
        "cropCandidates": one.common["original_info"]["focus_rects"],
        "expandedUrl": one.page,
        "url": one.still_url,
        "width": width,
        "height": height,
    }


def _video(one: Attached) -> dict[str, Any]:
    return {
        "aspectRatio": one.video_info["aspect_ratio"],
        "contentType": "gif" if one.type == "animated_gif" else "media_entity",
        "durationMs": one.video_info.get("duration_millis", 0),
        "mediaAvailability": {"status": "available"},
        "poster": one.still_url,
        "variants": [{"type": variant["content_type"], "src": variant["url"]} for variant in one.variants],
        "videoId": {"type": "tweet", "id": one.tweet.id},
        "viewCount": 0,
    }


def _cached(ask: Ask, body: dict[str, Any]) -> Reply:
    """Return *body*, or a 304 if the client has it already."""
    tag = f'W/"{md5(json.dumps(body).encode(), usedforsecurity=False).hexdigest()}"'
    reply = json_reply(body)
    if ask.headers.get("If-None-Match") == tag:
        reply = Reply(status=304)
    reply.headers += [("ETag", tag), ("Cache-Control", "must-revalidate, max-age=60")]
    return reply
