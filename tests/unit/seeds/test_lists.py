"""Seed lists: every form a list may have gives the same seeds; what is damaged is one clear line, and nothing is guessed."""

import csv
import gzip
import io
import os
import sqlite3
import sys
import tarfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import ErrorCode, UsageError
from scraper.model.seed import Seed
from scraper.platform.registry import load, recogniser
from scraper.seeds.csv_list import find_delimiter, parse_sheet, read_rows
from scraper.seeds.lines import MAX_LINE, parse_lines
from scraper.seeds.list_text import ListText
from scraper.seeds.lists import check_seeds, pick_seeds, read_answer, read_seeds, source_of
from scraper.seeds.shards import Shard, read_shard
from tests.lab.process import LabProcess
from tests.support.crawling import crawl

KNOWN = recogniser(load(("spiders",)).values())
ONE, TWO, SHORT = "https://x.com/a/status/1", "https://www.tiktok.com/@b/video/2", "https://vm.tiktok.com/ZMabc123/"
LINKS = [ONE, TWO, SHORT]


def sheet(delimiter: str = ",", heading: tuple[str, ...] = ("title", "Share URL", "views"), end: str = "\r\n") -> str:
    file = io.StringIO()
    rows = csv.writer(file, delimiter=delimiter, lineterminator=end)
    rows.writerow(heading)
    rows.writerows([f'a, b; "c"\nof {place}', link, "1,5"] for place, link in enumerate(LINKS))
    return file.getvalue()


FORMS = {
    "seeds.txt": ("".join(f"{link}\n" for link in LINKS).encode(), "text/plain"),
    "mac.txt": ("\r".join(LINKS).encode(), "text/plain"),
    "utf16.txt": ("\r\n".join(LINKS).encode("utf-16"), "text/plain"),
    "utf16be.txt": (b"\xfe\xff" + "\n".join(LINKS).encode("utf-16-be"), ""),
    "seeds.jsonl": ("\n".join(f'{{"url": "{link}"}}' for link in LINKS).encode(), "application/jsonl"),
    "comma.csv": (sheet().encode(), "text/csv; charset=utf-8"),
    "semicolon.csv": (b"\xef\xbb\xbf" + sheet(";", end="\n").encode(), "text/csv"),
    "tab.tsv": (sheet("\t").encode(), "text/tab-separated-values"),
    "excel.csv": (f"sep=;\r\n{sheet(';')}".encode("utf-16"), "Text/CSV"),
    "bare.csv": ("\n".join(f"{place},{link}" for place, link in enumerate(LINKS)).encode(), "text/csv"),
}


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    opened = []

    def take(path: Path) -> None:
        opened.append(path.open())
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield take
    for file in opened:
        file.close()


def texts(seeds: Iterator[Seed]) -> list[str]:
    return [seed.text for seed in seeds]


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_seeds(
    tmp_path: Path, stdin: Callable[[Path], None], name: str, is_packed: bool
) -> None:
    content, kind = FORMS[name]
    body = gzip.compress(content[:9]) + gzip.compress(content[9:]) if is_packed else content
    path = tmp_path / (f"{name}.GZ" if is_packed else name)
    path.write_bytes(body)
    check_seeds(str(path), KNOWN)
    assert texts(read_seeds(str(path), KNOWN)) == LINKS
    by_name = read_answer(f"https://a.example/{path.name}?key=1", "application/octet-stream", body, KNOWN)
    by_type = read_answer("https://a.example/get", kind, body, KNOWN)
    assert texts(by_name) == texts(by_type) == LINKS
    stdin(path)
    column = {"bare.csv": "2"}.get(name, "share_url") if kind.lower().startswith(("text/csv", "text/tab")) else None
    assert texts(read_seeds("-", KNOWN, column)) == LINKS


def test_a_list_without_the_name_of_csv_is_never_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"url,title\n{ONE},hello\nlook, {TWO}, a, b\n")
    seeds = list(read_seeds(str(path), KNOWN))
    assert [(seed.id, seed.rejected) for seed in seeds] == [("1.1", ErrorCode.NO_URL), ("2.1", None), ("3.1", None)]
    assert texts(read_seeds(str(path), KNOWN, "url"))[0] == ONE


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


