"""The platform's APIs as a client uses them, for tests of the lab's rules."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.lab.catalog import load_posts
from tests.lab.client import Got
from tests.lab.process import LabProcess
from tests.lab.twitter.base36 import embed_token
from tests.lab.twitter.graphql import BEARER, FEATURES, QUERIES

POSTS = {post.name.removeprefix("twitter-"): post for post in load_posts() if post.platform == "twitter"}
OLDER, NEWER = QUERIES
AUTH = {"Authorization": f"Bearer {BEARER}"}


def activate(lab: LabProcess, host: str = "api.x.com") -> str:
    got = lab.client.request(f"https://{host}/1.1/guest/activate.json", AUTH, method="POST")
    given: str = json.loads(got.body)["guest_token"]
    return given


def embed(lab: LabProcess, post_id: str, **query: str) -> Got:
    given = {"id": post_id, "lang": "en", "token": embed_token(post_id), **query}
    return lab.client.request(f"https://cdn.syndication.twimg.com/tweet-result?{urlencode(given)}")


def embedded(lab: LabProcess, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(embed(lab, POSTS[name].id).body)
    return answer


def query(
    lab: LabProcess,
    post_id: str,
    token: str,
    *,
    base: str = "https://api.x.com/graphql",
    query_id: str = OLDER,
    features: tuple[str, ...] = FEATURES,
    headers: dict[str, str] | None = None,
) -> Got:
    given = {"variables": {"tweetId": post_id, "withVoice": False}, "features": dict.fromkeys(features, True)}
    text = urlencode({name: json.dumps(value) for name, value in given.items()}, quote_via=quote)
    sent = {**AUTH, "x-guest-token": token} if headers is None else headers
    return lab.client.request(f"{base}/{query_id}/TweetResultByRestId?{text}", sent)


def result(lab: LabProcess, name: str, token: str, query_id: str = OLDER) -> dict[str, Any]:
    got = query(lab, POSTS[name].id, token, query_id=query_id)
    assert got.status == 200
    found: dict[str, Any] = json.loads(got.body)["data"]["tweetResult"]["result"]
    return found


def refused(lab: LabProcess, got: Got, status: int, code: int) -> str:
    """Return the reason of a refusal, from the log."""
    assert got.status == status
    assert [error["code"] for error in json.loads(got.body)["errors"]] == [code]
    return lab.log()[-1].note


def gone(lab: LabProcess, got: Got) -> str:
    assert (got.status, got.body) == (404, b"")
    return lab.log()[-1].note
