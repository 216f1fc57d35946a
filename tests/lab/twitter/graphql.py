"""The GraphQL of guests: single posts, for a Bearer, a guest token, a known query and all required features."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.lab.messages import Ask, Reply, json_reply
from tests.lab.twitter.guests import Guests
from tests.lab.twitter.people import newer_user, older_user
from tests.lab.twitter.posts import Posts
from tests.lab.twitter.refusals import gone, limited, refuse, tombstone
from tests.lab.twitter.result import User, build_result
from tests.lab.twitter.tweet import Tweet

BEARER = "AAAAAAAAAAAAAAAAAAAAANRILgAAAAAAnNwIzUejRCOuH5E6I8xnZz4puTs%3D1Zv7ttfk8LF81IUq16cHjhLTvJu4FA33AGWWjCpTnA"
"""Token of the site's own web client, the same for all users."""
QUERIES: Mapping[str, User] = {"2ICDjqPd81tulZcYrtpTuQ": older_user, "qxWQxcMLiTPcavz9Qy5hwQ": newer_user}
"""An id names one version of the query, and therefore one form of the answer."""
FEATURES = (
    "creator_subscriptions_tweet_preview_api_enabled",
    "tweetypie_unmention_optimization_enabled",
    "responsive_web_edit_tweet_api_enabled",
    "graphql_is_translatable_rweb_tweet_is_translatable_enabled",
    "view_counts_everywhere_api_enabled",
    "longform_notetweets_consumption_enabled",
    "responsive_web_twitter_article_tweet_consumption_enabled",
    "tweet_awards_web_tipping_enabled",
    "freedom_of_speech_not_reach_fetch_enabled",
    "standardized_nudges_misinfo",
    "tweet_with_visibility_results_prefer_gql_limited_actions_policy_enabled",
    "longform_notetweets_rich_text_read_enabled",
    "longform_notetweets_inline_media_enabled",
    "responsive_web_graphql_exclude_directive_enabled",
    "verified_phone_label_enabled",
    "responsive_web_media_download_video_enabled",
    "responsive_web_graphql_skip_user_profile_image_extensions_enabled",
    "responsive_web_graphql_timeline_navigation_enabled",
    "responsive_web_enhance_cards_enabled",
)
_PATH = re.compile(r"(?:/i/api)?/graphql/([\w-]+)/TweetResultByRestId")
_LIMITED = {"limited_actions": [{"action": "Reply"}, {"action": "Retweet"}, {"action": "Like"}]}


class GraphQL:
    """Answers ``TweetResultByRestId``; *features* are required beside the known ones."""

    def __init__(self, posts: Posts, guests: Guests, features: tuple[str, ...] = ()) -> None:
        self._posts = posts
        self._guests = guests
        self._features = (*FEATURES, *features)

    def activate(self, ask: Ask) -> Reply:
        """Give a guest token to every request with the Bearer."""
        if ask.method != "POST":
            return gone("method")
        return refuse_bearer(ask) or json_reply({"guest_token": self._guests.issue(ask.now)})

    def answer(self, ask: Ask) -> Reply:
        """Answer one query."""
        found = _PATH.fullmatch(ask.path)
        if found is None or found[1] not in QUERIES or ask.method != "GET":
            return gone("no such query")
        if (refusal := refuse_bearer(ask)) is not None:
            return refusal
        if ask.member:
            return self._answer_member(ask, QUERIES[found[1]])
        token = ask.headers.get("x-guest-token", "")
        if reason := self._guests.refuse(token, ask.now):
            return refuse(403, 239, "Bad guest token", reason)
        allowance = self._guests.spend(token, ask.now)
        reply = limited(ask, allowance.reset) if allowance.remaining < 0 else self._judge(ask, QUERIES[found[1]])
        said = {name for name, _ in reply.headers}
        reply.headers += [pair for pair in allowance.headers if pair[0] not in said]
        return reply

    def _answer_member(self, ask: Ask, user: User) -> Reply:
        """Answer a query of an account, which must prove that it can read its own cookie."""
        csrf = ask.cookies.get("ct0", "")
        if ask.member == "dead" or ask.headers.get("x-twitter-auth-type") != "OAuth2Session":
            return refuse(401, 32, "Could not authenticate you", "account")
        if not csrf or ask.headers.get("x-csrf-token") != csrf:
            return refuse(403, 353, "This request requires a matching csrf cookie and header.", "csrf")
        return self._judge(ask, user)

    def _judge(self, ask: Ask, user: User) -> Reply:
        """Answer a query of a valid guest."""
        variables, features = _read(ask, "variables"), _read(ask, "features")
        post_id = None if variables is None else variables.get("tweetId")
        if not isinstance(post_id, str) or not post_id.isdigit():
            return refuse(422, 336, "tweetId must be defined", "variables")
        missing = [name for name in self._features if (features or {}).get(name) is None]
        if missing:
            return refuse(400, 336, f"The following features cannot be null: {', '.join(missing)}", "features")
        tweet = self._posts.find(post_id)
        return json_reply({"data": {}}, note="no such post") if tweet is None else _tell(ask, tweet, user)


def refuse_bearer(ask: Ask) -> Reply | None:
    """Return the refusal for another Bearer than the web client's."""
    if ask.headers.get("Authorization") == f"Bearer {BEARER}":
        return None
    return refuse(401, 32, "Could not authenticate you", "bearer")


def _tell(ask: Ask, tweet: Tweet, user: User) -> Reply:
    """Return the answer about *tweet*."""
    kind, detail = tweet.answer("graphql")
    if kind == "limited":
        return limited(ask)
    if kind == "empty":
        return json_reply({"data": {}})
    if kind == "nothing":
        return json_reply({"data": {"tweetResult": {}}})
    if kind == "denied":
        return json_reply({"errors": [_error(detail, 37)], "data": {}})
    if kind == "tombstone":
        return _result(tombstone(detail))
    if kind == "unavailable":
        return _result({"__typename": "TweetUnavailable", "reason": detail})
    result = build_result(tweet, user)
    if kind == "limits":
        inner = {name: value for name, value in result.items() if name != "__typename"}
        return _result({"__typename": "TweetWithVisibilityResults", "tweet": inner, "limitedActionResults": _LIMITED})
    return _result(result, errors=[_error(detail, 131)] if kind == "errors" else None)


def _result(result: dict[str, Any], errors: list[dict[str, Any]] | None = None) -> Reply:
    body: dict[str, Any] = {"data": {"tweetResult": {"result": result}}}
    return json_reply(body if errors is None else {"errors": errors, **body})


def _error(message: str, code: int) -> dict[str, Any]:
    path = ["tweetResult", "result", "core", "user_results", "result", "legacy"]
    said = {"name": "GenericError", "source": "Server", "code": code, "kind": "Operational"}
    return {"message": message, "locations": [{"line": 42, "column": 7}], "path": path, "extensions": said, **said}


def _read(ask: Ask, name: str) -> dict[str, Any] | None:
    try:
        value = json.loads(ask.query.get(name, ""))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
