"""The played Twitter/X refuses what the real one refuses: embeds, guests, pages, links."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scraper.errors import ErrorCode
from tests.lab.catalog import SNOWFLAKE_EPOCH
from tests.lab.process import LabProcess
from tests.lab.twitter.base36 import embed_token
from tests.lab.twitter.graphql import FEATURES
from tests.lab.twitter.reading import AUTH, POSTS, activate, embed, embedded, gone, query, refused, result


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def token(lab: LabProcess) -> str:
    return activate(lab)


def test_posts_are_well_formed() -> None:
    ids = [post.id for post in POSTS.values() if post.id]
    assert len(set(ids)) == len(ids)
    for name, post in POSTS.items():
        assert post.outcome == "ok" or ErrorCode(post.outcome)
        assert post.kind == ("short" if "//t.co/" in post.url else "post"), name
        if post.id:
            assert ((int(post.id) >> 22) + SNOWFLAKE_EPOCH) // 1000 == post.created, name
            handle = post.data["author"]["handle"]
            assert re.fullmatch(r"\w{1,15}", handle)
            assert post.url == f"https://x.com/{handle}/status/{post.id}"


# The embed endpoint


@pytest.mark.parametrize(
    ("post_id", "wanted"),
    [
        ("20", "6dq1a2xwd93"),
        ("665052190608723968", "1m1bmpg2m2t"),
        ("1577855540407197696", "3toz99oivuy"),
        ("2001950365332455490", "4upb92tr14x"),
    ],
)
def test_embed_token(post_id: str, wanted: str) -> None:
    assert embed_token(post_id) == wanted


def test_embed_wants_its_token(lab: LabProcess) -> None:
    post_id = POSTS["video"].id
    assert embed(lab, post_id).status == 200
    assert gone(lab, embed(lab, post_id, token="")) == "token"
    assert gone(lab, embed(lab, post_id, token=embed_token(POSTS["photo"].id))) == "token"
    assert gone(lab, lab.client.request(f"https://cdn.syndication.twimg.com/tweet-result?id={post_id}")) == "no token"
    assert gone(lab, lab.client.request("https://cdn.syndication.twimg.com/tweet-result?id=video&token=x")) == "no id"
    assert gone(lab, embed(lab, "1111111111111111111")) == "no such post"
    assert gone(lab, embed(lab, POSTS["deleted"].id)) == "deleted"


def test_embed_answer(lab: LabProcess) -> None:
    got = embed(lab, POSTS["video"].id)
    said = json.loads(got.body)
    assert (said["__typename"], said["id_str"]) == ("Tweet", POSTS["video"].id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", said["created_at"])
    assert said["user"]["screen_name"] == "lab_video"
    assert [one["type"] for one in said["mediaDetails"]] == ["video"]
    assert said["video"]["durationMs"] == 5000
    assert {"views", "retweet_count", "extended_entities"}.isdisjoint(said)
    assert "max-age" in got.headers["Cache-Control"]
    tag = got.headers["ETag"]
    url = f"https://cdn.syndication.twimg.com/tweet-result?id={said['id_str']}&token={embed_token(said['id_str'])}"
    assert lab.client.request(url, {"If-None-Match": tag}).status == 304


def test_embed_lacks_what_the_real_one_lacks(lab: LabProcess, token: str) -> None:
    assert "mediaDetails" not in embedded(lab, "embed-no-media")
    assert result(lab, "embed-no-media", token)["legacy"]["extended_entities"]["media"]
    assert {"favorite_count", "conversation_count"}.isdisjoint(embedded(lab, "embed-no-counters"))
    assert result(lab, "embed-no-counters", token)["legacy"]["favorite_count"]
    assert "mediaDetails" not in embedded(lab, "repost")
    assert "card" not in embedded(lab, "card-unified")
    assert embedded(lab, "card-poll")["card"]["binding_values"]["choice1_label"]["string_value"] == "Bars"
    assert "note_tweet_results" not in embedded(lab, "long")["note_tweet"]
    assert embedded(lab, "quote")["quoted_tweet"]["mediaDetails"]


@pytest.mark.parametrize("name", ["nsfw", "protected", "suspended", "tomb-deleted", "withheld", "limited"])
def test_embed_tombstones(lab: LabProcess, name: str) -> None:
    said = embedded(lab, name)
    assert said["__typename"] == "TweetTombstone"
    assert said["tombstone"]["text"]["text"].endswith(". Learn more")


def test_embed_may_say_nothing(lab: LabProcess) -> None:
    assert embedded(lab, "deleted-empty") == {}


# Guests


def test_bearer(lab: LabProcess, token: str) -> None:
    wrong = {"Authorization": "Bearer AAAAmadeup", "x-guest-token": token}
    url = "https://api.x.com/1.1/guest/activate.json"
    assert refused(lab, lab.client.request(url, wrong, method="POST"), 401, 32) == "bearer"
    assert refused(lab, query(lab, "20", token, headers=wrong), 401, 32) == "bearer"
    assert refused(lab, query(lab, "20", token, headers={"x-guest-token": token}), 401, 32) == "bearer"
    assert gone(lab, lab.client.request(url, AUTH)) == "method"


def test_guest_token(lab: LabProcess, token: str) -> None:
    assert refused(lab, query(lab, "20", str(int(token) + 1)), 403, 239) == "made-up guest token"
    assert refused(lab, query(lab, "20", ""), 403, 239) == "no guest token"
    got = query(lab, POSTS["video"].id, activate(lab, "api.twitter.com"))
    assert (got.headers["x-rate-limit-limit"], got.headers["x-rate-limit-remaining"]) == ("180", "179")
    assert 895 < int(got.headers["x-rate-limit-reset"]) - time.time() < 902


def test_guest_token_expires_and_its_budget_ends(start_lab: Callable[..., LabProcess]) -> None:
    lab = start_lab("--guest-life", "1.5", "--guest-budget", "2", "--guest-window", "0.4", "--feature", "lab_enabled")
    token, post_id, features = activate(lab), POSTS["video"].id, (*FEATURES, "lab_enabled")
    missing = query(lab, post_id, token)
    assert json.loads(missing.body)["errors"][0]["message"] == "The following features cannot be null: lab_enabled"
    assert query(lab, post_id, token, features=features).headers["x-rate-limit-remaining"] == "0"
    spent = query(lab, post_id, token, features=features)
    assert refused(lab, spent, 429, 88) == "rate limit"
    assert spent.headers["x-rate-limit-remaining"] == "0"
    assert int(spent.headers["x-rate-limit-reset"]) >= time.time()
    time.sleep(0.4)
    assert query(lab, post_id, token, features=features).status == 200
    time.sleep(1.2)
    assert refused(lab, query(lab, post_id, token, features=features), 403, 239) == "expired guest token"


def test_page_sets_a_guest_token(lab: LabProcess) -> None:
    got = lab.client.request(POSTS["video"].url)
    assert got.status == 200
    assert len(got.body) > 200_000
    found = re.search(rb'document\.cookie="gt=(\d{19});', got.body)
    assert found is not None
    assert got.cookies == {"guest_id": f"v1%3A{found[1].decode()}"}
    assert query(lab, POSTS["video"].id, found[1].decode()).status == 200


# Links


@pytest.mark.parametrize("post", [post for post in POSTS.values() if "hops" in post.data], ids=lambda post: post.name)
def test_short_links(lab: LabProcess, post: Any) -> None:
    target = post.data["hops"][0]
    got = lab.client.request(post.url, {"User-Agent": "curl/8.5.0"})
    assert (got.status, got.headers["Location"]) == (301, target)
    page = lab.client.request(post.url)
    assert page.status == 200
    assert f'content="0;URL={target}"'.encode() in page.body


def test_links_of_a_text_lead_on(lab: LabProcess, token: str) -> None:
    url = result(lab, "words", token)["legacy"]["entities"]["urls"][0]
    got = lab.client.request(url["url"], {"User-Agent": "curl/8.5.0"})
    assert got.headers["Location"] == url["expanded_url"]
    assert lab.client.request(POSTS["link-dead"].url).status == 404


def test_other_names_of_the_site(lab: LabProcess) -> None:
    for host in ("twitter.com", "www.twitter.com", "mobile.twitter.com", "www.x.com"):
        got = lab.client.request(f"https://{host}/lab_video/status/1?s=20")
        assert (got.status, got.headers["Location"]) == (301, "https://x.com/lab_video/status/1?s=20")
    assert lab.client.request(POSTS["link-warned"].data["hops"][0]).status == 200
