"""Layouts of post objects, as paths: GraphQL of web and app, REST 1.1, and the embed's own."""

from dataclasses import dataclass
from enum import Enum

from scraper.posts.loaders import Paths

_RESULT = "core.user_results.result"
_APP_RESULT = "core.user_result.result"
_NOTE = "note_tweet.note_tweet_results.result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Paths from a post's object; of several paths the first that has a value counts."""

    id: tuple[str, ...]
    post: Paths
    author: Paths
    stats: Paths
    created_at: tuple[str, ...]
    note: tuple[str, ...] = ()
    """The whole of a long text, as typed."""
    text: tuple[str, ...]
    """The text with ``&``, ``<`` and ``>`` escaped."""
    hashtags: tuple[str, ...]
    """Lists of objects with a *text*."""
    media: tuple[str, ...]
    """Lists of media, the fullest first."""
    body: str = ""
    """Path of the object with the flags of a post."""
    user: tuple[str, ...]
    quoted: tuple[str, ...]
    reposted: tuple[str, ...]


GRAPHQL = Layout(
    id=("rest_id", "legacy.id_str"),
    post={
        "language": "legacy.lang",
        "quoted_id": "legacy.quoted_status_id_str",
    },
    author={
        "id": (f"{_RESULT}.rest_id", f"{_APP_RESULT}.rest_id", "legacy.user_id_str"),
        "handle": tuple(f"{user}.{part}.screen_name" for user in (_RESULT, _APP_RESULT) for part in ("core", "legacy")),
        "name": tuple(f"{user}.{part}.name" for user in (_RESULT, _APP_RESULT) for part in ("core", "legacy")),
    },
    stats={
        "plays": ("views.count", "ext_views.count"),
        "likes": "legacy.favorite_count",
        "comments": "legacy.reply_count",
        "reposts": "legacy.retweet_count",
        "quotes": "legacy.quote_count",
        "saves": "legacy.bookmark_count",
    },
    created_at=("legacy.created_at",),
    note=(f"{_NOTE}.text",),
    text=("legacy.full_text", "legacy.text"),
    hashtags=(f"{_NOTE}.entity_set.hashtags", "legacy.entities.hashtags"),
    media=("legacy.extended_entities.media", "legacy.entities.media"),
    body="legacy",
    user=(_RESULT, _APP_RESULT),
    quoted=("quoted_status_result.result", "legacy.quoted_status_result.result"),
    reposted=("legacy.retweeted_status_result.result", "retweeted_status_result.result"),
)
FLAT = Layout(
    id=("id_str",),
    post={"language": "lang", "quoted_id": "quoted_status_id_str"},
    author={"id": ("user.id_str", "user.id"), "handle": "user.screen_name", "name": "user.name"},
    stats={
        "plays": ("views.count", "ext_views.count"),
        "likes": "favorite_count",
        "comments": ("reply_count", "conversation_count"),
        "reposts": "retweet_count",
        "quotes": "quote_count",
        "saves": "bookmark_count",
    },
    created_at=("created_at",),
    note=(f"{_NOTE}.text",),
    text=("extended_tweet.full_text", "full_text", "text"),
    hashtags=("extended_tweet.entities.hashtags", "entities.hashtags"),
    media=(
        "extended_tweet.extended_entities.media",
        "extended_entities.media",
        "mediaDetails",
        "extended_tweet.entities.media",
        "entities.media",
    ),
    user=("user",),
    quoted=("quoted_status", "quoted_tweet"),
    reposted=("retweeted_status",),
)


class TwitterFormat(Enum):
    """The shapes of objects in answers."""

    GRAPHQL = "graphql"
    FLAT = "flat"
    GONE = "gone"
    """A placeholder for a post that X does not show, with the reason."""


LAYOUTS = {TwitterFormat.GRAPHQL: GRAPHQL, TwitterFormat.FLAT: FLAT}
