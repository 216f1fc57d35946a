"""A seed list of any length is read in linear time, and fills no memory."""

import gzip
import time
import tracemalloc
from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.seeds.lines import MAX_LINE
from scraper.seeds.lists import check_seeds, read_seeds
from tests.support.seed_lists import KNOWN, ONE, TWO, texts


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

    peak(200)  # objects that are made once
    assert peak(4000) < peak(1000) + 2**18
