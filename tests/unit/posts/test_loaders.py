"""Loaders, the readers they use, and scripts in pages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.errors import PayloadError
from scraper.model.post import Author, Cover, Kind, Music
from scraper.posts.fields import Fields, OddValueError, dig, peek, read_flag, read_id, read_int, read_time, read_url
from scraper.posts.loaders import AuthorLoader, CoverLoader, MusicLoader, PostLoader, RecordLoader, StatsLoader
from scraper.posts.scripts import find_script, find_scripts, load_assigned, load_json, load_object

RAW = {"a": {"b": [{"c": 1}], "d.e": "x"}, "n": None}


def test_post_is_built_with_its_defaults() -> None:
    loader = PostLoader(platform="p", kind=Kind.VIDEO, url="https://p.example/1", author=Author(id="2"))
    loader.add_paths({"id": 1, "t": "", "when": "1780000000"}, {"id": "id", "text": "t", "created_at": "when"})
    loader.add_value("hashtags", ["#a", "＃b ", "a", "#"])
    post = loader.load_item()
    assert (post.id, post.text, post.author.id, post.hashtags) == ("1", None, "2", ["a", "b"])
    assert post.created_at == datetime.fromtimestamp(1780000000, UTC)
    assert post.media == []
    assert post.stats.plays is None


def test_first_path_with_a_value_counts() -> None:
    loader = MusicLoader()
    loader.add_paths({"id": 5, "mid": "", "id_str": None}, {"id": ("id_str", "mid", "id")})
    assert loader.load_item().id == "5"


def test_odd_optional_value_is_left_out_and_remembered() -> None:
    fields = Fields({"s": {"likes": "many", "plays": "12"}}, "item")
    loader = StatsLoader()
    loader.add_paths(fields, {"likes": "s.likes", "plays": "s.plays", "shares": "s.shares"})
    stats = loader.load_item()
    assert (stats.likes, stats.plays, stats.shares) == (None, 12, None)
    assert fields.odd == ["item.s.likes"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "item.id: expected id, got nothing"),
        ({"id": []}, "item.id: expected id, got list"),
        ({"id": "../x"}, "item.id: expected id, got str"),
    ],
)
def test_required_value_names_its_place(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(PayloadError, match=f"^{message}$"):
        PostLoader().add_paths(Fields(raw, "item"), {"id": "id"})


def test_a_required_value_names_the_place_where_something_odd_stands() -> None:
    with pytest.raises(PayloadError, match=r"^b: expected id, got list$"):
        PostLoader().add_paths(Fields({"b": []}), {"id": ("a", "b")})
    with pytest.raises(PayloadError, match=r"^c: expected url, got nothing$"):
        CoverLoader().add_paths({}, {"url": "c"})


LINK = "https://a.example/1"


@pytest.mark.parametrize(
    ("loader", "record"),
    [(AuthorLoader(), Author(url=LINK)), (MusicLoader(), Music(url=LINK)), (CoverLoader(), Cover(url=LINK, width=3, height=4))],
)
def test_addresses_and_sizes_are_read(loader: RecordLoader[Any], record: object) -> None:
    raw = {"url": LINK, "width": "3", "height": 4}
    loader.add_paths(raw, {name: name for name in raw if name == "url" or isinstance(record, Cover)})
    assert loader.load_item() == record


def test_a_post_reads_its_own_address() -> None:
    loader = PostLoader(platform="p", kind=Kind.VIDEO)
    loader.add_paths({"id": 1, "url": LINK}, {"id": "id", "url": "url"})
    assert loader.load_item().url == LINK


def test_handle_is_stripped() -> None:
    loader = AuthorLoader()
    loader.add_paths({"u": " name "}, {"handle": "u"})
    assert loader.load_item() == Author(handle="name")


def test_dig_finds_what_must_be_there() -> None:
    assert dig(RAW, "a.b.0.c", int) == 1
    assert dig(RAW, ("a", "d.e"), str) == "x"


@pytest.mark.parametrize(
    ("path", "expected", "message"),
    [
        ("a.x.y", str, "at.a.x: expected dict, got nothing"),
        ("n", str, "at.n: expected str, got nothing"),
        ("a.b", dict, "at.a.b: expected dict, got list"),
        ("a.b.7", dict, "at.a.b.7: expected dict, got nothing"),
    ],
)
def test_dig_names_the_first_missing_step(path: str, expected: type, message: str) -> None:
    with pytest.raises(PayloadError) as caught:
        dig(RAW, path, expected, "at")
    assert str(caught.value) == message


def test_true_is_no_number() -> None:
    with pytest.raises(PayloadError):
        dig({"a": True}, "a", int)
    assert peek({"a": True}, "a.b") is None


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        (read_int, "1700", 1700),
        (read_int, 1.0, 1),
        (read_int, "", None),
        (read_id, 0, None),
        (read_id, "007", "007"),
        (read_time, 0, None),
        (read_time, 1780000000000, datetime.fromtimestamp(1780000000, UTC)),
        (read_flag, 1, True),
        (read_url, "//a.example/x", "https://a.example/x"),
        (read_url, " ", None),
    ],
)
def test_readers_take(reader: Any, value: object, read: object) -> None:
    assert reader(value) == read


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (read_int, True),
        (read_int, -1),
        (read_int, float("nan")),
        (read_int, float("inf")),
        (read_int, 10**400),
        (read_int, "1.2M"),
        (read_int, "９" * 30),
        (read_id, True),
        (read_id, "1/2"),
        (read_time, 10**17),
        (read_flag, "yes"),
        (read_flag, []),
        (read_url, "ftp://a.example/x"),
        (read_url, "https://[a"),
        (read_url, "https://a.example:99999/"),
        (read_url, "https://a.example/\nX: y"),
        (read_url, {}),
    ],
)
def test_readers_refuse(reader: Any, value: object) -> None:
    with pytest.raises(OddValueError):
        reader(value)


def test_urls_come_once_each_from_text_or_list() -> None:
    fields = Fields({"one": "https://a.example/1", "more": ["https://a.example/1", "https://a.example/2", None, 3]})
    assert fields.urls("one", "more", "none") == ["https://a.example/1", "https://a.example/2"]
    assert fields.odd == ["more"]


def test_children_skip_what_is_no_object() -> None:
    fields = Fields({"list": [{"a": 1}, None, "x"], "text": "x"}, "at")
    assert [child.at for child in fields.children("list")] == ["at.list.0"]
    assert not fields.child("text")
    assert fields.odd == ["at.list.2", "at.text"]


def test_scripts_are_found_by_id() -> None:
    page = "<script>1</script><SCRIPT type=x id='a'>2</SCRIPT><script id=b>3</script ><script data-id=\"c\">4"
    assert list(find_scripts(page)) == [("", "1"), ("a", "2"), ("b", "3"), ("", "4")]
    assert find_script(page, "b") == "3"
    assert find_script(page, "z") is None


def test_many_broken_tags_take_linear_time() -> None:
    assert list(find_scripts("<script" * 400_000)) == []
    assert len(list(find_scripts("<script " * 100_000 + ">x"))) == 1


def test_json_in_scripts() -> None:
    assert load_json('{"a": [NaN, -Infinity]}') == {"a": [None, None]}
    assert load_assigned("window['S'] = {\"a\": 1}; window['T']={}", "S") == {"a": 1}
    assert load_assigned("var x = 1", "S") is None
    assert load_assigned("S is no assignment", "S") is None
    assert load_object("{}") == {}
    with pytest.raises(PayloadError, match="expected dict, got list"):
        load_object("[]")
    with pytest.raises(PayloadError, match="expected JSON"):
        load_json("{")
    with pytest.raises(PayloadError, match="nested too deep"):
        load_json("[" * 100_000)
