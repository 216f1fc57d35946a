"""Arguments and settings: every problem is one line that says what to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import UsageError
from scraper.seeds.arguments import check_arguments
from scraper.text.values import check_all, read_bool, read_choice, read_int


def lines(urls: str | None, seeds: str | None, *extra: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        check_arguments(urls, seeds, dict.fromkeys(extra, "1"))
    return str(caught.value).splitlines()


def test_one_source_is_enough() -> None:
    check_arguments("https://x.com/i/status/1", None)
    check_arguments(None, "-", {})
    check_arguments(None, "/a", {"_job": "1", "_version": "2"})


def test_every_problem_is_a_line() -> None:
    assert lines(None, None) == ['urls or seeds: expected one of them, got none: add -a urls="LINK" or -a seeds=FILE']
    assert lines("a", "b") == ["urls and seeds: expected one of them, got both: leave one out"]
    assert lines("  ", None) == ['urls: expected a text, got an empty one: add the links: -a urls="LINK"']
    assert lines(None, None, "url", "MEDIA", "foo\nbar") == [
        'urls or seeds: expected one of them, got none: add -a urls="LINK" or -a seeds=FILE',
        "url: is no argument: did you mean -a urls=…?",
        "MEDIA: is a setting, not an argument: write -s MEDIA=… instead of -a",
        "'foo\\nbar': is no argument: expected urls, seeds, column, shard; settings are written -s NAME=VALUE",
    ]
    assert lines(None, "f", "colum", "shard_") == [
        "colum: is no argument: did you mean -a column=…?",
        "shard_: is no argument: did you mean -a shard=…?",
    ]


@pytest.mark.parametrize(
    ("urls", "column", "shard", "problem"),
    [
        ("a", "url", None, "column: expected with seeds, got it with urls: leave it out"),
        (None, " ", None, "column: expected a text, got an empty one: add the heading or the number: -a column=url"),
        ("a", None, "", "shard: expected a text, got an empty one: add the part: -a shard=1/4"),
        ("a", None, "2", "shard: expected i/N, got '2': write shard=1/4 for the first of four"),
        ("a", None, "1/٣", "shard: expected i/N, got '1/\\u0663': write shard=1/4 for the first of four"),
        ("a", None, "0/4", "shard: expected a number from 1 to N, got 0/4: the first of four is 1/4"),
        (None, None, "5/4", "shard: expected a number from 1 to N, got 5/4: the first of four is 1/4"),
    ],
)
def test_column_and_shard(urls: str | None, column: str | None, shard: str | None, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_arguments(urls, None if urls else "list.csv", column=column, shard=shard)
    assert str(caught.value) == problem
    check_arguments(None, "list.csv", column="2", shard=" 4/4 ")


def test_choices() -> None:
    assert read_choice("MEDIA", " Best ", ("best", "none")) == "best"
    with pytest.raises(UsageError, match=r"^MEDIA: expected one of best, none, got 'bets': did you mean MEDIA=best\?$"):
        read_choice("MEDIA", "bets", ("best", "none"))
    with pytest.raises(
        UsageError, match=r"^MEDIA: expected one of best, none, got '': write MEDIA=best, or leave it out$"
    ):
        read_choice("MEDIA", "", ("best", "none"))


@pytest.mark.parametrize(("value", "number"), [("32", 32), (32, 32), (" 1_000 ", 1000), ("0", 0)])
def test_numbers(value: object, number: int) -> None:
    assert read_int("OPEN_SEEDS", value, 0) == number


@pytest.mark.parametrize("value", ["", None, "many", "1.5", "1e3", "٣", "-1", True, "9" * 5000, []])
def test_no_numbers(value: object) -> None:
    with pytest.raises(
        UsageError, match=r"^OPEN_SEEDS: expected (a whole number|at least 1), got .+: write OPEN_SEEDS=1 or more$"
    ):
        read_int("OPEN_SEEDS", value, 1)


@pytest.mark.parametrize(
    ("value", "switch"),
    [("1", True), (True, True), ("Yes", True), ("0", False), (False, False), ("off", False), (0, False)],
)
def test_switches(value: object, switch: bool) -> None:
    assert read_bool("POLITE", value) is switch


def test_no_switch() -> None:
    with pytest.raises(UsageError, match=r"^POLITE: expected 1 or 0, got 'maybe': write POLITE=1 or POLITE=0$"):
        read_bool("POLITE", "maybe")


def test_all_checks_are_made() -> None:
    with pytest.raises(UsageError) as caught:
        check_all([lambda: read_int("A", "x"), lambda: read_int("B", 1), lambda: read_bool("C", "x")])
    assert [line[:2] for line in str(caught.value).splitlines()] == ["A:", "C:"]
    check_all([])


@given(st.text(st.characters()))
def test_any_text_gives_one_short_line(text: str) -> None:
    for read in (read_int, read_bool):
        try:
            read("NAME", text)
        except UsageError as error:
            message = str(error)
            assert len(message) < 200
            assert message.isprintable()
