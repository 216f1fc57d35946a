"""Whole crawls of a few posts: a second run, exports, variants, one session for many."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.media import has_watermark
from tests.lab.process import LabProcess
from tests.support.crawling import crawl


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
