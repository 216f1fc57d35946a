"""The walk for posts through answers of any shape: how deep, through which wrappers, and which page goes with a list."""

from enum import Enum
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.posts.answer import Page
from scraper.posts.finder import Candidate, Candidates, PostRecognition, find_empty, find_posts, make_page, pick, unwrap


class Writer(Enum):
    SITE = "site"
    APP = "app"


POST = {"note": 1}


def recognise(value: object) -> Writer | None:
    return Writer.SITE if isinstance(value, dict) and "note" in value else None


def contain(node: object, at: str) -> Candidates[Writer] | None:
    return Candidates([Candidate(Writer.APP, {}, at)]) if isinstance(node, dict) and "box" in node else None


LOOK = PostRecognition(
    recognise=recognise,
    wrappers={"one": None, "sure": Writer.APP},
    lists=("notes", "data"),
    details=frozenset({"data"}),
    empty=frozenset({"notes"}),
    not_posts=frozenset({"comments"}),
    id_keys=("key", "id"),
    container=contain,
)


def places(data: object, at: str = "") -> list[tuple[str, str]] | None:
    found = find_posts(LOOK, data, at)
    return None if found is None else [(raw.at, raw.shape.value) for raw in found.raws]


def nested(depth: int, inner: object) -> Any:
    for _ in range(depth):
        inner = {"x": inner}
    return inner


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([POST, 1, POST], [("0", "site"), ("2", "site")]),
        ({"one": {"one": {"one": POST}}}, [("one.one.one", "site")]),
        ({"one": {}, "sure": {"x": 1}}, [("sure", "app")]),
        ({"sure": POST}, [("sure", "site")]),
        ({"one": [POST]}, [("one.0", "site")]),
        ({"sure": {}}, None),
        ({"notes": [{"one": POST}]}, [("notes.0.one", "site")]),
        ({"data": [POST], "notes": [POST, POST]}, [("notes.0", "site"), ("notes.1", "site")]),
        ({"data": [POST], "notes": [1]}, [("data.0", "site")]),
        ({"comments": [POST], "others": [POST]}, [("others.0", "site")]),
        ({"x": {"comments": {"y": POST}}}, None),
        ({"box": 1, "one": POST}, [("", "app")]),
        ({"x": {"box": 1}}, [("x", "app")]),
        ({"x": {"y": POST}, "z": POST}, [("z", "site")]),
        (nested(24, POST), [(".".join("x" * 24), "site")]),
        (nested(25, POST), None),
        ({"a": nested(23, {"y": 1}), "x": nested(23, POST)}, [(".".join("x" * 24), "site")]),
        ("note", None),
        (None, None),
    ],
)
def test_posts_nearest_to_the_root_are_found(data: object, found: list[tuple[str, str]] | None) -> None:
    assert places(data) == found
    assert places(data, "at") == (found and [(f"at.{place}".rstrip("."), shape) for place, shape in found])


@pytest.mark.parametrize(("depth", "is_found"), [(3, True), (4, False)])
def test_so_many_wrappers_are_opened(depth: int, is_found: bool) -> None:
    value: Any = POST
    for _ in range(depth):
        value = {"one": value}
    assert (unwrap(LOOK, value, "at") is not None) is is_found


@pytest.mark.parametrize("value", [None, 1, [], {}, {"one": 1}, {"one": {"x": 1}}])
def test_what_wraps_no_post_is_none(value: object) -> None:
    assert unwrap(LOOK, value, "") is None


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"data": [POST]}, None),
        ({"data": [POST, POST], "cursor": 7}, Page(n_items=2, cursor=7)),
        ({"a": [POST], "b": [POST], "offset": 7}, Page(n_items=2, cursor=7)),
        ({"cursor": 1, "x": {"cursor": 2, "y": {"notes": [POST]}}}, Page(n_items=1, cursor=2)),
        ({"cursor": 1, "x": {"y": {"z": {"notes": [POST]}}}}, Page(n_items=1, cursor=1)),
        ({"cursor": 1, "x": {"y": {"z": {"w": {"notes": [POST]}}}}}, Page(n_items=1)),
        ({"has_more": 1, "x": [[POST]]}, Page(n_items=1, has_more=True)),
        ([POST], Page(n_items=1)),
    ],
)
def test_a_list_has_the_page_of_its_nearest_parent(data: object, wanted: Page | None) -> None:
    found = find_posts(LOOK, data)
    assert found is not None
    assert found.page == wanted


@pytest.mark.parametrize(
    ("nodes", "cursor", "has_more"),
    [
        (({"cursor": "", "max_cursor": True, "maxCursor": [], "nextCursor": 0},), 0, None),
        (({"min_time": 5}, {"cursor": 6}), 5, None),
        (({"cursor": "x" * 501},), "x" * 500, None),
        (({"has_more": 2, "hasMore": "1", "hasMorePrevious": 1.0}, {"hasMoreLatest": False}), None, False),
        (({"has_more": 0}, {"hasMore": 1}), None, False),
        ((None, [], "cursor"), None, None),
    ],
)
def test_the_nearest_word_about_a_page_counts(nodes: tuple[object, ...], cursor: object, has_more: bool | None) -> None:
    page = make_page(3, *nodes)
    assert (page.n_items, page.cursor, page.has_more) == (3, cursor, has_more)
    assert type(page.cursor) is type(cursor)


NAMES = (
    *("cursor", "max_cursor", "maxCursor", "nextCursor", "next_cursor", "min_cursor", "minCursor"),
    *("offset", "max_time", "min_time"),
)


def test_pages_are_named_in_many_ways() -> None:
    assert [make_page(0, {name: 4}).cursor for name in NAMES] == [4] * len(NAMES)
    more = ("hasMore", "has_more", "hasMorePrevious", "hasMoreLatest")
    assert [make_page(0, {name: 1}).has_more for name in more] == [True] * len(more)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"notes": []}, Page(n_items=0)),
        ({"notes": None}, Page(n_items=0)),
        ({"notes": {}}, None),
        ({"notes": [1]}, None),
        ({"data": []}, None),
        ({"data": [], "has_more": 0}, Page(n_items=0, has_more=False)),
        ({"has_more": 0, "x": {"data": []}}, Page(n_items=0, has_more=False)),
        ({"has_more": 0, "cursor": 9}, Page(n_items=0, cursor=9, has_more=False)),
        ({"has_more": 0}, None),
        ({"cursor": 9}, None),
        ([{"x": 1}, {"notes": []}], Page(n_items=0)),
    ],
)
def test_a_list_without_entries_has_a_page(data: object, wanted: Page | None) -> None:
    assert find_empty(LOOK, data) == wanted


def test_the_own_object_is_the_named_one_else_the_only_one() -> None:
    one, two, three = ({"id": 1}, {"key": "", "id": 2}, {"key": 3, "id": 1})
    raws = [Candidate(Writer.SITE, data, "") for data in (one, two, three)]
    assert [pick(LOOK, lambda: raws, name) for name in ("1", "2", "3", "4")] == [one, two, three, None]
    assert pick(LOOK, lambda: raws[2:], "4") is three
    assert pick(LOOK, list, "1") is None


@pytest.mark.parametrize("error", [SeedError(ErrorCode.PRIVATE), PayloadError("x", "expected str, got int")])
def test_an_answer_that_cannot_be_read_has_no_own_object(error: Exception) -> None:
    def find() -> list[Candidate[Writer]]:
        raise error

    assert pick(LOOK, find, "1") is None
