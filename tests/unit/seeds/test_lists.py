"""Seed lists: every form of a list gives the same seeds; damage gives one clear line, and no guesses."""

import gzip
import os
import sqlite3
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import ErrorCode, UsageError
from scraper.seeds.list_text import ListText
from scraper.seeds.lists import check_seeds, read_answer, read_seeds, source_of
from tests.support.seed_lists import KNOWN, LINKS, ONE, SHORT, TWO, sheet, texts

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


def test_a_quiet_pipe_gives_what_is_there() -> None:
    """A reader need not wait for a full buffer."""
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
