"""Douyin, crawled from the lab: the site's page signs, what stands behind it when it is not believed, every file."""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scraper.links.recogniser import Recogniser
from spiders.douyin.links import LINKS
from tests.lab.douyin.cdn import HOME, HOSTS, VIDEO_HOSTS
from tests.lab.douyin.reading import POSTS
from tests.lab.douyin.script import DETAIL
from tests.lab.log import Record
from tests.lab.media import has_watermark
from tests.lab.process import LabProcess
from tests.support.crawling import scrapy
from tests.support.played import Played, play

RECOGNISER = Recogniser({"douyin": LINKS}, {"douyin": ("douyin.com",)})
SHARE = "www.iesdouyin.com"
TOLD = [name for name, post in POSTS.items() if post.outcome not in ("challenge", "media_failed")]
"""All whose session is believed, and whose files are there."""
OPENED = "link-modal"
"""Refused twice; the link is another than the post's own."""
CLOSED = ("share-state", "share-state-note", "video-long")
"""Refused whoever asks; the share page of the last holds no post."""
STALLED = "video-unicode"
"""Refused twice, and its page never comes."""


def detail(kind: str, name: str, times: str = "") -> str:
    """Return the fault *kind* for questions about a post."""
    return f"{kind}:{DETAIL}.*aweme_id={POSTS[name].id}{times}"


def record(played: Played, name: str) -> dict[str, Any]:
    """Return the record of a post, whichever link led to it."""
    (found,) = [post for post in played.run.posts if post["id"] == POSTS[name].id]
    return found


def is_navigation(one: Record) -> bool:
    return one.headers.get("sec-fetch-mode") == "navigate"


