"""`scrapy summary` over saved answers, foreign and broken ones too."""

import json
from pathlib import Path
from typing import Any

from tests.support.agreement import csv_rows
from tests.support.crawling import scrapy
from tests.support.exports import SUMMARY


def tikhub(item: Any, **more: Any) -> str:
    envelope = {"code": 200, "router": "/api/v1/tiktok/app/v3/fetch_one_video_by_share_url", "request_id": "1-2"}
    return json.dumps({**envelope, "params": {"share_url": "https://vm.tiktok.com/x/"}, "data": item, **more})


def test_foreign_answers_and_broken_ones_are_rows(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    item = {
        "aweme_id": "7",
        "desc": "x" * 3000,
        "text_extra": [{"hashtag_name": "a"}, {"user_id": "1"}, {"hashtag_name": "b"}],
        "commerce_info": {"auction_ad_invited": False, "other": 1},
        "music": {"mid": "44", "author": "me", "owner_nickname": ""},
        "statistics": {"digg_count": 0, "play_count": 5},
        "video": {"duration": 1500, "play_addr": {"url_list": ["https://v/1"], "width": 720, "height": 1280}},
        "author": {"nickname": "N", "follower_count": 3},
    }
    files = {
        "raw_1.json": tikhub({"aweme_detail": item}),
        "raw_2.json": tikhub({"aweme_details": [{**item, "aweme_id": "8", "commerce_info": {}}]}),
        "raw_3.json": tikhub({}),
        "raw_4.json": '{"code": 200, "da',
        "raw_5.json": "",
    }
    for name, text in files.items():
        (raw / name).write_text(text)
    done = scrapy("summary", str(raw), "--out-dir", str(tmp_path / "made"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 answers, 3 of them could not be read" in done.stdout
    made = json.loads((tmp_path / "made/summary.json").read_text())
    assert (made["generated_from"], made["video_count"]) == (str(raw), 5)
    first, second, third, fourth, fifth = made["videos"]
    assert list(first) == SUMMARY
    assert (first["desc"], first["hashtags"], first["music_id"], first["music_author"]) == ("x" * 2000, "a|b", "44", "me")
    assert (first["commerce_info_min"], second["commerce_info_min"]) == ({"auction_ad_invited": False}, {"_present": True})
    assert (first["digg_count"], first["play_count"], first["video_duration_ms"], first["video_width"]) == (0, 5, 1500, 720)
    assert (first["api_code"], first["request_id"], first["parse_ok"]) == (200, "1-2", True)
    assert (third["parse_ok"], third["request_id"], third["api_code"], third["share_url"]) == (False, "1-2", 200, "https://vm.tiktok.com/x/")
    assert third["router"].startswith("/api/v1")
    assert set(fourth) == set(fifth) == {"source_file", "parse_ok", "error"}
    rows = csv_rows(tmp_path / "made/summary.csv")
    assert list(rows[0]) == sorted([*SUMMARY, "error"])
    assert (rows[0]["commerce_info_min"], rows[0]["parse_ok"], rows[3]["parse_ok"]) == ('{"auction_ad_invited": false}', "True", "False")
    for _ in range(2):  # beside the answers, where the second finds the files of the first
        assert "5 answers" in scrapy("summary", str(raw)).stdout
    assert (raw / "summary.csv").read_bytes() == (tmp_path / "made/summary.csv").read_bytes()
    wrong = scrapy("summary", str(tmp_path / "nowhere"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no such folder or file: give a folder or file of saved answers" in wrong.stderr
