"""Every captured answer beside what a reader finds in it; skipped where the corpus is not there."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scraper.core.answers import Answer
from scraper.core.errors import PayloadError, SeedError
from scraper.core.items import Post
from tests.corpus_map import NOT_IN_A_RECORD, OF_PAGE, OF_POST, OUTCOMES, SPECIAL

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
PLATFORMS = ("tiktok",)
COUNT = 31
"""Rows compared; what is skipped where the corpus is absent."""


def read_rows() -> list[dict[str, Any]]:
    index = CORPUS / "INDEX.jsonl"
    rows = [json.loads(line) for line in index.read_text("utf-8").split("\n") if line] if index.exists() else []
    return [row for row in rows if row["platform"] in PLATFORMS]


ROWS = read_rows()
needs_corpus = pytest.mark.skipif(
    not ROWS, reason=f"{COUNT} captured answers are not compared: no folder {CORPUS.name}"
)


def parse(row: dict[str, Any]) -> Answer:
    text = (CORPUS / row["file"]).read_text("utf-8", errors="replace")
    answer: Answer = import_module(f"spiders.{row['platform']}.payload.answer").parse_answer(text)
    return answer


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Return how an answer without a post ends: its code or the missing path, then the platform's own words."""
    try:
        parse(row)
    except PayloadError as error:
        return error.path, None, None
    except SeedError as error:
        return error.code, error.raw_code, error.raw_message if error.raw_code else None
    return "a post", None, None


def compare_post(post: Post, expected: dict[str, Any]) -> list[str]:
    """Return what differs."""
    found = {name: (OF_POST[name](post), value) for name, value in expected.items() if name in OF_POST}
    if "description_start" in expected:
        start = expected["description_start"]
        found["description_start"] = (post.text or "")[: len(start)], start
    for name, value in expected.get("stats", {}).items():
        if f"stats.{name}" not in NOT_IN_A_RECORD:
            found[f"stats.{name}"] = getattr(post.stats, name), value
    return [f"{name}: expected {value!r}, got {got!r}" for name, (got, value) in found.items() if got != value]


def compare_page(answer: Answer, expected: dict[str, Any]) -> list[str]:
    found = {name: (OF_PAGE[name](answer), value) for name, value in expected.items() if name in OF_PAGE}
    return [f"{name}: expected {value!r}, got {got!r}" for name, (got, value) in found.items() if got != value]


@needs_corpus
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_answer_says_what_the_index_says(row: dict[str, Any]) -> None:
    expected = row["expected"]
    outcome = OUTCOMES.get(f"{row['platform']}/{row['kind']}")
    if outcome is not None or "error" in expected:
        stated = expected.get("error", {})
        wanted = (outcome, None, None) if outcome else ("removed", str(stated["code"]), stated["message"])
        assert end_of(row) == wanted
        return
    answer = parse(row)
    post = expected.get("first", expected)
    differs = compare_page(answer, expected)
    differs += compare_post(answer.posts[0], post) if answer.posts else []
    assert differs == []
    assert (answer.page is not None) == ("n_items" in expected)


@needs_corpus
def test_every_expected_value_is_compared_or_has_a_reason() -> None:
    known = {*OF_POST, *OF_PAGE, *SPECIAL, *NOT_IN_A_RECORD}
    named = {name for row in ROWS if not _is_foreign(row) for name in row["expected"]}
    first = {name for row in ROWS if not _is_foreign(row) for name in row["expected"].get("first", {})}
    assert named | first <= known


def _is_foreign(row: dict[str, Any]) -> bool:
    return OUTCOMES.get(f"{row['platform']}/{row['kind']}") == "unsupported_kind"


@needs_corpus
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_no_value_of_a_captured_answer_is_odd(row: dict[str, Any]) -> None:
    try:
        posts = parse(row).posts
    except (SeedError, PayloadError):
        posts = []
    assert [word for post in posts for word in post.warnings if word.startswith("odd_field")] == []


@needs_corpus
def test_rows_are_counted() -> None:
    assert len(ROWS) == COUNT
