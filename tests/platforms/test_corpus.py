"""Every captured answer, compared with the result of its reader; skipped if the corpus is missing."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Post
from scraper.model.record import to_record
from scraper.posts.answer import Answer
from scraper.text.jsonline import dump_line
from tests.support import corpus_map
from tests.support.corpus import COUNT, MAPS, ROWS, needs_corpus, text_of
from tests.support.damage import damage, states_of
from tests.support.sites import SITES

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])


def parse(row: dict[str, Any]) -> Answer:
    return SITES[row["platform"]].parse_answer(text_of(row))


def table(row: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a table of the platform's own map on top of the common one."""
    return {**getattr(corpus_map, name, {}), **getattr(MAPS[row["platform"]], name)}


def expected_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the index's values for *row*, in the names and units of a record if its platform translates them."""
    translate: Callable[[dict[str, Any]], dict[str, Any]] | None
    translate = getattr(MAPS[row["platform"]], "expected_of", None)
    expected: dict[str, Any] = row["expected"]
    return expected if translate is None else translate(row)


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None]:
    """Return the outcome of an answer without a post: its code or the missing path, then the platform's own words."""
    try:
        parse(row)
    except PayloadError as error:
        return error.path, None, None
    except SeedError as error:
        return error.code, error.raw_code, error.raw_message if error.raw_code else None
    return "a post", None, None


def compare(source: object, expected: dict[str, Any], readers: dict[str, Callable[[Any], Any]]) -> list[str]:
    """Return what differs."""
    found = {name: (readers[name](source), value) for name, value in expected.items() if name in readers}
    return [f"{name}: expected {value!r}, got {got!r}" for name, (got, value) in found.items() if got != value]


def compare_post(row: dict[str, Any], post: Post, expected: dict[str, Any]) -> list[str]:
    """Return the differences; the text is compared by its start, the counters one by one."""
    differs = compare(post, expected, table(row, "OF_POST"))
    start = expected.get("description_start", "")
    if (post.text or "")[: len(start)] != start:
        differs.append(f"text: expected {start!r}, got {(post.text or '')[: len(start)]!r}")
    for name, value in expected.get("stats", {}).items():
        if f"stats.{name}" not in table(row, "NOT_IN_A_RECORD") and getattr(post.stats, name) != value:
            differs.append(f"stats.{name}: expected {value!r}, got {getattr(post.stats, name)!r}")
    return differs


@needs_corpus
@each_row
def test_answer_says_what_the_index_says(row: dict[str, Any]) -> None:
    expected = expected_of(row)
    wanted = MAPS[row["platform"]].end_of(row)
    if wanted is not None:
        assert end_of(row) == wanted
        return
    answer = parse(row)
    differs = compare(answer, expected, table(row, "OF_ANSWER"))
    posts = {name: find for name, find in table(row, "POST_AT").items() if name in expected}
    for name, find in posts.items():
        differs += compare_post(row, find(answer), expected[name])
    if answer.posts and not posts:
        differs += compare_post(row, answer.posts[0], expected)
    assert differs == []
    assert (answer.page is not None) == bool({"n_items", "n_results"} & set(expected))


@needs_corpus
def test_every_expected_value_is_compared_or_has_a_reason() -> None:
    unknown = set()
    for row in ROWS:
        if MAPS[row["platform"]].end_of(row) is not None:
            continue
        at = table(row, "POST_AT")
        known = {*at, *table(row, "OF_POST"), *table(row, "OF_ANSWER"), *table(row, "NOT_IN_A_RECORD")}
        known |= corpus_map.SPECIAL
        expected = expected_of(row)
        named = set(expected).union(*(expected.get(name, {}) for name in at))
        unknown |= {f"{row['platform']}: {name}" for name in named - known}
    assert sorted(unknown) == []


@needs_corpus
@each_row
def test_no_value_of_a_captured_answer_is_odd(row: dict[str, Any]) -> None:
    try:
        answer = parse(row)
    except (SeedError, PayloadError):
        answer = Answer()
    words = [word for said in (*answer.posts, answer.fragment) if said is not None for word in said.warnings]
    assert [word for word in words if word.startswith("odd_field")] == []


@needs_corpus
@each_row
def test_damaged_answers_end_in_posts_or_known_errors(row: dict[str, Any]) -> None:
    read_damaged(row, 5)


@needs_corpus
@pytest.mark.soak
@each_row
def test_much_damaged_answers_end_in_posts_or_known_errors(row: dict[str, Any]) -> None:
    read_damaged(row, 50)


def read_damaged(row: dict[str, Any], times: int) -> None:
    """Read a captured answer *times* times, damaged in a different way each time."""
    chance = random.Random(row["file"])
    states = states_of(text_of(row))
    for _ in range(times if states else 0):
        data = json.loads(chance.choice(states))
        for _ in range(chance.choice((1, 1, 2, 8, 40))):
            damage(data, chance)
        try:
            posts = SITES[row["platform"]].parse_answer(json.dumps(data)).posts
        except (PayloadError, SeedError) as error:
            str(error).encode()
            continue
        for post in posts:
            dump_line(to_record(post)).encode()


@needs_corpus
def test_rows_are_counted() -> None:
    assert len(ROWS) == COUNT
