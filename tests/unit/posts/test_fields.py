"""Values of decoded JSON: what each reader takes, what it refuses, and what is remembered of what it refused."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.errors import PayloadError
from scraper.posts.fields import (
    Fields,
    OddValueError,
    dig,
    join,
    peek,
    read_flag,
    read_float,
    read_id,
    read_int,
    read_milliseconds,
    read_seconds,
    read_size,
    read_text,
    read_time,
    read_url,
    type_name,
)

SITE = "https://a.example"


class Table(Mapping[str, Any]):
    """A mapping that is no dict, as a parser may wrap one."""

    def __getitem__(self, key: str) -> Any:
        return {"a": 1}[key]

    def __iter__(self) -> Iterator[str]:
        return iter("a")

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("data", "path", "found"),
    [
        ([1, 2], "0", 1),
        ([1, 2], "1", 2),
        ([1, 2], "2", None),
        ([1, 2], "-1", None),
        ([1, 2], "x", None),
        ([1, 2], "1.0", None),
        ({"a": [{"b": 0}]}, "a.0.b", 0),
        ({"a": [{"b": 0}]}, ("a", "0", "b"), 0),
        ({"a.b": 1}, ("a.b",), 1),
        ({"a": None}, "a.b", None),
        ({"x": Table()}, "x.a", 1),
        ({"x": Table()}, "x.b", None),
        ("text", "0", None),
        (None, "a", None),
    ],
)
def test_peek(data: object, path: Any, found: object) -> None:
    assert peek(data, path) == found


@pytest.mark.parametrize("value", [True, 0, "", []])
def test_dig_takes_the_type_it_is_asked_for(value: Any) -> None:
    assert dig({"a": value}, "a", type(value)) is value
    with pytest.raises(PayloadError, match=f"^a: expected float, got {type_name(value)}$"):
        dig({"a": value}, "a", float)


def test_parts_of_a_path_are_joined_without_the_empty_ones() -> None:
    assert join("a", "", "b.c") == "a.b.c"
    assert join("", "") == ""
    assert (type_name(None), type_name([])) == ("nothing", "list")


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        (read_text, "", None),
        (read_text, "a", "a"),
        (read_id, "", None),
        (read_id, "000", None),
        (read_id, 7, "7"),
        (read_id, "1" * 25, "1" * 25),
        (read_id, 10**25 - 1, "9" * 25),
        (read_float, "", None),
        (read_float, " 1.5 ", 1.5),
        (read_float, 0, 0.0),
        (read_float, 10**18 - 1, 1e18),
        (read_float, "1" * 18, float("1" * 18)),
        (read_int, "", None),
        (read_int, 0, 0),
        (read_int, " 7 ", 7),
        (read_int, "9" * 18, 10**18 - 1),
        (read_int, 10**18 - 1, 10**18 - 1),
        (read_int, "1.9", 1),
        (read_size, 0, None),
        (read_size, "0", None),
        (read_size, 9, 9),
        (read_seconds, 0, None),
        (read_seconds, "1.5", 1.5),
        (read_milliseconds, 1500, 1.5),
        (read_milliseconds, 0, None),
        (read_milliseconds, "", None),
        (read_time, "", None),
        (read_time, 1.5, datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)),
        (read_time, 32_503_680_000, datetime(3000, 1, 1, tzinfo=UTC)),
        (read_time, 100_000_000_001, datetime(1973, 3, 3, 9, 46, 40, 1000, UTC)),
        (read_time, 32_503_680_000_000, datetime(3000, 1, 1, tzinfo=UTC)),
        (read_flag, False, False),
        (read_flag, True, True),
        (read_flag, 0, False),
        (read_url, "", None),
        (read_url, f"\n{SITE}/x ", f"{SITE}/x"),
        (read_url, "http://a.example:80", "http://a.example:80"),
        (read_url, f"{SITE}:1/x", f"{SITE}:1/x"),
    ],
)
def test_a_reader_takes(reader: Any, value: object, read: object) -> None:
    found = reader(value)
    assert found == read
    assert type(found) is type(read)


ODD: dict[Any, list[object]] = {
    read_text: [1, True, [], {}],
    read_id: [-1, 1.0, 10**25, "1" * 26, "1a", "-1", False, []],
    read_float: [-0.1, 10**18, "1" * 19, "1e5", ".5", "1.", True, False, [], "-1"],
    read_int: [-1, 10**18, "1" * 19, "٣" * 30, False, {}, "-1"],
    read_time: [32_503_680_001, 100_000_000_000, 32_503_680_001_000, -1, True],
    read_flag: [2, -1, "1", "true", {}],
    read_url: [
        *(1, "a.example/x", "javascript:1", "https://", "https:///x", f"{SITE}:0/", f"{SITE}:x/"),
        *(f"{SITE}/a{odd}b" for odd in (" ", '"', "<", ">", "\\", "\t")),
    ],
}


@pytest.mark.parametrize(("reader", "value"), [(reader, value) for reader, values in ODD.items() for value in values])
def test_a_reader_refuses(reader: Any, value: object) -> None:
    with pytest.raises(OddValueError):
        reader(value)


def test_a_number_of_thousands_of_digits_is_no_id() -> None:
    with pytest.raises(OddValueError):
        read_id(10**5000)


def test_the_first_path_that_can_be_read_counts() -> None:
    fields = Fields({"a": None, "b": [], "c": "", "d": "x", "e": "y"}, "at")
    assert fields.get(read_text, "a", "b", "c", "d", "e") == "x"
    assert fields.get(read_text, "a", "b", "c") is None
    assert fields.odd == ["at.b"]


def test_the_first_object_with_something_in_it_counts() -> None:
    fields = Fields({"a": None, "b": 1, "c": {}, "d": {"e": {"f": 1}}}, "at")
    found = fields.child("a", "b", "c", "d.e", "d")
    assert (found.raw, found.at, bool(found)) == ({"f": 1}, "at.d.e", True)
    nothing = fields.child("c", "a")
    assert (nothing.raw, nothing.at, bool(nothing)) == ({}, "at.c", False)
    assert fields.odd == ["at.b"]
    found.note("f")
    nothing.note("x")
    assert fields.odd == ["at.b", "at.d.e.f", "at.c.x"]


def test_children_have_their_places() -> None:
    fields = Fields({"a": {"list": [None, {"x": []}, 1, {}]}, "b": 1}, "at")
    found = list(fields.children("a.list"))
    assert [(child.at, child.raw) for child in found] == [("at.a.list.1", {"x": []}), ("at.a.list.3", {})]
    assert found[0].get(read_text, "x") is None
    assert fields.items("none") == fields.items("b") == []
    assert fields.odd == ["at.a.list.2", "at.a.list.1.x", "at.b"]


def test_only_the_first_odd_values_become_warnings() -> None:
    fields = Fields({str(number): [] for number in range(25)})
    for _ in range(2):
        assert [fields.get(read_text, name) for name in fields.raw] == [None] * 25
    assert len(fields.odd) == 25
    assert fields.warnings() == [f"odd_field:{number}" for number in range(20)]


def test_addresses_of_all_paths_come_once_each() -> None:
    fields = Fields({"a": ["", None, f"{SITE}/1", 7, f"{SITE}/2"], "b": f"{SITE}/1", "c": "x", "d": {"e": f"{SITE}/3"}})
    assert fields.urls("none", "b", "a", "c", "d.e") == [f"{SITE}/1", f"{SITE}/2", f"{SITE}/3"]
    assert fields.odd == ["a", "c"]
