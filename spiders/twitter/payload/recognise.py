"""Recognise the objects of an answer that are posts or placeholders for posts."""

from scraper.posts.fields import join, peek
from scraper.posts.finder import Candidate, Candidates, PostRecognition, unwrap
from spiders.twitter.payload.layout import TwitterFormat

_GONE = frozenset({"TweetTombstone", "TweetUnavailable", "TweetPreviewDisplay"})
_USER_KEYS = frozenset({"screen_name", "followers_count"})
_POST_KEYS = frozenset({"full_text", "conversation_id_str", "user_id_str", "favorite_count", "retweet_count"})
PROMOTED = "promotedMetadata"
RESULT_KEYS = ("tweet_results", "tweetResult", "tweet_result", "tweetResults")
"""Keys of the wrapper of a post; the post is its ``result``."""


def recognise(value: object) -> TwitterFormat | None:
    """Return the shape of a post or of its placeholder, None for any other *value*."""
    if not isinstance(value, dict):
        return None
    name, legacy = value.get("__typename"), value.get("legacy")
    if isinstance(name, str) and name in _GONE:
        return TwitterFormat.GONE
    if isinstance(value.get("tombstone"), dict) and "tweet" not in value and legacy is None:
        return TwitterFormat.GONE
    if isinstance(legacy, dict) and not _USER_KEYS & legacy.keys() and (name == "Tweet" or _POST_KEYS & legacy.keys()):
        return TwitterFormat.GRAPHQL
    if name == "Tweet" and {"rest_id", "core"} & value.keys():
        return TwitterFormat.GRAPHQL
    has_text = bool({"text", "full_text"} & value.keys())
    if has_text and {"id_str", "id"} & value.keys() and isinstance(value.get("user"), dict):
        return TwitterFormat.FLAT
    return TwitterFormat.FLAT if name == "Tweet" and "id_str" in value else None


FoundPosts = Candidates[TwitterFormat]
RawPost = Candidate[TwitterFormat]
LOOK = PostRecognition(
    recognise=recognise,
    wrappers={**dict.fromkeys(RESULT_KEYS), "result": None, "tweet": None, "status": None},
    lists=("statuses", "tweets", "tweetResult", "tweetResults", "results"),
    details=frozenset(),
    empty=frozenset({"statuses", "tweets"}),
    not_posts=frozenset({"users", "quoted_status", "quoted_tweet", "quoted_status_result", "errors"}),
    id_keys=("rest_id", "id_str"),
)
"""Recognition for answers without a timeline."""


def find_result(value: object, at: str) -> RawPost | None:
    """Return the post or placeholder in a wrapper of a post, None if *value* is not such a wrapper."""
    if not isinstance(value, dict):
        return None
    key = next((key for key in RESULT_KEYS if isinstance(value.get(key), dict)), None)
    if key is None:
        return None
    raw = _read_result(peek(value, (key, "result")), join(at, key, "result"))
    if PROMOTED in value:
        raw.data = {**raw.data, PROMOTED: True}
    return raw


def _read_result(result: object, at: str) -> RawPost:
    if (raw := unwrap(LOOK, result, at)) is not None:
        return raw
    if not isinstance(result, dict) or not result:
        return RawPost(TwitterFormat.GONE, {}, at)
    inner = result.get("tweet")
    return (
        RawPost(TwitterFormat.GRAPHQL, inner, join(at, "tweet"))
        if isinstance(inner, dict)
        else RawPost(TwitterFormat.GRAPHQL, result, at)
    )