@pytest.mark.parametrize("rest", [0, 8000], ids=["to the end", "longer than a row"])
def test_quotes_that_nobody_closes_do_not_read_the_list_again_and_again(rest: int) -> None:
    lines = ["url,b\n", *['a","b\n'] * 20_000, *[f"{ONE},z\n"] * rest]
    began = time.process_time()
    seeds = list(parse_sheet(lines, KNOWN, name="x"))
    assert time.process_time() - began < 10
    assert [seed.line for seed in seeds] == list(range(2, 20_002 + rest))
    assert all("expected a " in (seed.problem or "") for seed in seeds[:20_000])
    assert {seed.text for seed in seeds[20_000:]} <= {ONE}


@given(st.lists(st.text('a",', max_size=6).map("{}\n".format), max_size=12))
def test_only_the_line_that_cannot_be_read_is_lost(lines: list[str]) -> None:
    """As if each record were read anew from its first line."""
    expected, start = [], 0
    while start < len(lines):
        reader = csv.reader([*lines[start:], "\n", ",\n"])  # where a quote is open, these are within it
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


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_seeds_or_one_line_that_says_why_not(body: bytes, is_sheet: bool) -> None:
    seeds, problem = [], "one line"
    try:
        seeds = list(read_answer("https://a.example/l", "text/csv" if is_sheet else "", body, KNOWN))
    except UsageError as error:
        problem = str(error)
    assert len(problem.splitlines()) == 1
    assert len({seed.id for seed in seeds}) == len(seeds)


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("cut.txt.gz", gzip.compress(f"{ONE}\n{TWO}\n".encode())[:-9], "is damaged after line 2 (it ends too early): pack it again"),
        ("bad.gz", gzip.compress(os.urandom(50_000).hex().encode())[:5000] + b"junk" * 5000, "is damaged after line"),
        ("head.gz", b"\x1f\x8b", "is damaged after line 0 (it ends too early)"),
        ("crc.csv.gz", gzip.compress(f"url\n{ONE}\n".encode())[:-8] + b"\0" * 8, "is damaged after line 2 (CRC check failed"),
        ("book.csv", b"PK\x03\x04\x14\0\x06\0", "is no text: expected links, CSV or JSON lines, as they are or packed by gzip"),
        ("picture", b"\x89PNG\r\n\x1a\n\0\0", "is no text"),
        ("list.txt", b"BZh91AY&SY", "is no text"),
        ("list.json", b"\0" * 50, "is no text"),
        ("packed.txt", gzip.compress(b"%PDF-1.7"), "is no text"),
        ("empty.csv", b"", "holds no seed: write one link or share text a line"),
        ("empty.gz", gzip.compress(b"\n# nothing\n"), "holds no seed"),
        ("heading.csv", b"\xef\xbb\xbfurl;title\r\n;\r\n", "holds no seed"),
        ("none.csv", b"a,b\n1,2\n", "no column of {path} holds a link, it has 'a', 'b'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_one_line_up_front_also_in_a_folder(tmp_path: Path, name: str, body: bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    for given_name in (path, tmp_path):
        with pytest.raises(UsageError) as caught:
            check_seeds(str(given_name), KNOWN)
        shown = given_name if "no seed" in problem else path
        assert problem.format(path=path) in str(caught.value)
        assert f"{shown} " in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["http://[", "https://", "HTTP:///list.txt", "http://a..b/l", "http://a:x/l", "http:// /l", "http://me:geheim@a..b/?key=geheim"])
def test_an_address_that_is_none_is_one_line(name: str) -> None:
    with pytest.raises(UsageError, match=r"seeds: expected an address, got '.*': write seeds=https://HOST/list\.txt") as caught:
        check_seeds(name, KNOWN)
    assert "geheim" not in str(caught.value)
    check_seeds("https://[::1]:8080/ü.txt?a=b c", KNOWN)


