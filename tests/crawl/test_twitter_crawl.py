"""Twitter/X, crawled from the lab: media in order and in full, guest tokens, what is asked of whom, what is typed."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES
from tests.lab.twitter.attached import attachments
from tests.lab.twitter.reading import POSTS
from tests.lab.twitter.tweet import Tweet
from tests.support.packets import digests, seconds
from tests.support.played import Played, play

StartLab = Callable[..., LabProcess]
SHOWN = (
    *("photo", "photos", "link-photo-2", "png", "mixed", "gif", "hls", "video", "tall", "orig-broken", "quote-text"),
    *("link-twitter", "link-warned", "link-away", "link-dead", "long", "words", "reply", "embed-no-counters"),
)
ASKED = (
    *(
        "quote",
        "repost",
        "visibility",
        "dependency",
        "embed-no-media",
        "card-unified",
        "one-withheld",
        "nsfw",
        "no-age",
    ),
    *("protected", "suspended", "deleted", "deleted-empty", "denied", "limited", "withheld", "text", "card-player"),
    *("tomb-age", "tomb-deleted", "tomb-suspended", "tomb-violated"),
)
NO_SUCH_PHOTO = f"{POSTS['photos'].url}/photo/9"
FIRST_VIDEO = f"{POSTS['mixed'].url}/video/1"
GUESTS = ("repost", "dependency", "embed-no-media", "card-unified")
QUERY = "TweetResultByRestId"


def run(lab: LabProcess, folder: Path, seeds: Iterable[str], *faults: str, **settings: Any) -> Played:
    return play(lab, folder, "twitter", POSTS, seeds, *faults, **settings)


def address(name: str) -> str:
    """Return a pattern for the URL of the first photo of a post, without its size."""
    return re.escape(attachments(Tweet.of(POSTS[name]))[0].still_url.rpartition(".")[0].partition("//")[2])


@pytest.fixture(scope="module")
def shown(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl of posts that the embed shows, some of whose files are broken."""
    best = attachments(Tweet.of(POSTS["tall"]))[0].variants[-1]["url"].partition("?")[0]
    faults = (f"status-502:{address('quote-text')}.*name=(orig|4096x4096)", f"status-502:{best}:1")
    return run(lab, tmp_path_factory.mktemp("shown"), [*SHOWN, NO_SUCH_PHOTO, FIRST_VIDEO], *faults)


