"""Bilibili, crawled from the lab: joined files, parts, mirrors, fallbacks, signed queries, and what is said of a loss."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import TextResponse

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.backoff import BUDGETS, RetryCause
from spiders.bilibili import api
from spiders.bilibili.platform import Bilibili
from spiders.bilibili.video_parts import api_request
from tests.lab.bilibili.posts import cid_of
from tests.lab.bilibili.reading import POSTS
from tests.lab.process import LabProcess
from tests.support.crawling import crawl, scrapy
from tests.support.packets import chapters, decoding_times, digests, seconds
from tests.support.pausing import Run
from tests.support.played import Played, play

NAMES = (
    *("plain", "portrait", "landscape-1080", "dolby", "flac", "silent", "subtitles-login", "segments", "two-segments"),
    *("multi-part", "link-part", "bangumi", "bangumi-api", "bangumi-season", "bangumi-preview", "audio", "opus-images"),
    *("opus-images-inside", "festival", "dynamic-video", "redirect", "redirect-http", "peers-first", "backup-403"),
    *("backup-404", "backup-junk", "missing-qualities", "preview", "charging", "removed", "hidden", "only-me"),
    *("denied", "bangumi-area", "bangumi-10403", "bangumi-member", "bangumi-member-page", "opus-paid", "opus-text"),
)
NO_SUCH_PART = f"{POSTS['multi-part'].url}?p=9"
BROKEN = (
    "plain",
    "h264",
    "portrait",
    "flac",
    "multi-part",
    "subtitles",
    "bangumi-api",
    "no-title",
    "missing-qualities",
)


def run(lab: LabProcess, folder: Path, seeds: Iterable[str], *faults: str, **settings: Any) -> Played:
    return play(lab, folder, "bilibili", POSTS, seeds, *faults, **settings)


@pytest.fixture(scope="module")
def done(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl of posts of every kind, with all media of one of them."""
    everything = json.dumps({"url": POSTS["subtitles"].url, "options": {"MEDIA": "all"}})
    return run(lab, tmp_path_factory.mktemp("bilibili"), [*NAMES, NO_SUCH_PART, everything])


@pytest.mark.parametrize(
    ("name", "picture", "sound"),
    [
        ("plain", "wide-480", "wide-192k"),
        ("portrait", "tall-480", "tall-132k"),
        ("landscape-1080", "hd-1080", "hd-192k"),
        ("dolby", "wide-480", "wide-192k"),
        ("bangumi", "part-3-360", "part-3-64k"),
    ],
)
def test_picture_and_sound_are_joined_as_they_came(done: Played, name: str, picture: str, sound: str) -> None:
    """Not one packet differs from what the servers have, so nothing was encoded again."""
    path, file, (video, audio, *_) = done.path(name), done.file(name), done.record(name)["media"]
    assert path.suffix == ".mp4"
    assert digests(path) == digests(picture, sound)
    assert seconds(path) == pytest.approx(seconds(picture), abs=0.1)
    assert file["probe"]["duration"] == pytest.approx(video["duration"], abs=0.1)
    assert (audio["joins"], audio["files"], audio["part"]) == (video["index"], [], video["part"])
    assert audio["variants"][file["sound"]]["bitrate"] == max(
        one["bitrate"] for one in audio["variants"] if one["codec"] == "aac"
    )


def test_a_file_of_which_the_sound_is_no_part_is_silent(done: Played) -> None:
    assert digests(done.path("silent")) == digests("wide-480")
    assert done.file("silent")["sound"] is None
    assert "no_sound" in done.record("silent")["warnings"]


@pytest.mark.parametrize(("name", "count"), [("segments", 3), ("two-segments", 2)])
def test_segments_follow_each_other_in_one_file(done: Played, name: str, count: int) -> None:
    """Every FLV begins at 0: strung together as bytes, they would play over each other."""
    names = [f"flv-{number}" for number in range(1, count + 1)]
    path, medium = done.path(name), done.record(name)["media"][0]
    assert digests(path) == digests(*names)
    assert seconds(path) == pytest.approx(sum(map(seconds, names)), abs=0.1)
    for times in decoding_times(path).values():
        assert all(earlier < later for earlier, later in pairwise(times))
    assert len(medium["variants"][0]["segments"]) == count
    assert medium["files"][0]["sound"] is None


