"""The played Twitter/X refuses what the real one refuses, and delivers what it delivers."""

import io
import json
import math
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import av
import pytest

from scraper.core.errors import ErrorCode
from tests.lab import media
from tests.lab.catalog import SNOWFLAKE_EPOCH, load_posts, many_post
from tests.lab.client import Got
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES
from tests.lab.twitter.base36 import embed_token
from tests.lab.twitter.films import FILMS
from tests.lab.twitter.graphql import BEARER, FEATURES, QUERIES
from tests.lab.twitter.tweet import Tweet

POSTS = {post.name.removeprefix("twitter-"): post for post in load_posts() if post.platform == "twitter"}
TWEETS = {name: Tweet.of(post) for name, post in POSTS.items() if post.id}
OLDER, NEWER = QUERIES
AUTH = {"Authorization": f"Bearer {BEARER}"}


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def token(lab: LabProcess) -> str:
    return activate(lab)


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
    """Return why, as the log has it."""
    assert got.status == status
    assert [error["code"] for error in json.loads(got.body)["errors"]] == [code]
    return lab.log()[-1].note


def gone(lab: LabProcess, got: Got) -> str:
    assert (got.status, got.body) == (404, b"")
    return lab.log()[-1].note


def test_posts_are_well_formed() -> None:
    assert len({tweet.id for tweet in TWEETS.values()}) == len(TWEETS)
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


# GraphQL


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


# Media


