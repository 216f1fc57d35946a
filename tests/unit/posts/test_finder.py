"""The tools that all parsers share: the search for posts, states of pages, verdicts, offers."""

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Kind, Post
from scraper.posts.answer import Page, collect
from scraper.posts.aweme_files import FileOffer, make_variant, merge
from scraper.posts.finder import PostRecognition, choose, find_empty, find_posts, make_page
from scraper.posts.offers import image_variant
from scraper.posts.states import find_in_answer
from scraper.posts.verdicts import Verdicts


class Shape(Enum):
    NOTE = "note"


def recognise(value: object) -> Shape | None:
    return Shape.NOTE if isinstance(value, dict) and "note" in value else None


LOOK = PostRecognition(
    recognise=recognise,
    wrappers={"one": None, "sure": Shape.NOTE},
    lists=("notes", "data"),
    details=frozenset({"data"}),
    empty=frozenset({"notes"}),
    not_posts=frozenset({"comments"}),
)


@dataclass
class Found:
    raws: list[Any] = field(default_factory=list)


def find(data: Any) -> Found:
    if data.get("refused"):
        raise SeedError(ErrorCode.PRIVATE)
    if "none" in data:
        return Found()
    if "id" not in data:
        raise PayloadError("id", "expected str, got nothing")
    return Found([data["id"]])


@pytest.mark.parametrize(
    ("data", "places", "page"),
    [
        ({"note": 1}, [""], None),
        ({"code": 0, "data": {"one": {"note": 1}}}, ["data.one"], None),
        ({"sure": {"x": 1}}, ["sure"], None),
        ({"data": [{"note": 1}]}, ["data.0"], None),
        ({"data": [{"note": 1}, {"note": 2}]}, ["data.0", "data.1"], Page(n_items=2)),
        ({"notes": [{"note": 1}, {"user": 1}], "cursor": 3, "has_more": 1}, ["notes.0"], Page(n_items=1, cursor=3)),
        ({"a": [{"note": 1}], "b": [{"note": 2}]}, ["a.0", "b.0"], Page(n_items=2)),
    ],
)
def test_posts_are_found_by_their_look(data: Any, places: list[str], page: Page | None) -> None:
    found = find_posts(LOOK, data)
    assert found is not None
    assert [raw.at for raw in found.raws] == places
    assert (found.page and (found.page.n_items, found.page.cursor)) == (page and (page.n_items, page.cursor))


def test_what_is_no_post_is_not_found() -> None:
    assert find_posts(LOOK, {"comments": [{"note": 1}], "x": [1, None]}) is None
    assert find_empty(LOOK, {"notes": []}) == Page(n_items=0)
    assert find_empty(LOOK, {"x": []}) is None
    assert make_page(1, {}, {"max_cursor": 5, "hasMore": False}) == Page(n_items=1, cursor=5, has_more=False)


def test_the_post_asked_for_is_chosen() -> None:
    found = find_posts(LOOK, {"notes": [{"note": 1, "id": "1"}, {"note": 1, "id": "2"}]})
    assert found is not None

    def parse(raw: Any) -> Post:
        return Post(platform="x", id=str(raw.data["id"]), kind=Kind.TEXT, url="")

    assert choose(LOOK, found.raws, None, parse, "id").id == "1"
    assert choose(LOOK, found.raws, "2", parse, "id").id == "2"
    with pytest.raises(PayloadError, match=r"notes\.0\.id: expected 3, got 1"):
        choose(LOOK, found.raws, "3", parse, "id")


def test_list_leaves_out_what_cannot_be_read() -> None:
    def parse(value: int) -> Post:
        if value < 0:
            raise PayloadError("x", f"expected more than {value}")
        if value == 0:
            raise SeedError(ErrorCode.PRIVATE)
        return Post(platform="x", id=str(value), kind=Kind.TEXT, url="")

    assert [post.id for post in collect([1, -1, 2], parse, Page(n_items=3)).posts] == ["1", "2"]
    assert collect([], parse, Page(n_items=0)).posts == []
    with pytest.raises(PayloadError, match="expected more than -1"):
        collect([-1, -2], parse, Page(n_items=2))
    assert [post.id for post in collect([0, 1], parse, Page(n_items=2)).posts] == ["1"]