def test_chapters_are_in_the_file_and_in_the_record(done: Played) -> None:
    expected = [("开场", 0.0, 2.0), ("结尾", 2.0, 4.0)]
    video = done.record("subtitles")["media"][0]
    assert [(one["title"], one["start"], one["end"]) for one in video["chapters"]] == expected
    assert video["files"], video["error"]
    for file in video["files"]:
        assert chapters(done.run.folder / file["path"]) == expected
    assert chapters(done.path("plain")) == []


def test_subtitles_come_as_srt(done: Played) -> None:
    media = [medium for medium in done.record("subtitles")["media"] if medium["role"] == "subtitle"]
    texts = {}
    for medium in media:
        (file,) = medium["files"]
        assert file["path"].endswith(".srt")
        texts[medium["language"]] = (done.run.folder / file["path"]).read_text("utf-8")
    first = "1\n00:00:00,000 --> 00:00:01,000\n实验室你好\n\n2\n00:00:01,000 --> 00:00:02,000\n"
    assert texts == {"zh-CN": f"{first}这是一张测试卡\n", "ai-zh": f"{first}这是测试卡\n"}


def test_all_media_are_all_variants(done: Played) -> None:
    for medium in done.record("subtitles")["media"]:
        assert [file["variant"] for file in medium["files"]] == list(range(len(medium["variants"])))


def test_every_part_has_its_file(done: Played) -> None:
    post = done.record("multi-part")
    assert [part["title"] for part in post["parts"]] == ["开场", "中段", "结尾 & more"]
    assert [(m["index"], m["part"], m["joins"], m["role"]) for m in post["media"]] == [
        *((number, number, None, "video") for number in (1, 2, 3)),
        *((number + 3, number, number, "audio") for number in (1, 2, 3)),
    ]
    for number in (1, 2, 3):
        assert digests(done.path("multi-part", number)) == digests(f"part-{number}-360", f"part-{number}-64k")
    assert "missing_parts" not in str(post["warnings"])


def test_a_link_to_a_part_gives_that_part_alone_under_the_same_name(done: Played) -> None:
    post = done.record("link-part")
    assert [(m["index"], m["part"], m["joins"]) for m in post["media"]] == [(2, 2, None), (5, 2, 2)]
    assert post["warnings"] == ["missing_qualities:1080p,720p,480p"]
    assert done.file("link-part", 2) == done.file("multi-part", 2)


def test_a_part_that_is_not_there_is_said(done: Played) -> None:
    error = done.run.by_url[NO_SUCH_PART]["error"]
    assert (error["code"], error["raw_message"]) == ("removed", "the link names part 9, the post has 3")


def test_other_kinds_are_what_they_are(done: Played) -> None:
    found = {}
    for name in ("bangumi", "bangumi-api", "bangumi-season", "redirect", "redirect-http", "festival", "dynamic-video"):
        post = done.record(name)
        found[name] = (post["id"], post["title"], post["author"]["name"], len(post["media"][0]["files"]))
    plain, festival = POSTS["plain"], POSTS["festival"]
    first = (POSTS["bangumi"].id, "1 色轮之始", "哔哩哔哩番剧", 1)
    assert found == {
        "bangumi": first,
        "bangumi-api": (POSTS["bangumi-api"].id, "2 灰阶之路", "哔哩哔哩番剧", 1),
        "bangumi-season": first,
        "redirect": first,
        "redirect-http": first,
        "festival": (festival.id, festival.data["title"], festival.data["author"]["name"], 1),
        "dynamic-video": (plain.id, plain.data["title"], plain.data["author"]["name"], 1),
    }


def test_an_episode_has_what_only_its_season_says(done: Played) -> None:
    post, lab_post = done.record("bangumi"), POSTS["bangumi"]
    assert post["created_at"] == "2025-03-10T19:11:28+00:00"
    assert [(part["page"], part["bvid"], part["cid"]) for part in post["parts"]] == [
        (1, lab_post.data["bvid"], str(cid_of(lab_post)))
    ]
    assert post["cover"]["url"].startswith("https://i")


