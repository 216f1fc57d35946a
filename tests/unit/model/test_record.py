"""The record: complete, valid JSON, and free of secrets."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from scraper.model.post import Author, Cover, File, Kind, Media, Music, Post, Probe, Provenance, Role, Stats, Variant
from scraper.model.record import to_json, to_record
from scraper.text.jsonline import dump_line
from scraper.text.unicode import clean_text

TEXTS = st.text(st.characters())  # with lone surrogates
NUMBERS = st.one_of(st.none(), st.floats(min_value=0), st.just(math.nan), st.integers(min_value=0))
ZONES = st.sampled_from((UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))))


SCHEMA = json.loads((files("scraper") / "schema" / "post-1.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def full_post() -> Post:
    variant = Variant(
        url="https://v16-webapp-prime.tiktok.com/a/?signature=x",
        headers={"Referer": "https://www.tiktok.com/", "Cookie": "tt_chain_token=SECRET"},
        cookies=["tt_chain_token"],
        jar={"tt_chain_token": "SECRET"},
        expires_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    file = File(variant=0, path="media/tiktok/a/tiktok_1_1.mp4", bytes=9, sha256="0" * 64, probe=Probe(codec="h264"))
    return Post(
        platform="tiktok",
        id="1",
        kind=Kind.VIDEO,
        url="https://www.tiktok.com/@a/video/1",
        created_at=datetime(2026, 4, 30, 12, tzinfo=timezone(timedelta(hours=8))),
        author=Author(id="2", handle="a"),
        stats=Stats(likes=3),
        music=Music(id="4"),
        cover=Cover(url="https://p16.tiktokcdn.com/c.jpg"),
        parts=[{"part": 1, "title": "eins"}],
        media=[Media(index=1, role=Role.VIDEO, variants=[variant], files=[file])],
        provenance=Provenance(seconds={"fetch": 0.5}),
    )


def test_keys_stand_in_the_order_of_declaration() -> None:
    record: Any = to_record(full_post())
    assert list(record)[:10] == [
        "platform", "id", "kind", "url", "share_url", "title", "text", "language", "created_at", "author",
    ]  # fmt: skip
    assert record["kind"] == "video"
    assert type(record["kind"]) is str
    assert list(record["author"]) == ["id", "handle", "name", "url"]


def test_absent_values_are_null() -> None:
    record: Any = to_record(Post(platform="x", id="1", kind=Kind.TEXT, url="https://x.com/i/status/1"))
    assert record["stats"] == dict.fromkeys(Stats.__dataclass_fields__)
    assert record["music"] is None
    assert record["created_at"] is None
    assert record["media"] == []


def test_cookie_values_never_leave() -> None:
    line = dump_line(to_record(full_post()))
    assert "SECRET" not in line
    assert '"jar"' not in line
    assert '"cookies":["tt_chain_token"]' in line
    assert "Referer" in line


def test_times_keep_their_offset() -> None:
    record: Any = to_record(full_post())
    assert record["created_at"] == "2026-04-30T12:00:00+08:00"
    assert record["media"][0]["variants"][0]["expires_at"] == "2026-05-01T00:00:00+00:00"
    naive = datetime(2026, 5, 1, tzinfo=UTC).replace(tzinfo=None)
    assert to_json(naive) == "2026-05-01T00:00:00+00:00"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_null(value: float) -> None:
    post = full_post()
    post.media[0].duration = value
    record: Any = to_record(post)
    assert record["media"][0]["duration"] is None
    with pytest.raises(ValueError, match="JSON compliant"):
        dump_line({"duration": value})


def test_foreign_types_are_named() -> None:
    with pytest.raises(TypeError, match="got object"):
        to_json(object())


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("視頻", "視頻"),
    ],
)
def test_surrogates_are_joined_or_replaced(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029", "\n", "\r", "\x1c", "\x0b", "\x0c"])
def test_a_line_stays_one_line(mark: str) -> None:
    line = dump_line({"text": f"a{mark}ü"})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"text": f"a{mark}ü"}


@given(TEXTS, TEXTS, NUMBERS, st.datetimes(timezones=st.one_of(st.none(), ZONES)))
def test_every_record_is_one_line_of_valid_json(title: str, tag: str, number: float | None, when: datetime) -> None:
    post = full_post()
    post.title, post.text, post.hashtags, post.created_at = title, tag, [tag], when
    post.media[0].duration = number
    post.parts = [{tag: number, "title": title}]
    record: Any = to_record(post)
    VALIDATOR.validate(record)
    line = dump_line(record)
    assert line.splitlines() == [line]
    assert json.loads(line.encode().decode()) == record


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)
    )
)
def test_to_json_makes_anything_writable(value: object) -> None:
    dump_line(to_json(value)).encode()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("media", 0, "variants", 0, "jar"), {}),
        (("media", 0, "variants", 0, "headers", "Cookie"), "a=b"),
        (("media", 0, "variants", 0, "cookies", 0), "tt_chain_token=SECRET"),
        (("media", 0, "variants", 0, "watermark"), None),
        (("media", 0, "files", 0, "path"), "/srv/out/a.mp4"),
        (("media", 0, "files", 0, "path"), "media/../../a.mp4"),
        (("raw",), "/srv/out/raw/1.json"),
        (("kind",), "story"),
        (("stats", "likes"), "3"),
        (("created_at",), 1690000000),
        (("extra",), 1),
    ],
)
def test_the_schema_is_strict(place: tuple[Any, ...], value: object) -> None:
    record: Any = to_record(full_post())
    VALIDATOR.validate(record)
    inner = record
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert not VALIDATOR.is_valid(record)


def test_the_schema_knows_every_field() -> None:
    record = to_record(full_post())
    assert list(SCHEMA["properties"]) == list(record)
    for key in record:
        assert not VALIDATOR.is_valid({name: value for name, value in record.items() if name != key})


@pytest.mark.parametrize("name", ["post-1.json", "envelope-1.json"])
def test_every_key_is_described(name: str) -> None:
    schema = json.loads((files("scraper") / "schema" / name).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)

    def walk(node: Any, place: str) -> None:
        for key, value in node.get("properties", {}).items():
            assert value.get("description", "").endswith("."), f"{place}.{key}"
            walk(value, f"{place}.{key}")
        for key, value in node.get("$defs", {}).items():
            walk(value, f"{place}.{key}")

    walk(schema, name)


def test_both_schemas_say_the_same_of_media() -> None:
    envelope = json.loads((files("scraper") / "schema" / "envelope-1.json").read_text("utf-8"))
    assert envelope["$defs"].items() >= SCHEMA["$defs"].items()