@pytest.mark.parametrize("name", ["list.txt", "list.txt.gz", "list.csv.gz"])
def test_a_list_that_begins_with_millions_of_lines_is_looked_at_and_not_read(tmp_path: Path, name: str) -> None:
    path, blank = tmp_path / name, b"url\n" + b"\n" * 20_000_000
    packed = name.endswith(".gz")
    path.write_bytes(gzip.compress(blank, 1) + gzip.compress(ONE.encode()) if packed else blank)
    began = time.process_time()
    check_seeds(str(path), KNOWN)
    if packed:
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(UsageError, match=r"is damaged after line 20000001 \(it ends too early\)"):
            check_seeds(str(path), KNOWN)
    assert time.process_time() - began < 5


def test_a_folder_of_many_files_is_listed_at_once(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number}.md").touch()
        (tmp_path / f"{number}.txt").touch()
    (tmp_path / "z.txt").write_text(ONE)
    began = time.process_time()
    assert texts(read_seeds(str(tmp_path), KNOWN)) == [ONE]
    assert time.process_time() - began < 2


def test_what_is_no_text_shows_in_what_comes_first(tmp_path: Path) -> None:
    ledger, archive, path = tmp_path / "ledger.db", tmp_path / "a.tar", tmp_path / "a.txt"
    sqlite3.connect(ledger).execute("CREATE TABLE t (x)").connection.close()
    path.write_text(ONE)
    with tarfile.open(archive, "w") as tar:
        tar.add(path, "links.txt")
    for each in (ledger, archive):
        with pytest.raises(UsageError, match="is no text: expected links, CSV or JSON lines"):
            check_seeds(str(each), KNOWN)