def test_a_song_and_pictures_come_as_they_are(done: Played) -> None:
    assert digests(done.path("audio")) == digests("tune-aac")
    assert done.record("audio")["music"]["author"] == "The Sine Waves"
    assert [m["role"] for m in done.record("opus-images")["media"]] == ["image"] * 3
    inside = done.record("opus-images-inside")["media"]
    assert [(m["index"], m["role"], len(m["files"])) for m in inside] == [
        (1, "image", 1), (2, "live_photo", 1), (3, "image", 1),
    ]  # fmt: skip
    assert digests(done.path("opus-images-inside", 2)) == digests("part-1-mp4")


def test_servers_of_viewers_are_asked_last(done: Played) -> None:
    for medium in done.record("peers-first")["media"]:
        for variant in medium["variants"]:
            assert re.match(r"https://upos-[\w-]+\.bilivideo\.com/", variant["url"])
            assert [".mcdn." in url for url in variant["backup_urls"]] == [False, True, True]
    assert not [record for record in done.log if "mcdn" in record.host]


@pytest.mark.parametrize("name", ["backup-403", "backup-404", "backup-junk"])
def test_a_mirror_that_does_not_deliver_gives_way_to_the_next(done: Played, name: str) -> None:
    """The page is not read again for it, and nothing is lost: no warning."""
    assert digests(done.path(name)) == digests("wide-480", "wide-192k")
    assert done.record(name)["warnings"] == ["missing_qualities:1080p,720p"]
    assert len(done.asked(f"/video/{POSTS[name].id}")) == 1
    assert done.run.stat("media/refreshed") == 0


def test_what_a_login_would_add_is_a_warning(done: Played) -> None:
    found = {
        name: done.record(name)["warnings"]
        for name in ("missing-qualities", "preview", "bangumi-preview", "subtitles-login", "landscape-1080")
    }
    assert found == {
        "missing-qualities": ["missing_qualities:4K,1080p+,1080p,720p"],
        "preview": ["preview_only"],
        "bangumi-preview": ["missing_qualities:1080p,720p,480p", "preview_only"],
        "subtitles-login": ["missing_subtitles"],
        "landscape-1080": [],
    }
    assert done.record("preview")["restrictions"] == ["supporters_only"]


def test_why_there_is_no_post_is_typed_with_the_site_s_own_code(done: Played) -> None:
    ends = {name: done.run.by_url[POSTS[name].url]["error"] for name in NAMES}
    assert {name: (error["code"], error["raw_code"]) for name, error in ends.items() if error} == {
        "charging": ("paid", "87008"),
        "removed": ("removed", "-404"),
        "hidden": ("removed", "62002"),
        "only-me": ("private", "62012"),
        "denied": ("login_required", "-403"),
        "bangumi-area": ("geo_blocked", "AreaLimitPanel"),
        "bangumi-10403": ("geo_blocked", "-10403"),
        "bangumi-member": ("paid", None),
        "bangumi-member-page": ("paid", "PLAY_NONE"),
        "opus-paid": ("paid", "module_blocked"),
        "opus-text": ("no_media", None),
    }


def test_one_guest_is_enough_and_says_what_it_can_play(done: Played) -> None:
    assert (done.run.stat("session/minted/bilibili"), done.run.stat("session/refused/bilibili")) == (1, 0)
    assert done.run.stat("playwright/browser_count") == 1
    pages = done.asked(r"www\.bilibili\.com/(video|bangumi|festival)/")
    assert len(pages) > 30
    assert not [page for page in pages if "CURRENT_FNVAL" not in page.cookies or page.status == 412]
    assert not [
        record for record in done.asked(r"//api\.bilibili\.com/(x/player|x/web-interface|pgc)/") if record.cookies
    ]