def variants(lab: LabProcess, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = embedded(lab, name)["mediaDetails"][0]["video_info"]["variants"]
    return found


def test_video_wants_no_foreign_referer(lab: LabProcess) -> None:
    url = variants(lab, "video")[-1]["url"]
    for referer in ("https://x.com/", "https://twitter.com/lab_video/status/1", ""):
        assert lab.client.request(url, {"Referer": referer} if referer else {}).status == 200
    for referer in ("https://example.org/", "https://t.co/", "https://x.com.example.org/", "http://127.0.0.1/"):
        got = lab.client.request(url, {"Referer": referer})
        assert (got.status, lab.log()[-1].note) == (403, "referer")


def test_mp4s(lab: LabProcess) -> None:
    found = variants(lab, "video")
    assert found[0]["content_type"] == "application/x-mpegURL"
    assert "bitrate" not in found[0]
    assert [one["bitrate"] for one in found[1:]] == [288_000, 832_000, 2_176_000]
    for one, name in zip(found[1:], FILMS["hd"].files, strict=True):
        recipe = RECIPES[name]
        assert f"/pu/vid/avc1/{recipe.width}x{recipe.height}/" in one["url"]
        assert lab.client.request(one["url"]).body == media.load(name)
    part = lab.client.request(found[1]["url"], {"Range": "bytes=100-199"})
    assert (part.status, part.body) == (206, media.load("hd-mp4-270")[100:200])
    assert part.headers["ETag"]
    assert gone(lab, lab.client.request(found[1]["url"].replace("480x270", "640x360"))) == "no such file"
    assert lab.client.request(variants(lab, "video-gone")[1]["url"]).status == 404
    assert lab.client.request(variants(lab, "video-geo")[1]["url"]).status == 403
    assert "/amplify_video/" in variants(lab, "video-geo")[1]["url"]


def test_gif_has_no_sound(lab: LabProcess) -> None:
    (only,) = variants(lab, "gif")
    assert only["bitrate"] == 0
    assert re.fullmatch(r"https://video\.twimg\.com/tweet_video/[\w-]+\.mp4", only["url"])
    assert streams(lab.client.request(only["url"]).body) == {"video": 2.0}


def streams(data: bytes) -> dict[str, float]:
    """Return kind and seconds of every stream in *data*."""
    with av.open(io.BytesIO(data), "r") as container:
        ends = dict.fromkeys((stream.type for stream in container.streams), 0.0)
        for packet in container.demux():
            if packet.pts is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                ends[packet.stream.type] = max(ends[packet.stream.type], end)
        return {kind: round(end, 1) for kind, end in ends.items()}


def join(lab: LabProcess, playlist: str) -> tuple[bytes, float]:
    """Return all pieces of a playlist, and how long it says they are."""
    text = lab.client.request(playlist).body.decode()
    head = re.search(r'#EXT-X-MAP:URI="(.+)"', text)
    assert head is not None
    pieces = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(piece.endswith(".m4s") for piece in pieces)
    assert len(pieces) > 1
    data = b"".join(lab.client.request(urljoin(playlist, path)).body for path in (head[1], *pieces))
    return data, sum(map(float, re.findall(r"#EXTINF:([\d.]+),", text)))


def test_hls(lab: LabProcess) -> None:
    (only,) = variants(lab, "hls")
    got = lab.client.request(only["url"])
    master = got.body.decode()
    assert got.headers["Content-Type"] == "application/x-mpegURL"
    sounds = dict(re.findall(r'TYPE=AUDIO,GROUP-ID="(audio-\d+)",AUTOSELECT=YES,URI="(.+)"', master))
    pictures = re.findall(r'RESOLUTION=(\d+x\d+),.*AUDIO="(audio-\d+)"\n(.+)', master)
    assert list(sounds) == ["audio-128000", "audio-64000", "audio-32000"]
    assert [(size, group) for size, group, _ in pictures] == [
        ("1280x720", "audio-128000"),
        ("852x480", "audio-64000"),
        ("640x360", "audio-32000"),
    ]
    picture, length = join(lab, urljoin(only["url"], pictures[0][2]))
    assert streams(picture) == {"video": 5.0}
    assert math.isclose(length, 5, abs_tol=0.1)
    sound, length = join(lab, urljoin(only["url"], sounds["audio-64000"]))
    assert streams(sound) == {"audio": 5.0}
    assert math.isclose(length, 5, abs_tol=0.1)


def still(data: bytes) -> tuple[str, int, int]:
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        return stream.codec_context.name, stream.width, stream.height


@pytest.mark.parametrize(
    ("tail", "wanted"),
    [
        ("?format=jpg&name=orig", ("mjpeg", 2400, 1800)),
        ("?format=jpg&name=4096x4096", ("mjpeg", 2400, 1800)),
        ("?format=jpg&name=large", ("mjpeg", 2048, 1536)),
        ("?format=webp&name=medium", ("webp", 1200, 900)),
        ("?format=png&name=small", ("png", 680, 510)),
        (".jpg:orig", ("mjpeg", 2400, 1800)),
        (".jpg?name=small", ("mjpeg", 680, 510)),
        (".jpg", ("mjpeg", 1200, 900)),
    ],
)
def test_photo_sizes(lab: LabProcess, tail: str, wanted: tuple[str, int, int]) -> None:
    url = embedded(lab, "photo")["photos"][0]["url"].removesuffix(".jpg")
    got = lab.client.request(f"{url}{tail}", {"Referer": "https://example.org/"})
    assert still(got.body) == wanted
    assert got.headers["Content-Type"] == f"image/{wanted[0].replace('mjpeg', 'jpeg')}"


def test_photos_that_cannot_be_had(lab: LabProcess) -> None:
    orig = embedded(lab, "orig-broken")["photos"][0]["url"].removesuffix(".jpg")
    assert lab.client.request(f"{orig}?format=jpg&name=orig").status == 502
    assert lab.client.request(f"{orig}?format=jpg&name=4096x4096").body == media.load("shot-1")
    assert lab.client.request(embedded(lab, "photo-gone")["photos"][0]["url"]).status == 404
    assert gone(lab, lab.client.request(f"{orig}?format=gif&name=large")) == "large.gif: no such size or form"
    assert gone(lab, lab.client.request(f"{orig}?format=jpg&name=huge")) == "huge.jpg: no such size or form"
    assert gone(lab, lab.client.request("https://pbs.twimg.com/media/Gmadeup.jpg")) == "no such picture"
    details = embedded(lab, "one-withheld")["mediaDetails"]
    assert [one["ext_media_availability"]["status"] for one in details] == ["Available", "Unavailable"]


def test_stills_and_avatars(lab: LabProcess) -> None:
    for name, folder in (
        ("video", "ext_tw_video_thumb"),
        ("tall", "amplify_video_thumb"),
        ("gif", "tweet_video_thumb"),
    ):
        url = embedded(lab, name)["mediaDetails"][0]["media_url_https"]
        assert f"/{folder}/" in url
        assert lab.client.request(url).body.startswith(b"\xff\xd8")
    avatar = embedded(lab, "video")["user"]["profile_image_url_https"]
    assert still(lab.client.request(avatar).body) == ("mjpeg", 48, 48)
    assert still(lab.client.request(avatar.replace("_normal", "_400x400")).body) == ("mjpeg", 100, 100)