def test_odd_lines_cost_themselves_alone(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_bytes(f"{ONE}\n\0\0 {TWO} \0\n".encode() + b"\xff\xfe\xfd\n" + SHORT.encode())
    seeds = list(read_seeds(str(path), KNOWN))
    assert [(seed.id, seed.rejected) for seed in seeds] == [("1.1", None), ("2.1", None), ("3.1", ErrorCode.NO_URL), ("4.1", None)]


@pytest.mark.parametrize("name", ["long.txt", "long.txt.gz", "long.csv"])
def test_a_line_of_50_mb_is_one_rejected_seed_and_fills_no_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with gzip.open(path, "wb", 1) if name.endswith(".gz") else path.open("wb") as file:
        file.write(f"url\n{ONE}\n".encode())
        for _ in range(50):
            file.write(b"x" * 2**20)
        file.write(f"\n{TWO}\n".encode())
    tracemalloc.start()
    seeds = [seed for seed in read_seeds(str(path), KNOWN) if seed.text != "url"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(seed.id, seed.ref is not None) for seed in seeds] == [("2.1", True), ("3.1", False), ("4.1", True)]
    assert str(MAX_LINE) in (seeds[1].problem or "")
    assert peak < 16 * 2**20


def test_a_list_of_any_length_takes_the_same_memory(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        lines = (f'"some, title",{ONE}{number}\n'.encode() for number in range(count))
        packed = tmp_path / "many.csv.gz"
        with gzip.open(packed, "wb", 1) as file:
            file.writelines(lines)
        tracemalloc.start()
        assert sum(1 for _ in read_seeds(str(packed), KNOWN)) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(200)  # what is made once
    assert peak(4000) < peak(1000) + 2**18


def test_a_quiet_pipe_gives_what_is_there() -> None:
    """Nobody waits for a buffer to fill."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as file, os.fdopen(write, "wb", 0) as pipe:
        lines = iter(ListText(file, "x"))
        for link in LINKS:
            pipe.write(f"{link}\n".encode())
            assert next(lines) == f"{link}\n"


def test_a_packed_list_of_utf16_csv_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as stdin, os.fdopen(write, "wb") as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        pipe.write(gzip.compress(sheet(";").encode("utf-16")))
        pipe.close()
        assert texts(read_seeds("-", KNOWN, "2")) == LINKS


def folder(path: Path) -> Path:
    (path / "sub").mkdir(parents=True)
    (path / "sub/more.txt").write_text(TWO)
    (path / "a.txt").write_text(f"{ONE}\nno link\n# end")
    (path / "b.csv.gz").write_bytes(gzip.compress(f'n,url\n"a\nb",{TWO}\nx,\n'.encode()))
    (path / "c").write_text(f'{{"url": "{SHORT}"}}\n{{"url": 1}}\n')
    (path / "notes.md").write_text(ONE)
    (path / ".hidden.txt").write_text(ONE)
    return path


def test_a_folder_is_its_lists_by_name_with_lines_numbered_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = str(folder(tmp_path / "lists"))
    check_seeds(name, KNOWN)
    seeds = {seed.id: seed.text if seed.ref else seed.problem for seed in read_seeds(name, KNOWN)}
    assert seeds == {
        "1.1": ONE,
        "2.1": "a.txt, line 2: holds no link",
        "5.1": TWO,
        "7.1": "b.csv.gz, line 4: expected a link in column 2, found nothing",
        "8.1": SHORT,
        "9.1": 'c, line 2: url: expected a text: write {"url": "LINK"}',
    }
    assert [record.getMessage() for record in caplog.records] == ["not read, as they are no lists: 'notes.md', 'sub'"]
    assert texts(read_seeds(name, KNOWN, "URL"))[0] == ONE


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    def problem(column: str | None = None) -> str:
        with pytest.raises(UsageError) as caught:
            check_seeds(str(tmp_path), KNOWN, column)
        return str(caught.value)

    assert problem() == (
        f"seeds: {tmp_path} holds no list: expected files that end in .txt, .list, .csv, .tsv, .jsonl, .ndjson, .json, "
        "with or without .gz"
    )
    (tmp_path / "a.txt").write_text(ONE)
    (tmp_path / "round.csv").symlink_to("round.csv")
    assert problem() == f"seeds: cannot read {tmp_path}/round.csv: Too many levels of symbolic links: give a list or a folder of lists"
    (tmp_path / "round.csv").unlink()
    (tmp_path / "self.txt").symlink_to(tmp_path, target_is_directory=True)
    assert texts(read_seeds(str(tmp_path), KNOWN)) == [ONE]
    assert problem("url") == f"column: {tmp_path} holds no file that ends in .csv or .tsv: leave it out"
    (tmp_path / "gone.txt").symlink_to("nowhere")
    assert "gone.txt: No such file or directory" in problem()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ONE)
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(UsageError, match=r"cannot read .*a\.txt: Permission denied"):
        check_seeds(str(tmp_path), KNOWN)


def test_another_list_column_or_shard_is_another_source(tmp_path: Path) -> None:
    path = folder(tmp_path / "lists")
    name = str(path)
    seen = [source_of(None, name), source_of(None, name, "url"), source_of(None, name, None, "1/2"), source_of(None, name, "url", "1/2")]
    assert source_of(None, name, " url ", " 1 / 2 ") == seen[-1]
    (path / "notes.md").write_text("changed")
    assert source_of(None, name) == seen[0]
    (path / "a.txt").rename(path / "0.txt")
    seen.append(source_of(None, name))
    (path / "0.txt").write_text(TWO)
    seen += [source_of(None, name), source_of(None, str(path / "0.txt")), source_of(None, f"https://a.example/{name}")]
    seen += [source_of(ONE, None), source_of(ONE, None, None, "1/2"), source_of(None, "https://a.example/l", "2")]
    assert len(set(seen)) == len(seen)
    assert source_of(None, "-", "url", "1/2") == source_of(None, "") == "pipe"


LINE = st.sampled_from([*LINKS, "no link", "https://example.com/a", f"{ONE} {TWO}"]) | st.integers(1, 99).map("https://x.com/i/status/{}".format)


@given(st.lists(LINE, max_size=30), st.integers(1, 7))
def test_the_shards_of_a_list_are_the_list(lines: list[str], total: int) -> None:
    seeds = list(parse_lines(lines, KNOWN))
    shards = [pick_seeds(iter(seeds), f"{number}/{total}") for number in range(1, total + 1)]
    taken = Counter(seed.id for shard in shards for seed in shard)
    assert taken == Counter(seed.id for seed in seeds)


def test_a_post_is_in_one_shard_whatever_its_link_and_whoever_asks() -> None:
    forms = ["https://x.com/a/status/1920", "https://twitter.com/i/web/status/1920?s=20", "see mobile.twitter.com/b/status/1920", '{"url": "https://fxtwitter.com/a/status/1920"}']
    seeds = list(parse_lines(forms, KNOWN))
    assert len({seed.canonical for seed in seeds}) == 1
    assert [seed.canonical for seed in parse_lines([SHORT, "nothing"], KNOWN)] == [SHORT, "nothing"]
    # Figures of another machine: what changes them sends every list's seeds elsewhere.
    places = [next(n for n in range(1, 11) if Shard(n, 10).takes(f"twitter:post:{i}")) for i in range(8)]
    assert places == [1, 6, 6, 10, 3, 3, 5, 2]
    sizes = Counter(next(n for n in range(1, 5) if Shard(n, 4).takes(str(i))) for i in range(4000))
    assert all(900 < size < 1100 for size in sizes.values())
    assert str(read_shard("02/010")) == "2/10"


def test_shards_are_crawled_and_add_up(lab: LabProcess, tmp_path: Path) -> None:
    links = [lab.url(name) for name in ("lab_gif/", "lab_photos/", "lab_deleted/")]
    (tmp_path / "list.csv").write_text("text;Share Link\n" + "".join(f'"a\nb";{link}\n' for link in links))
    done = [
        crawl(lab, tmp_path / number, "-a", f"seeds={tmp_path / 'list.csv'}", "-a", f"shard={number}/2", spider="twitter", MEDIA="none")
        for number in "12"
    ]
    found = [(each.code, {envelope["seed"]: envelope["code"] for envelope in each.envelopes}) for each in done]
    assert found == [(0, {"4.1": 200}), (1, {"2.1": 200, "6.1": 404})]


def test_an_empty_shard_is_no_mistake(lab: LabProcess, tmp_path: Path) -> None:
    [link] = [lab.url("lab_video/")]
    number = next(n for n in (1, 2) if not Shard(n, 2).takes(next(parse_lines([link], KNOWN)).canonical))
    done = crawl(lab, tmp_path, "-a", f"urls={link}", "-a", f"shard={number}/2", spider="twitter", MEDIA="none")
    assert (done.code, done.envelopes) == (0, [])
    assert "0 of 0 seeds ok" in done.stdout


def test_lists_of_a_server_may_be_csv_and_packed(lab: LabProcess, tmp_path: Path) -> None:
    done = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/export?key=s3cret", spider="twitter", MEDIA="none")
    assert (done.code, sorted(envelope["seed"] for envelope in done.envelopes)) == (0, ["2.1", "4.1"])
    cut = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/cut.gz?key=s3cret", spider="twitter", MEDIA="none")
    assert cut.code == 2
    assert cut.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/cut.gz is damaged after line 3 (it ends too early): pack it again"
    )
    bomb = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/bomb?key=s3cret", spider="twitter", MEDIA="none")
    assert bomb.code == 2
    assert bomb.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/bomb cannot be fetched: it unpacks to more than DOWNLOAD_MAXSIZE"
    )
    wide = crawl(lab, tmp_path, "-a", "seeds=https://lists.example.com/wide.gz?key=s3cret", spider="twitter", DOWNLOAD_MAXSIZE="100000")
    assert wide.code == 2
    assert wide.stderr.splitlines()[-1] == (
        "scrapy crawl: seeds: https://lists.example.com/wide.gz unpacks to more than 100000 bytes, DOWNLOAD_MAXSIZE: split it"
    )