def test_kept_answers_tell_nothing_of_the_viewer_and_can_be_read_again(done: Played) -> None:
    kept = sorted((done.run.folder / "raw").rglob("*.json"))
    assert len(kept) > 25
    (session,) = (done.run.folder.parent / "sessions").iterdir()
    cookies = json.loads(session.read_text("utf-8"))["storage"]["cookies"]
    for path in kept:
        text = path.read_text("utf-8")
        names = set(_keys(json.loads(text)))
        assert not names & {"user", "user_status", "session", "last_play_time", "last_play_cid", "login_mid", "isLogin"}
        assert not [one["name"] for one in cookies if len(one["value"]) >= 8 and one["value"] in text]
    again = ("plain", "multi-part", "segments", "festival", "audio", "opus-images", "preview")
    records = [done.record(name) for name in again]
    read = scrapy("payload", "bilibili", *(str(done.run.folder / record["raw"]) for record in records))
    assert read.returncode == 0, read.stderr
    for post, record in zip(map(json.loads, read.stdout.splitlines()), records, strict=True):
        for key in ("id", "kind", "title", "text", "created_at", "author", "stats", "hashtags", "url"):
            assert post[key] == record[key]


def _keys(value: object) -> Iterator[str]:
    """Yield every key in *value*."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _keys(item)


@pytest.fixture(scope="module")
def broken(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One crawl in which each post has a trouble of its own."""
    flac, parts = cid_of(POSTS["flac"]), POSTS["multi-part"]
    faults = (
        f"status-429:video/{POSTS['plain'].id}:1",
        f"html:video/{POSTS['h264'].id}",
        f"firewall:video/{POSTS['portrait'].id}:1",
        f"status-404:{flac}-1-302(80|32|16)",
        f"html:{parts.id}.p=2",
        f"code-404:playurl.*cid={cid_of(parts, 2)}",
        f"code-799:player/v2.*{POSTS['subtitles'].id}:1",
        "code-404:web/season.*701033",
        f"code-404:player/v2.*{POSTS['no-title'].id}",
        f"status-404:{cid_of(POSTS['missing-qualities'])}-1-30280",
    )
    return run(lab, tmp_path_factory.mktemp("broken"), BROKEN, *faults)


def test_a_page_that_says_nothing_gives_way_to_the_one_file_of_old_players(broken: Played) -> None:
    assert digests(broken.path("h264")) == digests("wide-mp4")
    file, post = broken.file("h264"), broken.record("h264")
    assert (len(post["media"]), file["sound"], file["probe"]["has_audio"]) == (1, None, True)
    assert post["title"] == POSTS["h264"].data["title"]
    assert "missing_qualities:1080p,720p,480p" in post["warnings"]
    assert [record.headers.get("referer") for record in broken.asked(f"{cid_of(POSTS['h264'])}-1-16.mp4")]


def test_flac_is_joined_into_a_matroska_file(broken: Played) -> None:
    path, file = broken.path("flac"), broken.file("flac")
    assert path.suffix == ".mkv"
    assert digests(path) == digests("wide-480", "wide-flac")
    assert seconds(path) == pytest.approx(4, abs=0.1)
    assert broken.record("flac")["media"][1]["variants"][file["sound"]]["codec"] == "flac"


@pytest.mark.parametrize("name", ["flac", "missing-qualities"])
def test_a_sound_that_is_not_the_best_is_a_warning(broken: Played, name: str) -> None:
    assert "fallback:2:gone" in broken.record(name)["warnings"]
    assert broken.file(name)["sound"] == (3 if name == "flac" else 1)


def test_a_part_that_cannot_be_had_leaves_the_others(broken: Played) -> None:
    post = broken.record("multi-part")
    assert [medium["part"] for medium in post["media"]] == [1, 3, 1, 3]
    assert {"missing_parts:2", "part_failed:2:parse_error"} <= set(post["warnings"])
    assert digests(broken.path("multi-part", 3)) == digests("part-3-360", "part-3-64k")


def test_what_is_not_known_of_a_post_is_a_warning(broken: Played) -> None:
    assert "details_failed:removed" in broken.record("bangumi-api")["warnings"]
    assert broken.file("bangumi-api")
    assert "extras_failed:1:removed" in broken.record("no-title")["warnings"]


def test_a_page_for_those_it_does_not_believe_is_asked_for_again(broken: Played) -> None:
    """412, once; the same guest asks again where a page that was under way shows that it is believed after all."""
    assert broken.run.stat("session/bilibili/cooling") == 1
    assert broken.run.stat("session/minted/bilibili") in (1, 2)
    assert [page.status for page in broken.asked(f"/video/{POSTS['portrait'].id}")] == [412, 200]
    assert broken.record("portrait")["provenance"]["tries"] == 2


