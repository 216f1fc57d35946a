"""Which objects of an answer are posts, or stand where a post would be."""

from scraper.posts.fields import join, peek
from scraper.posts.finder import Candidate, Candidates, PostRecognition, unwrap
from spiders.twitter.payload.layout import TwitterFormat

_GONE = frozenset({"TweetTombstone", "TweetUnavailable", "TweetPreviewDisplay"})
_USER_KEYS = frozenset({"screen_name", "followers_count"})
_POST_KEYS = frozenset({"full_text", "conversation_id_str", "user_id_str", "favorite_count", "retweet_count"})
PROMOTED = "promotedMetadata"
RESULT_KEYS = ("tweet_results", "tweetResult", "tweet_result", "tweetResults")
"""What a place for a post is called; the post is its ``result``."""


def recognise(value: object) -> TwitterFormat | None:
    """Return what *value* is, None for anything but a post or what X shows in its place."""
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
"""For what holds no timeline."""


def find_result(value: object, at: str) -> RawPost | None:
    """Return the post at a place for one, what stands there in its stead, or None where there is no such place."""
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
