"""Turn any answer of Twitter/X into posts, or raise the reason for none."""

from dataclasses import replace
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Page
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import find_posts
from scraper.posts.reader import AnswerReader
from scraper.posts.scripts import load_json
from scraper.text.unicode import clean_text
from spiders.twitter.payload.layout import TwitterFormat
from spiders.twitter.payload.outcome import find_errors, judge_reason
from spiders.twitter.payload.post import parse_raw
from spiders.twitter.payload.recognise import LOOK, RESULT_KEYS, FoundPosts, RawPost
from spiders.twitter.payload.rooms import find_room
from spiders.twitter.payload.timeline import find_timeline

_POST = "data.tweetResult.result"
_NO_POSTS = {  # key of an answer that is not about posts -> its description
    "screen_name": "a user",
    "users": "a list of users",
    "trends": "a list of trends",
    "guest_token": "a guest token",
}


class TwitterReader(AnswerReader[TwitterFormat]):
    """Reads answers of GraphQL, of the embed, and of old APIs."""

    look = replace(LOOK, container=find_timeline)
    post_at = _POST
    id_at = "rest_id"

    def parse(self, raw: RawPost) -> Post:
        """Turn the object into a Post."""
        return parse_raw(raw)

    def find(self, text: str) -> FoundPosts:
        """Return the posts of an answer, which is never a page."""
        text = text.removeprefix("\ufeff")
        if text.lstrip()[:1] not in ("{", "["):
            raise PayloadError("$", f"expected JSON, got {clean_text(text.strip()[:20])!r}")
        data = load_json(text)
        found = find_posts(self.look, data)
        if found is not None and found.raws:
            return found
        if (outcome := find_errors(data) or find_room(data)) is not None:
            raise outcome
        if found is not None:
            return found
        if data == [] or any(peek(data, key) == [] for key in self.look.empty):
            return FoundPosts([], Page(n_items=0))
        raise _find_gone(data) or _find_other(data) or _explain(data)


_READER = TwitterReader()
parse_answer, parse_post, find_own = _READER.parse_answer, _READER.parse_post, _READER.find_own


def _find_gone(data: Any) -> SeedError | None:
    """Return the error for an answer whose field for the post, or for its author, is empty."""
    inner = peek(data, "data")
    places = [peek(inner, key) for key in RESULT_KEYS if isinstance(inner, dict) and key in inner]
    if data == {} or inner == {} or any(place in ({}, {"result": {}}, {"result": None}, []) for place in places):
        return SeedError(ErrorCode.REMOVED)
    user = peek(inner, "user")
    if user == {}:
        return SeedError(ErrorCode.USER_GONE)
    reason = peek(user, "result.reason")
    if isinstance(reason, str) and reason:
        return SeedError(judge_reason(reason), raw_code=clean_text(reason)[:200], raw_message="UserUnavailable")
    return None


def _find_other(data: Any) -> SeedError | None:
    """Return the error for an answer that is not about posts."""
    if isinstance(peek(data, "data.user.result"), dict):
        return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message="a user, not a post")
    key = next((key for key in _NO_POSTS if isinstance(data, dict) and key in data), None)
    return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{_NO_POSTS[key]}, not a post") if key else None


def _explain(data: Any) -> PayloadError:
    """Return the error for JSON of unknown shape: the missing value."""
    if not isinstance(data, dict):
        return PayloadError("$", f"expected a post or a list of posts, got {type_name(data)}")
    for key in RESULT_KEYS:
        if isinstance(peek(data, "data"), dict) and key in data["data"]:
            place = join("data", key)
            return PayloadError(
                join(place, "result"), f"expected dict, got {type_name(peek(data, join(place, 'result')))}"
            )
    keys = ", ".join(clean_text(str(key))[:40] for key in list(data)[:8])
    return PayloadError(_POST, f"expected dict, got nothing (keys: {keys})")
