"""Lines become seeds, one per link; an unreadable line becomes a rejected seed."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import ErrorCode
from scraper.links.recogniser import Recogniser
from scraper.model.seed import Seed
from scraper.seeds.lines import MAX_TEXT, parse_lines, split_text
from spiders.tiktok.links import LINKS

RECOGNISER = Recogniser({"tiktok": LINKS}, {"tiktok": ("tiktok.com", "tiktokv.com")})
ONE, TWO = "https://www.tiktok.com/@a/video/1", "https://vm.tiktok.com/ZMabc123/"


def parse(*lines: str | bytes) -> list[Seed]:
    return list(parse_lines(lines, RECOGNISER))


def test_lines_are_counted_from_one_with_comments_and_blanks() -> None:
    seeds = parse("# list", "", ONE, "   ", f"{ONE} and {TWO}", "\t# no", TWO)
    assert [(seed.id, seed.line, seed.text) for seed in seeds] == [
        ("3.1", 3, ONE),
        ("5.1", 5, ONE),
        ("5.2", 5, TWO),
        ("7.1", 7, TWO),
    ]
    assert all(seed.ref is not None and seed.rejected is None and seed.platform == "tiktok" for seed in seeds)


def test_a_line_without_a_link_is_one_rejected_seed() -> None:
    [seed] = parse("just words " + "x" * 900)
    assert (seed.id, seed.rejected, seed.ref, seed.problem, seed.platform) == (
        "1.1",
        ErrorCode.NO_URL,
        None,
        None,
        None,
    )
    assert len(seed.text) == MAX_TEXT


def test_every_link_of_a_line_is_a_seed() -> None:
    seeds = parse(f"https://example.com/a {ONE} https://www.tiktok.com/foo/bar")
    assert [(seed.id, seed.rejected, seed.platform) for seed in seeds] == [
        ("1.1", ErrorCode.HOST_NOT_ALLOWED, None),
        ("1.2", None, "tiktok"),
        ("1.3", ErrorCode.UNKNOWN_RESOURCE, "tiktok"),
    ]


def test_the_link_is_kept_as_written() -> None:
    [seed] = parse("see http://m.TikTok.com/@a/video/1?is_copy_url=1.")
    assert seed.text == "http://m.TikTok.com/@a/video/1?is_copy_url=1"
    assert seed.ref is not None
    assert seed.ref.url == ONE


def test_json_lines_carry_options_and_tags() -> None:
    line = json.dumps({"url": f"look {ONE} {TWO}", "options": {"MEDIA": "none", "deep": [1, None]}, "tags": ["a", "b"]})
    seeds = parse(line)
    assert [seed.id for seed in seeds] == ["1.1", "1.2"]
    assert [seed.text for seed in seeds] == [ONE, TWO]
    for seed in seeds:
        assert seed.options == {"MEDIA": "none", "deep": [1, None]}
        assert seed.tags == ("a", "b")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"url": "x"', "expected one JSON object a line, found a fault at column"),
        ("{", "expected one JSON object"),
        ("{}", "url: expected a text"),
        ('{"url": 1}', "url: expected a text"),
        ('{"url": "x", "opts": {}}', "'opts': is no key of a seed"),
        ('{"url": "x", "options": []}', "options: expected an object"),
        ('{"url": "x", "tags": "a"}', "tags: expected a list of texts"),
        ('{"url": "x", "tags": [1]}', "tags: expected a list of texts"),
        ('{"url": ' + "[" * 100_000, "expected one JSON object"),
        ('{"url": ' + "9" * 5000 + "}", "expected one JSON object"),
        ("{'url': '" + ONE + "'}", "expected one JSON object"),
    ],
)
def test_a_broken_json_line_says_why(line: str, problem: str) -> None:
    [first, second] = parse(line, ONE)
    assert first.rejected is ErrorCode.NO_URL
    assert problem in (first.problem or "")
    assert len(first.problem or "") < 200
    assert first.text == line[:MAX_TEXT]
    assert second.ref is not None


def test_an_unlucky_json_line_keeps_its_tags() -> None:
    [seed] = parse('{"url": "no link", "tags": ["t"]}')
    assert (seed.text, seed.rejected, seed.tags, seed.problem) == ("no link", ErrorCode.NO_URL, ("t",), None)


@pytest.mark.parametrize(
    "line",
    [
        b"\xef\xbb\xbf" + ONE.encode() + b"\r\n",
        "\ufeff" + ONE,
        ONE.encode() + b" \xff\xfe broken",
        b"\xe4\xbd " + ONE.encode(),
        "\u200b" + ONE + "\u200b",
        b"\xef\xbb\xbf" + json.dumps({"url": ONE}).encode() + b"\r\n",
        "\udcff " + ONE,
    ],
)
def test_odd_encodings_are_fine(line: str | bytes) -> None:
    [seed] = parse(line)
    assert seed.text == ONE
    assert seed.ref is not None


def test_a_bom_before_a_comment_is_no_seed() -> None:
    assert parse(b"\xef\xbb\xbf# seeds\r\n", b"\r\n") == []


def test_arguments_are_split_into_lines() -> None:
    assert split_text(f"{ONE}\r\n{TWO}\n\r# c") == [ONE, TWO, "", "# c"]
    assert split_text("a\u2028b\x0cc") == ["a\u2028b\x0cc"]
    assert [seed.id for seed in parse_lines(split_text(f"{ONE} {TWO}\n{ONE}"), RECOGNISER)] == ["1.1", "1.2", "2.1"]


def test_nothing_is_read_ahead() -> None:
    def endless() -> Iterator[str]:
        yield ONE
        raise AssertionError("read ahead")

    assert next(parse_lines(endless(), RECOGNISER)).id == "1.1"


def test_numbering_can_start_anywhere() -> None:
    assert [seed.id for seed in parse_lines([ONE], RECOGNISER, first_line=41)] == ["41.1"]


@given(
    st.lists(st.text(st.characters()) | st.binary() | st.sampled_from([ONE, TWO, f"{ONE},{TWO}", "{", "#"]), max_size=5)
)
def test_any_lines_give_unique_seeds(lines: list[str | bytes]) -> None:
    seeds = parse(*lines)
    assert len({seed.id for seed in seeds}) == len(seeds)
    assert all((seed.ref is None) is (seed.rejected is not None) for seed in seeds)
    assert all(len(seed.text.encode()) <= 4 * MAX_TEXT for seed in seeds)
