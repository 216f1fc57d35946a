"""Any answer of Twitter/X -> posts, or why there is none."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Answer, Page, collect
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import find_posts, pick
from scraper.posts.scripts import load_json
from scraper.text.unicode import clean_text
from spiders.twitter.payload.outcome import find_errors, judge_reason
from spiders.twitter.payload.post import parse_raw
from spiders.twitter.payload.recognise import LOOK, RESULT_KEYS, FoundPosts, RawPost
from spiders.twitter.payload.rooms import find_room
from spiders.twitter.payload.timeline import find_timeline

_LOOK = replace(LOOK, container=find_timeline)
_POST = "data.tweetResult.result"
_NO_POSTS = {  # key of an answer about something else -> what that is
    "screen_name": "a user",
    "users": "a list of users",
    "trends": "a list of trends",
    "guest_token": "a guest token",
}


def parse_answer(text: str) -> Answer:
    """
    Read a saved answer of any shape.

    Raise SeedError where X says why there is no post, PayloadError with the missing path where nobody does. Of a list,
    entries that cannot be read are left out; its page counts them all.
    """
    found = _find(text)
    if found.page is None:
        return Answer(posts=[parse_raw(found.raws[0])])
    return collect(found.raws, parse_raw, found.page)


def parse_post(text: str, post_id: str) -> Post:
    """Read the answer about one post; *post_id* picks it from a conversation and guards against another one."""
    raws = _find(text).raws
    if not raws:
        raise PayloadError(_POST, "expected dict, got nothing")
    chosen = next((raw for raw in raws if _id(raw) == post_id), raws[0])
    post = parse_raw(chosen)
    if post.id != post_id:
        raise PayloadError(join(chosen.at, "rest_id"), f"expected {post_id}, got {post.id}")
    return post


def find_own(text: str, post_id: str) -> Mapping[str, Any] | None:
    """Return the object that describes the post *post_id* in an answer, None where there is none."""
    return pick(lambda: _find(text).raws, post_id, _id)


def _id(raw: RawPost) -> object:
    return raw.data.get("rest_id") or raw.data.get("id_str")


def _find(text: str) -> FoundPosts:
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] not in ("{", "["):
        raise PayloadError("$", f"expected JSON, got {clean_text(text.strip()[:20])!r}")
    data = load_json(text)
    found = find_posts(_LOOK, data)
    if found is not None and found.raws:
        return found
    if (outcome := find_errors(data) or find_room(data)) is not None:
        raise outcome
    if found is not None:
        return found
    if data == [] or any(peek(data, key) == [] for key in _LOOK.empty):
        return FoundPosts([], Page(n_items=0))
    raise _find_gone(data) or _find_other(data) or _explain(data)


def _find_gone(data: Any) -> SeedError | None:
    """Return the error for an answer in which the place of the post, or of its author, is empty."""
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
    """Return the error for an answer about something else than posts."""
    if isinstance(peek(data, "data.user.result"), dict):
        return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message="a user, no post")
    key = next((key for key in _NO_POSTS if isinstance(data, dict) and key in data), None)
    return SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=f"{_NO_POSTS[key]}, no post") if key else None


def _explain(data: Any) -> PayloadError:
    """Return the error for JSON of no known kind: what is missing."""
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
