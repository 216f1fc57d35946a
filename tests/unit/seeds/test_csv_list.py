"""Seed lists of CSV: the column and the delimiter are found, and a damaged row costs itself alone."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import UsageError
from scraper.seeds.csv_list import find_delimiter, parse_sheet, read_rows
from scraper.seeds.lists import read_seeds
from tests.support.seed_lists import KNOWN, ONE, SHORT, TWO, texts


def test_ids_are_the_lines_on_which_records_begin(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f'text,link\n"a\nb",{ONE}\n,\n\nno link,nothing\nnone,\n"x","{TWO}\n{SHORT}"\n#c,# {ONE}\nj,"{{"\n')
    seeds = list(read_seeds(str(path), KNOWN))
    told = {seed.id: seed.text if seed.ref else seed.problem for seed in seeds}
    assert told == {
        "2.1": ONE,
        "6.1": None,
        "7.1": "expected a link in column 2, found nothing",
        "8.1": TWO,
        "8.2": SHORT,
        "10.1": ONE,
        "11.1": None,
    }


@pytest.mark.parametrize(
    ("rows", "column", "expected"),
    [
        (f"Video-Link,thumbnail\n{ONE},{TWO}\n", None, [ONE]),
        (f"thumbnail,URL\n{TWO},{ONE}\n", None, [ONE]),
        (f"thumbnail,what\nhttps://example.com/a,{ONE}\nhttps://example.com/b,{TWO}\n", None, [ONE, TWO]),
        (f"url,share url\nhttps://cdn.example.com/a.mp4,{ONE}\n", None, [ONE]),
        (f"url,url\nnone,{ONE}\n", None, [ONE]),
        (f"{ONE},{TWO}\n{ONE},{SHORT}\n", "2", [TWO, SHORT]),
        (f"a,b\n{ONE},{TWO}\n", " 2 ", [TWO]),
        (f"2,1\n{ONE},{TWO}\n", "1", [TWO]),
        (f"分享链接,b\n{ONE},{TWO}\n", None, [ONE]),
        (f"a,b\n{ONE},{TWO}\n", "B", [TWO]),
        ("url\n", None, []),
        ("\n\n", None, []),
    ],
)
def test_the_column_is_found(rows: str, column: str | None, expected: list[str]) -> None:
    assert texts(parse_sheet(rows.splitlines(keepends=True), KNOWN, name="x", column=column)) == expected


@pytest.mark.parametrize(
    ("rows", "column", "problem"),
    [
        ("a,b\n1,2\n", None, "seeds: no column of x holds a link, it has 'a', 'b': name one: -a column=NAME"),
        ("a,b\n1,2,3\n", "4", "column: expected 1 to 3, got '4': x has 'a', 'b'"),
        ("a,b\n1,2\n", "0", "column: expected 1 to 2, got '0': x has 'a', 'b'"),
        ("url,b,Url\n1,2,3\n", "url", "column: 2 columns of x are called 'url': give 1 or 3 instead"),
        ("title,b\n1,2\n", "titel", "column: x has none called 'titel', it has 'title', 'b': did you mean -a column='title'?"),
        ("a\x1bb,b\n1,2\n", "none", "column: x has none called 'none', it has 'a?b', 'b': give one of them, or a number from 1"),
        (",".join("abcdefghijkl"), None, "it has 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 4 more: name one"),
    ],
)
def test_no_column_is_one_line_with_those_there_are(rows: str, column: str | None, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        list(parse_sheet(rows.splitlines(keepends=True), KNOWN, name="x", column=column))
    assert problem in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["id;url;price", "1;u;1,5", "2;u;2,5"], ";"),
        (["id,url,text", "1,u,a;b;c;d", "2,u,e"], ","),
        (["a\tb", "1,2\t3,4", "5,6\t7,8"], "\t"),
        (["url", "https://x.com/a/status/1", "a, b"], ","),
        (["1,5;u;2,5", "1,5;u;2,5"], ";"),
        ([], ","),
    ],
)
def test_the_delimiter_is_the_one_that_fits(lines: list[str], delimiter: str) -> None:
    assert find_delimiter(lines) == delimiter


@pytest.mark.parametrize("rest", [10, 6000], ids=["to the end", "longer than a cell"])
def test_a_quote_that_nobody_closes_costs_its_row_alone(rest: int) -> None:
    lines = ["url,b\n", f'"{ONE},x\n', *(f"{TWO},y\n" for _ in range(rest))]
    seeds = list(parse_sheet(lines, KNOWN, name="x"))
    assert len(seeds) == rest + 1
    assert seeds[0].id == "2.1"
    assert "expected a " in (seeds[0].problem or "")
    assert {seed.text for seed in seeds[1:]} == {TWO}
    assert seeds[-1].id == f"{rest + 2}.1"


@given(st.lists(st.text('a",', max_size=6).map("{}\n".format), max_size=12))
def test_only_the_line_that_cannot_be_read_is_lost(lines: list[str]) -> None:
    """Read each record again from its first line."""
    expected, start = [], 0
    while start < len(lines):
        reader = csv.reader([*lines[start:], "\n", ",\n"])  # after an open quote, these are inside it
        cells = next(reader)
        is_open = start + reader.line_num > len(lines)
        expected.append((start + 1, [lines[start]] if is_open else cells))
        start += 1 if is_open else reader.line_num
    assert [(row.line, row.cells) for row in read_rows(lines, ",")] == expected


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4), max_size=6))
def test_rows_come_out_as_they_were_written(rows: list[list[str]]) -> None:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    lines = list(io.StringIO(file.getvalue(), newline="\n"))
    found = list(read_rows(lines, ","))
    assert [row.cells for row in found] == rows
    assert [row.line for row in found] == sorted({row.line for row in found})