def test_a_limit_is_waited_for_and_no_reason_for_another_guest(broken: Played) -> None:
    """429 with Retry-After of a page, and -799 of the API with nothing: nobody asks the site in the meantime."""
    assert broken.run.stat("retry/rate_limited") == 2
    assert broken.run.stat("pause/bilibili") >= 1
    assert broken.run.stat("session/refused/bilibili") == 1
    for pattern, pause in ((f"/video/{POSTS['plain'].id}", 1.0), (f"player/v2.*{POSTS['subtitles'].id}", 2.4)):
        refused, answered = broken.asked(pattern)[:2]
        assert answered.status == 200
        assert answered.time - refused.time >= pause
    assert "extras_failed" not in str(broken.record("subtitles")["warnings"])
    sides = [medium["role"] for medium in broken.record("subtitles")["media"]]
    assert sides == ["video", "audio", "subtitle", "subtitle"]


def test_limits_that_do_not_end_are_said_with_the_site_s_code() -> None:
    """Also where HTTP says 412, as with the page for those whom the site does not believe."""
    site, text = Bilibili(), '{"code":-412,"message":"request was banned","ttl":1}'
    request = api_request(api.NAV)
    spent = {RetryCause.RATE_LIMITED: BUDGETS[RetryCause.RATE_LIMITED]}
    replace(ask_of(request), platform="bilibili", retries=spent).put_on(request)
    for status in (200, 412):
        answer = TextResponse(api.NAV, status, body=text.encode(), request=request)
        assert site.is_limited(answer)
        assert site.refusal(answer) is None
        assert asyncio.run(Run().middleware.process_response(request, answer)) is answer
    with pytest.raises(SeedError) as ended:
        site.parse_answer(text)
    assert (ended.value.code, ended.value.raw_code) == ("rate_limited", "-412")
    page = TextResponse("https://www.bilibili.com/video/BV1", 412, body="<title>出错啦!</title>".encode())
    assert (site.is_limited(page), str(site.refusal(page))) == (False, "status 412")


def test_a_song_needs_no_browser(lab: LabProcess, tmp_path: Path) -> None:
    done = run(lab, tmp_path, ["audio"])
    assert done.run.code == 0
    assert (done.run.stat("playwright/browser_count"), done.run.stat("session/minted/bilibili")) == (0, 0)
    assert not (tmp_path / "sessions").exists()


def test_an_answer_beyond_all_bounds_is_no_bug(lab: LabProcess, tmp_path: Path) -> None:
    [envelope] = crawl(
        lab, tmp_path, "-a", "urls=https://www.bilibili.com/audio/au1", spider="bilibili", DOWNLOAD_MAXSIZE=9
    ).envelopes
    assert (envelope["error"]["code"], envelope["error"]["raw_message"]) == (
        "parse_error",
        "the answer is larger than DOWNLOAD_MAXSIZE",
    )


@pytest.mark.parametrize(("faults", "asked"), [((), 1), (("code-403:wbi/playurl:1",), 2), (("risk:wbi/playurl:1",), 2)])
def test_signed_queries_share_the_keys_of_the_day(
    lab: LabProcess, tmp_path: Path, faults: tuple[str, ...], asked: int
) -> None:
    """With BILIBILI_WBI a part needs no page; a signature that is refused is made anew, with keys asked for once."""
    names = ("multi-part", "portrait", "h264", "missing-qualities")
    blank = (f"html:video/{POSTS[name].id}" for name in names[1:])
    done = run(lab, tmp_path, names, *faults, *blank, MEDIA="none", BILIBILI_WBI=1)
    assert done.run.code == 0
    assert len(done.asked("web-interface/nav")) == asked
    plays = done.asked("wbi/playurl")
    assert len(plays) == 5 + (asked - 1)
    assert not [record for record in plays if record.note not in ("", "code -403", "risk")]
    assert not done.asked(r"\?p=")
    assert [medium["part"] for medium in done.record("multi-part")["media"]] == [1, 2, 3, 1, 2, 3]
    trial = done.record("missing-qualities")["media"][0]["variants"]
    assert {variant["quality"] for variant in trial} == {"720p", "480p", "360p"}
