"""Whole crawls against the lab: every post, every outcome, every file."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import ErrorCode
from tests.lab.media import has_watermark
from tests.lab.process import LabProcess
from tests.support.agreement import assert_counts_agree
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.schemas import load_schema


@pytest.fixture(scope="module")
def everything(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """One crawl of every post of the lab, once each."""
    folder = tmp_path_factory.mktemp("everything")
    lab.reset()
    seeds = folder / "seeds.txt"
    seeds.write_text("".join(f"{post['url']}\n" for post in lab.posts_of("tiktok")), "utf-8")
    return crawl(lab, folder, "-a", f"seeds={seeds}", spider="tiktok", MONITORS=0)  # most of these fail on purpose


def test_every_post_ends_as_the_lab_says(everything: Crawl, lab: LabProcess) -> None:
    got = {
        url: "ok" if envelope["code"] == 200 else envelope["error"]["code"]
        for url, envelope in everything.by_url.items()
    }
    assert got == {post["url"]: post["outcome"] for post in lab.posts_of("tiktok")}
    assert len(everything.envelopes) == len(lab.posts_of("tiktok"))
    assert everything.code == 1


def test_all_that_counts_seeds_says_the_same(everything: Crawl) -> None:
    assert_counts_agree(everything)


def test_no_request_leaves_the_platform(everything: Crawl, lab: LabProcess) -> None:
    assert lab.refused() == []
    assert everything.stat("browser/fetches") > 0


def test_envelopes_and_records_keep_their_schemas(everything: Crawl) -> None:
    for name, items in (("envelope-1.json", everything.envelopes), ("post-1.json", everything.posts)):
        validator = load_schema(name)
        for item in items:
            validator.validate(item)


def test_a_failure_names_its_code_and_what_to_do(everything: Crawl) -> None:
    raw_codes = {"removed": "10204", "geo_blocked": "10231", "user_gone": "10221", "challenge": "10000"}
    for envelope in everything.envelopes:
        error = envelope["error"]
        if error is None:
            assert envelope["message"] == "ok"
            continue
        code = ErrorCode(error["code"])
        assert envelope["code"] == code.status
        assert re.fullmatch(r"[^\n]{40,400}[.)]", envelope["message"])
        assert error["raw_code"] == raw_codes.get(code, error["raw_code"])
        assert (envelope["data"] is not None) == (code is ErrorCode.MEDIA_FAILED)
    private = {e["error"]["raw_code"] for e in everything.envelopes if e["error"] and e["error"]["code"] == "private"}
    assert private == {"10216", "10222"}


def test_every_file_is_whole_and_nothing_else_lies_there(everything: Crawl) -> None:
    listed = {file["path"]: file for post in everything.posts for m in post["media"] for file in m["files"]}
    found = {path.relative_to(everything.folder).as_posix() for path in (everything.folder / "media").rglob("*.*")}
    assert found - {"media/tiktok"} == {p for p in found if (everything.folder / p).is_dir()} | set(listed)
    for path, file in listed.items():
        content = (everything.folder / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        assert file["probe"]["codec"]


def test_photo_posts_give_every_picture_in_order_and_the_sound(everything: Crawl) -> None:
    post = next(post for post in everything.posts if post["author"]["handle"] == "lab.photo_many")
    assert [(m["index"], m["role"]) for m in post["media"]] == [
        *((n, "image") for n in range(1, len(post["media"]))),
        (len(post["media"]), "audio"),
    ]
    assert all(len(m["files"]) == 1 for m in post["media"])
    sizes = [(m["files"][0]["probe"]["width"], m["files"][0]["probe"]["height"]) for m in post["media"][:-1]]
    assert sizes == [(m["width"], m["height"]) for m in post["media"][:-1]]


def test_a_silent_file_gives_way_to_one_with_sound(everything: Crawl) -> None:
    for handle in ("lab.video_silent", "lab.video_hvc1_trap", "lab.video_h265_silent"):
        post = next(post for post in everything.posts if post["author"]["handle"] == handle)
        assert post["media"][0]["files"][0]["probe"]["has_audio"], handle
    silent = next(post for post in everything.posts if post["author"]["handle"] == "lab.video_silent")
    assert "fallback:1:no_sound" in silent["warnings"]


def test_media_failures_name_their_cause(everything: Crawl) -> None:
    causes = {
        post["author"]["handle"]: post["media"][0]["error"].split(":")[0]
        for post in everything.posts
        if (post["author"]["handle"] or "").startswith("lab.media_") and post["media"][0]["error"]
    }
    assert causes == {
        "lab.media_cut": "truncated",
        "lab.media_gone": "gone",
        "lab.media_html": "not_media",
        "lab.media_truncated": "truncated",
    }


def test_short_links_are_asked_hop_by_hop_and_never_followed(everything: Crawl, lab: LabProcess) -> None:
    log = lab.log()
    short = [record for record in log if record.host in ("vm.tiktok.com", "vt.tiktok.com")]
    assert short
    assert all(record.status in (301, 302) for record in short)
    hops = [record for record in short if "loop" in record.target]
    assert 2 <= len(hops) <= 6
    assert not [record for record in log if record.host not in ("vm.tiktok.com", "vt.tiktok.com") and "_r=1" in record.target]


def test_one_session_serves_them_all(everything: Crawl) -> None:
    assert everything.stat("playwright/browser_count") == 1
    assert everything.stat("session/minted/tiktok") <= 3  # the seed that asks for a captcha has its own replaced twice


def test_no_secret_reaches_a_file_or_the_log(everything: Crawl) -> None:
    sessions = list((everything.folder.parent / "sessions").iterdir())
    assert {session.stat().st_mode & 0o777 for session in sessions} == {0o600}
    cookies = [each for session in sessions for each in json.loads(session.read_text("utf-8"))["storage"]["cookies"]]
    secrets = {cookie["value"].strip('"') for cookie in cookies}
    secrets = {value for value in secrets if len(value) >= 8}
    assert secrets
    texts = [path for path in everything.folder.rglob("*") if path.suffix in (".json", ".jsonl", ".html")]
    for text in (everything.stdout, everything.stderr, *(path.read_text("utf-8") for path in texts)):
        assert not [secret for secret in secrets if secret in text]
    assert "signature=" not in everything.stderr


def test_raw_answers_read_again_give_the_same_posts(everything: Crawl) -> None:
    records = {post["raw"]: post for post in everything.posts}
    done = scrapy("payload", "tiktok", *(str(everything.folder / raw) for raw in records))
    assert done.returncode == 0, done.stderr
    again = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(again) == len(records)
    for post, first in zip(again, records.values(), strict=True):
        for key in ("id", "kind", "text", "created_at", "author", "stats", "music", "cover", "url"):
            assert post[key] == first[key]


def test_a_second_run_begins_anew_and_keeps_the_first(lab: LabProcess, tmp_path: Path) -> None:
    url = lab.url("lab_gif/")
    first = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter")
    assert first.code == 0
    second = crawl(lab, tmp_path, "-a", f"urls={url} {url}?lang=en", spider="twitter", MEDIA="none")
    assert second.code == 0
    assert [envelope.get("duplicate_of") for envelope in second.envelopes] == [None, "1.1"]
    (run,) = (second.folder / "runs").iterdir()
    assert (run / "envelopes.jsonl").exists()
    assert json.loads((second.folder / "run.json").read_text())["reason"] == "finished"
    assert second.posts[0]["media"][0]["files"] == []


def test_scrapy_s_own_export_holds_envelopes_and_no_secret(lab: LabProcess, tmp_path: Path) -> None:
    url = lab.url("lab.video_square")
    seeds = tmp_path / "seeds.txt"
    seeds.write_text(f"{url}\n{url}?lang=en\nno link\nhttps://example.org/\n{url}?q=3")
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", "-o", str(tmp_path / "items.jl"), spider="tiktok", MEDIA="none")
    text = (tmp_path / "items.jl").read_text("utf-8")
    exported = [json.loads(line) for line in text.splitlines()]
    assert sorted(exported, key=lambda e: str(e["seed"])) == sorted(done.envelopes, key=lambda e: str(e["seed"]))
    assert [e["seed"] for e in done.envelopes if "duplicate_of" in e] == ["2.1", "5.1"]
    (session,) = (tmp_path / "sessions").iterdir()
    cookies = json.loads(session.read_text("utf-8"))["storage"]["cookies"]
    assert not [cookie["name"] for cookie in cookies if cookie["value"].strip('"') in text]
    assert (done.code, len(exported)) == (1, 5)


def test_both_variants_differ_and_pixels_tell_which_is_which(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_portrait')}", spider="tiktok", WATERMARK="both")
    assert done.code == 0
    (post,) = done.posts
    medium: dict[str, Any] = post["media"][0]
    marks = {}
    for file in medium["files"]:
        variant = medium["variants"][file["variant"]]
        marks[variant["watermark"]] = has_watermark(done.folder / file["path"])
        assert ("_watermark" in file["path"]) == variant["watermark"]
    assert marks == {True: True, False: False}


def test_media_all_takes_every_variant_cover_and_subtitle(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab.video_subtitles')}", spider="tiktok", MEDIA="all")
    (post,) = done.posts
    assert done.code == 0
    for medium in post["media"]:
        assert len(medium["files"]) == len(medium["variants"])
    assert {medium["role"] for medium in post["media"]} >= {"video", "subtitle"}


@pytest.mark.parametrize(("mode", "number"), [("page", 120), ("once", 40)])
def test_many_posts_need_one_browser_session(start_lab: Any, tmp_path: Path, mode: str, number: int) -> None:
    """One browser, at most three navigations, no firewall page and no 403, whichever way the token is handed out."""
    lab = start_lab("--many", str(number), "--list-many", "--chain-token", mode)
    urls = [post["url"] for post in lab.posts if post["outcome"] == "ok" and "lab.many" in post["url"]][:number]
    assert len(urls) == number
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("\n".join(urls), "utf-8")
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="tiktok", OPEN_SEEDS=16)
    assert done.code == 0, done.stdout[-2000:]
    log = lab.log()
    assert sum(record.headers.get("sec-fetch-mode") == "navigate" for record in log) <= 3
    assert done.stat("playwright/browser_count") == 1
    assert not [record for record in log if record.status == 403 or "firewall" in record.note]
    assert lab.refused() == []
    assert sum(len(medium["files"]) for post in done.posts for medium in post["media"]) == number