@pytest.fixture(scope="module")
def done(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl of them all, with both watermarks."""
    return play(lab, tmp_path_factory.mktemp("douyin"), "douyin", POSTS, TOLD, WATERMARK="both")


@pytest.fixture(scope="module")
def doubted(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl of posts that are refused, each in its own way."""
    faults = [
        detail("empty", "video-square", ":1"),
        detail("captcha", "note", ":1"),
        detail("html", "video-landscape", ":1"),
        detail("empty", "video-portrait", ":2"),
        *(detail("empty", name) for name in CLOSED),
        detail("empty", STALLED, ":2"),
        f"stall:www.douyin.com/video/{POSTS[STALLED].id}",
    ]
    names = ["video-square", "note", "video-landscape", OPENED, *CLOSED, STALLED]
    return play(lab, tmp_path_factory.mktemp("doubted"), "douyin", POSTS, names, *faults, PAGE_TIMEOUT=4)


# Answers


def test_the_site_s_own_page_signs_and_one_navigation_serves_them_all(done: Played) -> None:
    calls = [one for one in done.log if one.target.startswith(DETAIL)]
    assert len(calls) >= 35
    assert max(Counter(parse_qs(urlsplit(call.target).query)["aweme_id"][0] for call in calls).values()) == 1
    assert all(parse_qs(urlsplit(call.target).query).keys() >= {"a_bogus", "msToken", "verifyFp"} for call in calls)
    assert {(call.status, call.note, call.headers["sec-fetch-mode"]) for call in calls} <= {
        (200, "", "cors"),
        (200, "gone", "cors"),
    }
    assert [one.url for one in done.log if is_navigation(one)] == [HOME]
    assert done.run.stat("playwright/browser_count") == done.run.stat("session/minted/douyin") == 1
    assert {post["provenance"]["via"] for post in done.run.posts} == {"page"}


def test_reasons_are_told_apart_and_keep_the_platform_s_own_code(done: Played) -> None:
    ends = {url: (end["error"] or {}).get("code", "ok") for url, end in done.run.by_url.items()}
    assert ends == {POSTS[name].url: POSTS[name].outcome for name in TOLD}
    codes = {
        "private": "status_self_see",
        "friends": "status_friend_see",
        "region": "copyright_foreign",
        "login": "8",
        "images-base": "images_base",
        "status-deleted": "is_delete",
        "status-prohibited": "is_prohibited",
        "status-private": "private_status",
        "status-part-see": "part_see",
    }
    got = {name: done.end(name)["error"] for name in (*codes, "removed", "user-gone")}
    assert {name: got[name]["raw_code"] for name in codes} == codes
    assert "已被删除" in got["removed"]["raw_message"]
    assert "注销" in got["user-gone"]["raw_message"]
    assert not any(error["retryable"] for error in got.values())


def test_links_of_every_form_lead_to_their_post(done: Played) -> None:
    leads = {
        "link-short": "video-portrait",
        "link-short-dash": "video-landscape",
        "link-short-note": "note",
        "link-short-slides": "slides",
        "link-short-called-video": "note-live",
        "link-jx": "video-square",
        "link-jingxuan": "video-landscape",
        "link-mobile": "video-landscape",
        "link-modal": "video-portrait",
        "link-modal-user": "note-live",
        "link-note": "video-portrait",
        "link-share": "video-portrait",
        "link-slides": "note",
    }
    ok = {name for name, post in POSTS.items() if name.startswith("link-") and post.outcome == "ok"}
    assert set(leads) == ok
    got = {name: done.end(name)["data"]["aweme_id"] for name in leads}
    assert got == {name: POSTS[to].id for name, to in leads.items()}


def test_what_a_post_is_its_answer_says_and_not_its_link(done: Played) -> None:
    assert record(done, "note-called-video")["kind"] == "image"
    assert done.end("link-note")["data"]["type"] == "video"
    assert record(done, "note-called-video")["url"].startswith("https://www.douyin.com/note/")


def test_raw_answers_read_again_give_the_same_records(done: Played) -> None:
    posts = done.run.posts
    again = scrapy("payload", "douyin", *(str(done.run.folder / post["raw"]) for post in posts))
    assert again.returncode == 0, again.stderr
    fetched = ("media", "seed", "tags", "raw", "provenance", "warnings")
    for line, post in zip(again.stdout.splitlines(), posts, strict=True):
        got = json.loads(line)
        assert {key: got[key] for key in got if key not in fetched} == {
            key: post[key] for key in got if key not in fetched
        }
        for one, other in zip(got["media"], post["media"], strict=True):
            assert one["variants"] == other["variants"]


# Files


def test_every_file_was_asked_for_as_the_site_s_page_does(done: Played) -> None:
    media = [one for one in done.log if one.host in HOSTS or "/aweme/v1/play" in one.target]
    assert len(media) >= 60
    assert {one.headers.get("referer") for one in media} == {HOME}
    assert not [one.line() for one in media if one.cookies]
    assert {one.note for one in media if one.status == 403} == {"expired", "this server denies everybody"}


def test_the_best_clean_h264_and_the_marked_file_differ_in_their_pixels(done: Played) -> None:
    medium = record(done, "video-portrait")["media"][0]
    files = {
        variant["watermark"]: (variant, file)
        for file in medium["files"]
        if (variant := medium["variants"][file["variant"]])
    }
    (clean, clean_file), (marked, marked_file) = files[False], files[True]
    assert (clean["codec"], clean["quality"], clean["height"]) == ("h264", "720p", 1280)
    assert (clean_file["probe"]["codec"], clean_file["probe"]["height"]) == ("h264", 1280)
    assert not has_watermark(done.run.folder / clean_file["path"])
    assert has_watermark(done.run.folder / marked_file["path"])
    assert clean["watermark_source"].startswith(("video.bit_rate", "video.play_addr"))
    assert marked["watermark_source"] == "video.download_addr"
    assert "_watermark" in marked_file["path"]
    off = record(done, "video-download-off")
    assert "download_off" in off["warnings"]
    assert not any(variant["watermark"] is True for variant in off["media"][0]["variants"])


def test_an_expired_address_is_signed_anew_by_the_play_address(done: Played) -> None:
    post = record(done, "video-resign")
    used = [post["media"][0]["variants"][file["variant"]] for file in post["media"][0]["files"]]
    assert [variant["watermark"] for variant in used] == [False, True]
    played = [one for one in done.asked("/aweme/v1/play/") if f"video_id={used[0]['durable']}" in one.target]
    assert {(one.host, one.status) for one in played} == {("www.douyin.com", 302)}
    assert len(played) == 2


def test_a_server_that_denies_gives_way_to_the_next(done: Played) -> None:
    medium = record(done, "video-backup")["media"][0]
    variant = next(medium["variants"][file["variant"]] for file in medium["files"] if "_watermark" not in file["path"])
    assert urlsplit(variant["url"]).hostname == VIDEO_HOSTS["denying"]
    path = urlsplit(variant["url"]).path.partition("/video/")[2]
    asked = [(one.host, one.status) for one in done.log if path in one.target]
    assert asked == [(VIDEO_HOSTS["denying"], 403), (VIDEO_HOSTS["v26"], 200)]


def test_notes_slides_and_live_photos(done: Played) -> None:
    roles = {
        "note": ["image", "image", "image", "audio"],
        "note-live": ["image", "live_photo", "image", "image", "live_photo", "audio"],
        "slides": ["image", "image", "live_photo", "audio"],
        "note-no-music": ["image"],
        "note-many": ["image"] * 12 + ["audio"],
    }
    for name, wanted in roles.items():
        media = record(done, name)["media"]
        assert [(medium["index"], medium["role"]) for medium in media] == list(enumerate(wanted, 1)), name
        assert all(medium["files"] for medium in media), name
    still, moving = record(done, "note-live")["media"][:2]
    assert moving["files"][0]["probe"]["codec"] == "h264"
    assert still["files"][0]["probe"]["codec"] in ("mjpeg", "jpeg")
    pair = {medium["variants"][file["variant"]]["watermark"]: file for medium in [still] for file in medium["files"]}
    assert has_watermark(done.run.folder / pair[True]["path"])
    assert not has_watermark(done.run.folder / pair[False]["path"])


def test_the_saved_session_is_its_owner_s_alone_and_serves_the_next_run(
    done: Played, lab: LabProcess, tmp_path: Path
) -> None:
    sessions = done.run.folder.parent / "sessions"
    (path,) = sessions.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    names = {cookie["name"] for cookie in json.loads(path.read_text("utf-8"))["storage"]["cookies"]}
    assert names >= {"ttwid", "s_v_web_id", "msToken"}
    again = play(lab, tmp_path, "douyin", POSTS, ["note"], MEDIA="none", SESSION_DIR=str(sessions))
    assert again.run.code == 0
    assert (again.run.stat("session/reused/douyin"), again.run.stat("session/minted/douyin")) == (1, 0)


# Not believed


def test_a_refused_session_is_replaced_and_the_post_comes(doubted: Played) -> None:
    """One new session serves all who were refused with the old one, whatever they were told."""
    for name in ("video-square", "note", "video-landscape"):
        provenance = record(doubted, name)["provenance"]
        assert (provenance["via"], provenance["tries"] >= 2) == ("page", True), name
    assert 2 <= doubted.run.stat("session/minted/douyin") <= 4


def test_refused_twice_the_post_s_own_page_gives_it(doubted: Played) -> None:
    post = record(doubted, "video-portrait")
    assert (post["id"], post["provenance"]["via"]) == (POSTS["video-portrait"].id, "navigate")
    assert post["media"][0]["files"]
    opened = [one.target for one in doubted.log if is_navigation(one)]
    assert f"/video/{POSTS['video-portrait'].id}" in opened
    assert not [target for target in opened if "modal_id" in target]


def test_where_the_api_is_closed_the_shared_page_is_the_last_try(doubted: Played) -> None:
    for name in CLOSED[:2]:
        post = record(doubted, name)
        assert (post["provenance"]["via"], post["provenance"]["tries"]) == ("http", 4)
        assert all(medium["files"] for medium in post["media"])
    assert not has_watermark(doubted.path(CLOSED[0]))
    error = doubted.end(CLOSED[2])["error"]
    assert error["raw_message"] == (
        "refused 3 times (page: empty answer, page: empty answer, navigate: empty answer); "
        f"{SHARE}: status: expected 200, got 302"
    )
    assert (error["code"], error["retryable"]) == ("challenge", True)


def test_a_page_that_never_comes_is_a_timeout(doubted: Played) -> None:
    error = doubted.end(STALLED)["error"]
    assert error["code"] == "timeout"
    assert error["raw_message"].startswith("no answer in time in the browser, tries: 3; www.iesdouyin.com: ")


def test_a_page_that_does_not_ask_is_a_challenge_and_is_closed(lab: LabProcess, tmp_path: Path) -> None:
    """One seed after the other: were its page left open, the second would make three."""
    names = {"video-square": "captcha", "video-landscape": "html"}
    faults = [detail("empty", name) for name in names]
    faults += [f"{kind}:www.douyin.com/video/{POSTS[name].id}" for name, kind in names.items()]
    got = play(lab, tmp_path, "douyin", POSTS, names, *faults, PAGE_TIMEOUT=2, OPEN_SEEDS=1, MEDIA="none")
    errors = [got.end(name)["error"] for name in names]
    assert [error["code"] for error in errors] == ["challenge", "challenge"]
    told = [error["raw_message"].partition("navigate: ")[2].partition(")")[0] for error in errors]
    assert told == ["captcha page", "a page"]
    assert got.run.stat("playwright/page_count/max_concurrent") == 2