@pytest.fixture(scope="module")
def asked(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl of posts that need a guest's query."""
    return run(lab, tmp_path_factory.mktemp("asked"), ASKED)


def test_photos_come_in_full_and_in_order(shown: Played) -> None:
    media = shown.record("photos")["media"]
    assert [medium["index"] for medium in media] == [1, 2, 3, 4]
    for number, medium in enumerate(media, 1):
        recipe = RECIPES[f"shot-{number}"]
        probe = medium["files"][0]["probe"]
        assert (probe["width"], probe["height"]) == (medium["width"], medium["height"]) == (recipe.width, recipe.height)
        assert medium["variants"][medium["files"][0]["variant"]]["url"].endswith("name=orig")
        assert digests(shown.path("photos", number)) == digests(f"shot-{number}")
    assert shown.record("photos")["warnings"] == shown.record("photo")["warnings"] == []


def test_a_photo_whose_original_is_broken_comes_in_the_next_size_and_says_so(shown: Played) -> None:
    """The largest copy of a photo below 4096 pixels has all of them; the one after it has not."""
    found = {}
    for name in ("orig-broken", "quote-text"):
        post, file = shown.record(name), shown.file(name)
        quality = post["media"][0]["variants"][file["variant"]]["quality"]
        found[name] = (quality, file["probe"]["width"], file["probe"]["height"], post["warnings"])
    assert found == {
        "orig-broken": ("4096x4096", 2400, 1800, ["fallback:1:timeout"]),
        "quote-text": ("large", 1200, 1600, ["fallback:1:timeout"]),
    }


def test_a_smaller_photo_than_announced_is_a_warning(lab: LabProcess, tmp_path: Path) -> None:
    done = run(lab, tmp_path, ["photo"], f"status-404:{address('photo')}.*name=(orig|4096x4096)")
    file = done.file("photo")
    assert (file["probe"]["width"], file["probe"]["height"]) == (2048, 1536)
    assert done.record("photo")["warnings"] == ["fallback:1:gone", "smaller_than_announced:1"]


def test_a_server_that_is_out_of_order_once_is_asked_once_more(shown: Played) -> None:
    assert shown.record("tall")["warnings"] == []
    assert digests(shown.path("tall")) == digests("tall-mp4-480")


def test_mixed_media_keep_their_order(shown: Played) -> None:
    media = shown.record("mixed")["media"]
    assert [(m["index"], m["role"], m["files"][0]["path"][-4:]) for m in media] == [
        (1, "video", ".mp4"),
        (2, "image", ".jpg"),
        (3, "image", ".jpg"),
        (4, "image", ".png"),
    ]


def test_a_gif_is_flagged_and_silent(shown: Played) -> None:
    (medium,) = shown.record("gif")["media"]
    assert (medium["role"], medium["is_gif"]) == ("video", True)
    assert medium["files"][0]["probe"]["has_audio"] is False
    assert shown.record("gif")["warnings"] == []
    assert not any(medium["is_gif"] for medium in shown.record("mixed")["media"])


def test_the_largest_mp4_goes_before_hls(shown: Played) -> None:
    (medium,) = shown.record("video")["media"]
    chosen = medium["variants"][medium["files"][0]["variant"]]
    assert (chosen["bitrate"], "hls") == (2_176_000, medium["variants"][0]["quality"])
    assert digests(shown.path("video")) == digests("hd-mp4")


def test_hls_without_mp4_becomes_one_file_of_the_best_rendition(shown: Played) -> None:
    """The pieces of picture and sound, joined as they came."""
    path = shown.path("hls")
    assert path.suffix == ".mp4"
    assert digests(path) == digests("hd-720", "hd-132k")
    assert seconds(path) == pytest.approx(5, abs=0.1)
    probe = shown.file("hls")["probe"]
    assert (probe["width"], probe["height"], probe["has_audio"]) == (1280, 720, True)


def test_the_medium_that_a_link_names_is_taken_alone(shown: Played) -> None:
    assert [(m["index"], m["files"][0]["probe"]["width"]) for m in shown.record("link-photo-2")["media"]] == [(2, 1600)]
    assert shown.file("link-photo-2", 2) == shown.file("photos", 2)
    seed = shown.run.by_url[FIRST_VIDEO]["seed"]
    (post,) = [post for post in shown.run.posts if post["seed"] == seed]
    assert [(m["index"], m["role"]) for m in post["media"]] == [(1, "video")]
    error = shown.run.by_url[NO_SUCH_PHOTO]["error"]
    assert (error["code"], error["raw_message"]) == ("no_media", "the link names medium 9, the post has 4")


def test_short_links_lead_by_the_page_that_a_browser_gets(shown: Played) -> None:
    short = shown.asked(r"//t\.co/")
    assert [record for record in short if "Mozilla" in record.headers["user-agent"]] == short
    assert {record.status for record in shown.asked("LabGood002")} == {200}
    assert shown.end("link-warned")["data"]["video_id"] == POSTS["photo"].id
    assert shown.end("link-twitter")["data"]["video_id"] == POSTS["tall"].id
    ends = {name: shown.end(name)["error"]["code"] for name in ("link-away", "link-dead")}
    assert ends == {"link-away": "redirect_not_allowed", "link-dead": "short_link_dead_end"}
    assert not shown.asked("shop.example.net/")


def test_media_servers_see_no_referer_and_no_cookie(shown: Played, asked: Played) -> None:
    media = [record for done in (shown, asked) for record in done.asked(r"//(video|pbs)\.twimg\.com/")]
    assert len(media) > 40
    assert not [record for record in media if "referer" in record.headers or record.cookies or record.status == 403]


def test_what_the_embed_shows_needs_neither_guest_nor_browser(shown: Played) -> None:
    assert {record.host for record in shown.log} == {
        *("cdn.syndication.twimg.com", "pbs.twimg.com", "video.twimg.com", "t.co"),
    }
    assert shown.run.stat("session/minted/twitter") == shown.run.stat("playwright/browser_count") == 0
    assert not (shown.run.folder.parent / "sessions").exists()


def test_what_it_does_not_show_is_asked_with_one_token_for_all(asked: Played) -> None:
    assert len(asked.asked("guest/activate.json")) == asked.run.stat("session/minted/twitter") == 1
    queries = [parse_qs(urlsplit(record.url).query) for record in asked.asked(QUERY)]
    queried = sorted(json.loads(query["variables"][0])["tweetId"] for query in queries)
    assert queried == sorted(POSTS[name].id for name in ASKED if name not in ("quote", "visibility"))
    assert asked.run.stat("playwright/browser_count") == 0
    (session,) = (asked.run.folder.parent / "sessions").iterdir()
    assert session.stat().st_mode & 0o777 == 0o600
    token = json.loads(session.read_text("utf-8"))["token"]
    texts = [path.read_text("utf-8") for path in asked.run.folder.rglob("*.json*")]
    assert token
    assert not [text for text in (*texts, asked.run.stderr, asked.run.stdout) if token in text]


def test_media_of_another_post_keep_their_owner(asked: Played) -> None:
    owners = {name: POSTS[name].data[key]["id"] for name, key in (("quote", "quotes"), ("repost", "reposts"))}
    for name, owner in owners.items():
        (medium,) = asked.record(name)["media"]
        assert (medium["owner_id"], asked.record(name)["id"]) == (owner, POSTS[name].id)
        assert digests(asked.path(name)) == digests("square-540")
    assert asked.record("quote")["quoted_id"] == owners["quote"]
    assert asked.record("repost")["warnings"] == [f"repost_of:{owners['repost']}"]


def test_media_that_the_embed_leaves_out_come_from_the_query(asked: Played) -> None:
    for name, medium in (("embed-no-media", "tall-mp4-480"), ("dependency", "square-540"), ("card-unified", "hd-mp4")):
        assert digests(asked.path(name)) == digests(medium)
        assert asked.record(name)["provenance"]["session"].startswith("twitter-")
    assert digests(asked.path("visibility")) == digests("square-540")


def test_a_medium_that_is_withheld_is_a_warning(asked: Played) -> None:
    post = asked.record("one-withheld")
    assert post["warnings"] == ["media_unavailable:2:Dmcaed"]
    assert [(m["index"], len(m["files"])) for m in post["media"]] == [(1, 1), (2, 0)]


def test_why_there_is_no_post_is_typed_with_x_s_own_word(asked: Played) -> None:
    failed = {name: error for name in ASKED if (error := asked.end(name)["error"])}
    assert {name: (error["code"], error["raw_code"]) for name, error in failed.items()} == {
        "nsfw": ("age_restricted", "NsfwLoggedOut"),
        "no-age": ("age_restricted", "NsfwViewerHasNoStatedAge"),
        "protected": ("private", "Protected"),
        "suspended": ("user_gone", "Suspended"),
        "deleted": ("removed", None),
        "deleted-empty": ("removed", None),
        "denied": ("login_required", "37"),
        "limited": ("private", "TweetTombstone"),
        "withheld": ("geo_blocked", "TweetTombstone"),
        "text": ("no_media", None),
        "card-player": ("no_media", None),
        "tomb-age": ("age_restricted", "TweetTombstone"),
        "tomb-deleted": ("removed", "TweetTombstone"),
        "tomb-suspended": ("user_gone", "TweetTombstone"),
        "tomb-violated": ("removed", "TweetTombstone"),
    }


def test_a_token_is_kept_for_the_next_run_and_renewed_when_it_is_refused(lab: LabProcess, tmp_path: Path) -> None:
    assert run(lab, tmp_path, ["repost"], MEDIA="none").run.code == 0
    (path,) = (tmp_path / "sessions").iterdir()
    first = json.loads(path.read_text("utf-8"))
    again = run(lab, tmp_path, ["repost"], MEDIA="none")
    assert (again.run.code, again.run.stat("session/reused/twitter")) == (0, 1)
    assert not again.asked("guest/activate.json")
    path.write_text(json.dumps({**first, "token": "1" * 19}), "utf-8")
    renewed = run(lab, tmp_path, GUESTS, MEDIA="none", OPEN_SEEDS=1)
    assert renewed.run.code == 0
    assert [record.note for record in renewed.asked(QUERY)] == ["made-up guest token", "", "", "", ""]
    assert renewed.run.stat("session/retired/twitter") == len(renewed.asked("guest/activate.json")) == 1
    assert json.loads(path.read_text("utf-8"))["token"] not in ("1" * 19, first["token"])
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_guest_that_is_never_believed_leaves_what_the_embed_shows(start_lab: StartLab, tmp_path: Path) -> None:
    """Every token has died before it is used. A post whose media nobody could ask for is no post of text alone."""
    done = run(start_lab("--guest-life", "0"), tmp_path, ["photo", "embed-no-media", "one-withheld"], MEDIA="none")
    assert done.end("photo")["code"] == 200
    error = done.end("embed-no-media")["error"]
    assert (error["code"], error["retryable"]) == ("challenge", True)
    assert "refused 3 times" in error["raw_message"]
    assert done.record("one-withheld")["warnings"] == ["media_unavailable:2:Dmcaed", "counters_incomplete:challenge"]
    kept = (done.run.folder / done.record("one-withheld")["raw"]).read_text("utf-8")
    assert json.loads(kept)["id_str"] == POSTS["one-withheld"].id


def test_a_new_feature_is_learned_once_and_a_spent_budget_waited_for(start_lab: StartLab, tmp_path: Path) -> None:
    """Three queries in four seconds: the one that is refused for its features counts, too."""
    lab = start_lab("--feature", "lab_new", "--feature", "lab_newer", "--guest-budget", "3", "--guest-window", "4")
    done = run(lab, tmp_path, GUESTS, MEDIA="none", OPEN_SEEDS=1)
    queries = done.asked(QUERY)
    assert done.run.code == 0
    assert [(record.status, record.note) for record in queries] == [(400, "features"), *[(200, "")] * 4]
    assert [("lab_newer" in record.target) for record in queries] == [False, True, True, True, True]
    assert queries[3].time - queries[2].time > 1.5
    assert not [record for record in done.log if queries[2].time < record.time < queries[3].time - 0.5]
    assert (done.run.stat("pause/twitter"), done.run.stat("retry/rate_limited")) == (1, 0)
    assert done.run.stat("session/minted/twitter") == 1


def test_counters_come_when_they_are_wanted(shown: Played, lab: LabProcess, tmp_path: Path) -> None:
    names = ("photo", "video", "embed-no-counters")
    done = run(lab, tmp_path, names, MEDIA="none", TWITTER_COUNTERS=1)
    for name in names:
        counters = Tweet.of(POSTS[name]).counters
        stats = done.record(name)["stats"]
        wanted = (counters["views"], counters["favorite_count"], counters["retweet_count"], counters["quote_count"])
        assert (stats["plays"], stats["likes"], stats["reposts"], stats["quotes"]) == wanted
        before = shown.record(name)["stats"]
        assert (before["plays"], before["reposts"]) == (None, None)
