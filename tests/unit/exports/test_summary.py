"""The summary: the columns of its contract, of every captured answer."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from scraper.exports.summary_answers import read_file
from scraper.exports.summary_columns import COLUMNS
from scraper.exports.summary_files import Summary
from scraper.runs.answers import raw_name
from tests.support.corpus import ROWS, needs_corpus, text_of
from tests.support.exports import SUMMARY
from tests.support.sites import SITES


def test_the_summary_has_the_columns_of_its_contract() -> None:
    assert list(COLUMNS) == SUMMARY
    assert len(COLUMNS) == 50


@needs_corpus
@pytest.mark.parametrize("row", [row for row in ROWS if row["platform"] in ("tiktok", "douyin")], ids=lambda row: row["file"])
def test_captured_answers_give_rows(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "raw_1.json"
    path.write_text(text_of(row), "utf-8")
    got = read_file(path, [SITES["tiktok"], SITES["douyin"]])
    if not got["parse_ok"]:
        assert got["error"]
        return
    post = next(iter(SITES[row["platform"]].parse_answer(text_of(row)).posts))
    assert (got["aweme_id"], list(got)) == (post.id, SUMMARY)
    stats = post.stats
    assert (got["digg_count"], got["comment_count"], got["share_count"]) == (stats.likes, stats.comments, stats.shares)
    assert got["author_nickname"] == post.author.name


def test_the_summary_of_nothing_is_no_file(tmp_path: Path) -> None:
    with Summary(tmp_path, "x", guard=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_raw_answer_is_named_after_its_post_and_request() -> None:
    rid = "9b2f2c1e-8a3e-4d55-9a1c-0123456789ab"
    assert raw_name("7", "https://x", rid) == "raw_7_9b2f2c1e8a3e4d55"
    digest = hashlib.sha256(b"https://x").hexdigest()[:10]
    assert raw_name("..", "https://x", rid) == f"raw_unknown_{digest}_9b2f2c1e8a3e4d55"