def _page(*states: dict[str, Any], encode: bool = False) -> str:
    bodies = [json.dumps(state) for state in states]
    scripts = [f"<script id=state>{quote(body) if encode else body}</script>" for body in bodies]
    return "<html>" + "".join(scripts)


def test_state_is_read_from_scripts_and_assignments() -> None:
    assert find_in_answer('{"id": 1}', (), (), find).raws == [1]
    assert find_in_answer(_page({"x": 1}, {"id": 2}), ("state",), (), find).raws == [2]
    assert find_in_answer(_page({"id": "锅"}, encode=True), ("state",), (), find).raws == ["锅"]
    assert find_in_answer('<script>window.S = {"id": 3};</script>', (), ("S",), find).raws == [3]


def test_the_most_telling_reason_counts() -> None:
    with pytest.raises(SeedError):
        find_in_answer(_page({"x": 1}, {"none": 1}, {"refused": 1}), ("state",), (), find)
    assert find_in_answer(_page({"x": 1}, {"none": 1}), ("state",), (), find).raws == []
    with pytest.raises(PayloadError, match="id: expected str"):
        find_in_answer(_page({"x": 1}), ("state",), (), find)
    with pytest.raises(PayloadError, match="script#state: expected a script"):
        find_in_answer("<html>", ("state",), (), find)
    with pytest.raises(PayloadError, match="expected a page or JSON, got 'hello'"):
        find_in_answer("hello", (), (), find)


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        ({"code": 7, "msg": "wrapped", "data": {"status_code": 5, "message": "It is Gone"}}, ("removed", "5")),
        ({"code": 9, "data": {"status_code": 5}}, ("private", "9")),
        ({"code": 7, "msg": "no idea"}, ("parse_error", "7")),
        ({"code": 200, "data": {"status_code": 0}}, None),
        ({"code": True}, None),
    ],
)
def test_verdict_is_the_platform_s_before_the_wrapper_s(data: Any, ends: tuple[str, str] | None) -> None:
    verdicts = Verdicts(codes={"9": ErrorCode.PRIVATE}, words=(("gone", ErrorCode.REMOVED),), nested=("data",))
    error = verdicts.find(data)
    assert (error and (error.code, error.raw_code)) == ends


def test_offers_for_one_file_become_one() -> None:
    def offer(url: str, source: str) -> FileOffer:
        return FileOffer(urls=[url], source=source)

    play, twin = offer("https://a.x/1/video/tos/f/?s=1", "play"), offer("https://b.x/2/video/tos/f/?s=2", "rate")
    assert [(one.source, len(one.urls)) for one in merge(play, [twin])] == [("rate", 2)]
    one, other = (
        offer("https://a.x/aweme/v1/play/?video_id=1", "a"),
        offer("https://a.x/aweme/v1/play/?video_id=2", "b"),
    )
    assert [found.source for found in merge(one, [other])] == ["a", "b"]
    assert make_variant(offer("https://a.x/video/tos/media-video-avc1/?s=1", "x"), None).has_audio is False


def test_image_takes_the_form_that_opens_everywhere() -> None:
    urls = [f"https://a.x/i~q.{form}?x=1" for form in ("heic", "webp", "png", "jpeg")]
    variant = image_variant(urls, "x", durable="i")
    assert variant is not None
    assert [url.partition(".")[2].partition("q.")[2][:4] for url in (variant.url, *variant.backup_urls)] == [
        "jpeg",
        "png?",
        "webp",
        "heic",
    ]
    assert image_variant([], "x") is None
