"""The GraphQL of the played Twitter/X: its requirements, and its answers about the state of a post."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.lab import media
from tests.lab.catalog import many_post
from tests.lab.process import LabProcess
from tests.lab.twitter.graphql import FEATURES
from tests.lab.twitter.reading import NEWER, OLDER, POSTS, activate, embed, gone, query, refused, result
from tests.lab.twitter.tweet import Tweet

TWEETS = {name: Tweet.of(post) for name, post in POSTS.items() if post.id}


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def token(lab: LabProcess) -> str:
    return activate(lab)


@pytest.mark.parametrize(
    "base", ["https://x.com/i/api/graphql", "https://twitter.com/i/api/graphql", "https://api.twitter.com/graphql"]
)
def test_graphql_addresses(lab: LabProcess, token: str, base: str) -> None:
    assert query(lab, POSTS["text"].id, token, base=base).status == 200


def test_graphql_wants_a_known_query_and_all_features(lab: LabProcess, token: str) -> None:
    post_id = POSTS["video"].id
    assert gone(lab, query(lab, post_id, token, query_id="madeUpMadeUpMadeUpMade")) == "no such query"
    got = query(lab, post_id, token, features=FEATURES[2:])
    assert refused(lab, got, 400, 336) == "features"
    message = json.loads(got.body)["errors"][0]["message"]
    assert message == f"The following features cannot be null: {FEATURES[0]}, {FEATURES[1]}"
    assert refused(lab, query(lab, "video", token), 422, 336) == "variables"
    assert json.loads(query(lab, "1111111111111111111", token).body) == {"data": {}}


def test_graphql_shapes(lab: LabProcess, token: str) -> None:
    older, newer = (result(lab, "video", token, query_id) for query_id in (OLDER, NEWER))
    for said in (older, newer):
        assert (said["__typename"], said["rest_id"]) == ("Tweet", POSTS["video"].id)
        assert said["legacy"]["created_at"].split()[4] == "+0000"
        assert int(said["views"]["count"]) > 0
    assert older["core"]["user_results"]["result"]["legacy"]["screen_name"] == "lab_video"
    assert newer["core"]["user_results"]["result"]["core"]["screen_name"] == "lab_video"
    assert "legacy" not in newer["core"]["user_results"]["result"]


@pytest.mark.parametrize(
    "name", [name for name, tweet in TWEETS.items() if isinstance(tweet.data.get("answers", {}).get("graphql"), dict)]
)
def test_graphql_says_why(lab: LabProcess, token: str, name: str) -> None:
    kind, detail = TWEETS[name].answer("graphql")
    said = json.loads(query(lab, POSTS[name].id, token).body)
    if kind in ("denied", "errors"):
        assert said["errors"][0]["message"] == detail
        assert bool(said["data"]) == (kind == "errors")
    elif kind == "unavailable":
        assert said["data"]["tweetResult"]["result"] == {"__typename": "TweetUnavailable", "reason": detail}
    else:
        assert said["data"]["tweetResult"]["result"]["tombstone"]["text"]["text"] == f"{detail} Learn more"


def test_graphql_other_answers(lab: LabProcess, token: str) -> None:
    assert json.loads(query(lab, POSTS["deleted"].id, token).body) == {"data": {}}
    assert json.loads(query(lab, POSTS["deleted-empty"].id, token).body) == {"data": {"tweetResult": {}}}
    limits = result(lab, "visibility", token)
    assert limits["__typename"] == "TweetWithVisibilityResults"
    assert limits["tweet"]["rest_id"] == POSTS["visibility"].id
    for got in (query(lab, POSTS["busy"].id, token), embed(lab, POSTS["busy"].id)):
        assert refused(lab, got, 429, 88) == "rate limit"
        assert int(got.headers["x-rate-limit-reset"]) - time.time() < 3


def test_texts(lab: LabProcess, token: str) -> None:
    legacy = result(lab, "words", token)["legacy"]
    text, (start, end) = legacy["full_text"], legacy["display_text_range"]
    assert text[start:end].startswith("R&amp;D &lt;tests&gt; #Überall")
    assert text[end:].strip() == legacy["entities"]["media"][0]["url"]
    entities = legacy["entities"]
    assert [tag["text"] for tag in entities["hashtags"]] == ["Überall", "two_words", "日本語"]
    (url,) = entities["urls"]
    assert url["expanded_url"] == "https://example.org/a?b=1&c=2"
    for one in (*entities["urls"], *entities["media"]):
        assert text[slice(*one["indices"])] == one["url"]
    reply = result(lab, "reply", token)["legacy"]
    assert reply["full_text"][slice(*reply["display_text_range"])] == "That is the one"
    assert reply["in_reply_to_screen_name"] == "lab_photo"
    long = result(lab, "long", token)
    assert long["note_tweet"]["note_tweet_results"]["result"]["text"] == POSTS["long"].data["text"]
    assert POSTS["long"].data["text"].startswith(long["legacy"]["full_text"].partition("…")[0])


def test_posts_inside_posts_and_cards(lab: LabProcess, token: str) -> None:
    quoted = result(lab, "quote", token)["quoted_status_result"]["result"]
    assert json.loads(embed(lab, quoted["rest_id"]).body)["user"]["screen_name"] == "lab_quoted"
    repost = result(lab, "repost", token)["legacy"]
    assert repost["full_text"].startswith("RT @lab_first: ")
    assert repost["retweeted_status_result"]["result"]["legacy"]["extended_entities"]
    values = {
        pair["key"]: pair["value"] for pair in result(lab, "card-unified", token)["card"]["legacy"]["binding_values"]
    }
    (medium,) = json.loads(values["unified_card"]["string_value"])["media_entities"].values()
    assert lab.client.request(medium["video_info"]["variants"][-1]["url"]).body == media.load("hd-mp4")
    assert result(lab, "card-space", token)["card"]["legacy"]["name"].endswith(":audiospace")


def test_many_posts(lab: LabProcess, token: str) -> None:
    post = many_post(19_999, "twitter")
    said = json.loads(embed(lab, post.id).body)
    assert said["text"].startswith("one of many, number 19999 #load")
    assert 8_000 < len(lab.client.request(said["video"]["variants"][0]["src"]).body) < 40_000
    assert json.loads(query(lab, post.id, token).body)["data"]["tweetResult"]["result"]["rest_id"] == post.id
    assert gone(lab, embed(lab, many_post(20_000, "twitter").id)) == "no such post"
