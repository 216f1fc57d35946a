"""The reader of answers, with a platform of one line: its results, its errors, and their order."""

import json
from enum import Enum
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Kind, Post
from scraper.posts.answer import Page
from scraper.posts.finder import Candidates, PostRecognition
from scraper.posts.reader import PageReader


class NoteFormat(Enum):
    NOTE = "note"


def recognise(value: object) -> NoteFormat | None:
    return NoteFormat.NOTE if isinstance(value, dict) and "note" in value else None


def parse(raw: Any, at: str) -> Post:
    if raw["note"] is None:
        raise PayloadError(f"{at}.note", "expected a text, got nothing")
    return Post(platform="x", id=str(raw.get("key") or raw["id"]), kind=Kind.TEXT, url="", text=raw["note"])


class NoteReader(PageReader[NoteFormat]):
    look = PostRecognition(
        recognise=recognise,
        wrappers={"detail": None},
        lists=("notes",),
        details=frozenset(),
        empty=frozenset({"notes"}),
        not_posts=frozenset(),
        id_keys=("key", "id"),
    )
    post_at, id_at = "detail", "id"
    parsers = {NoteFormat.NOTE: parse}
    scripts, assigned = ("STATE",), ("__NOTES__",)
    named = {"detail": "detail", "page": "page.notes"}
    no_posts = {"users": "a list of users"}

    def find_challenge(self, text: str) -> SeedError | None:
        return SeedError(ErrorCode.CHALLENGE) if text == "who are you" else None

    def find_in_state(self, data: object) -> Candidates[NoteFormat] | None:
        if isinstance(data, dict) and "gone" in data:
            raise SeedError(ErrorCode.REMOVED)
        return None

    def find_outcome(self, data: object) -> SeedError | None:
        return SeedError(ErrorCode.PRIVATE) if isinstance(data, dict) and data.get("code") == 1 else None


READER = NoteReader()


def test_one_post_and_a_list_are_told_apart_by_the_page() -> None:
    one = READER.parse_answer('\ufeff{"detail":{"note":"a","id":1}}')
    assert ([post.text for post in one.posts], one.page) == (["a"], None)
    many = READER.parse_answer('{"notes":[{"note":"a","id":1},{"note":null,"id":2}],"has_more":0}')
    assert ([post.text for post in many.posts], many.page) == (["a"], Page(n_items=2, has_more=False))
    assert READER.parse_answer('<script id="STATE">{"detail":{"note":"b","id":1}}</script>').posts[0].text == "b"
    assert READER.parse_answer('<script>window.__NOTES__ = {"notes":[]}</script>').page == Page(n_items=0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("who are you", ErrorCode.CHALLENGE),
        ('{"gone":1,"detail":{"note":"a","id":1}}', ErrorCode.REMOVED),
        ('{"code":1,"users":[]}', ErrorCode.PRIVATE),
        ('{"users":[]}', ErrorCode.UNSUPPORTED_KIND),
    ],
)
def test_the_first_reason_counts(text: str, code: ErrorCode) -> None:
    with pytest.raises(SeedError) as found:
        READER.parse_answer(text)
    assert found.value.code is code


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"detail": 1}, "detail: expected dict, got int"),
        ({"data": {"page": {"notes": 3}}}, "data.page.notes: expected dict, got int"),
        ({"b": 1, "a": 2}, r"detail: expected dict, got nothing \(keys: b, a\)"),
        ({"x" * 41: 1} | dict.fromkeys("abcdefgh"), rf"detail: expected dict, got nothing \(keys: {'x' * 40}, a, b, c, d, e, f, g\)"),
        ([], r"\$: expected a post or a list of posts, got list"),
    ],
)
def test_what_is_missing_is_named(data: Any, problem: str) -> None:
    with pytest.raises(PayloadError, match=f"^{problem}$"):
        READER.parse_answer(json.dumps(data))


def test_the_post_asked_for_is_picked_by_its_first_key() -> None:
    text = '{"notes":[{"note":"a","id":1},{"note":"b","id":1,"key":2},{"note":"c","id":"3"}]}'
    assert [READER.parse_post(text, name).text for name in (None, "1", "2", "3")] == ["a", "a", "b", "c"]
    assert READER.find_own(text, "2") == {"note": "b", "id": 1, "key": 2}
    assert READER.find_own(text, "4") is READER.find_own("who are you", "1") is None
    with pytest.raises(PayloadError, match=r"notes\.0\.id: expected 4, got 1"):
        READER.parse_post(text, "4")
    with pytest.raises(PayloadError, match="detail: expected dict, got nothing"):
        READER.parse_post('{"notes":[]}', "1")
