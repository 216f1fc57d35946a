"""Commands over the folder of two runs: payload, report, forget."""

import asyncio
import fcntl
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import UsageError
from scraper.exports.forget import ForgetPlan, forget
from scraper.media.storage.local import LocalStorage
from tests.lab.process import LabProcess
from tests.support.agreement import csv_rows, db_rows
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.exports import ALL, look_for
from tests.support.sites import SITES


@pytest.fixture(scope="module")
def made(lab: LabProcess, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """One crawl of X posts, two runs of it: the second adds a post."""
    folder = tmp_path_factory.mktemp("exports")
    urls = [lab.url(name) for name in ("lab_gif/", "lab_photo/", "lab_mixed/", "lab_deleted/")]
    crawl(lab, folder, "-a", f"urls={urls[0]} {urls[3]}", spider="twitter")
    done = crawl(lab, folder, "-a", f"urls={' '.join(urls)} {urls[0]}?s=20", spider="twitter", SIDECAR="1")
    assert done.code == 1, done.stderr
    return done


def test_payload_reads_a_whole_folder(made: Crawl) -> None:
    done = scrapy("payload", str(made.folder))
    again = [json.loads(line) for line in done.stdout.splitlines()]
    records = {post["id"]: post for post in again if "platform" in post}
    assert len(again) == 4
    assert set(records) == {post["id"] for post in made.posts}
    of_run = {"raw", "seed", "tags", "options", "provenance"}
    for post in made.posts:
        read = records[post["id"]]
        for medium in (*post["media"], *read["media"]):
            medium["files"], medium["error"] = [], None
        assert {name: value for name, value in read.items() if name not in of_run} == {
            name: value for name, value in post.items() if name not in of_run
        }


def test_raw_answers_can_be_left_out(lab: LabProcess, tmp_path: Path) -> None:
    off: dict[str, Any] = {"RAW": "0", "TABLES": "0", "SUMMARY": "0", "REPORT": "0"}
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_photo/')}", spider="twitter", MEDIA="none", **off)
    assert done.posts[0]["raw"] is None
    left = {path.name for path in done.folder.iterdir()}
    assert left == {".lock", "envelopes.jsonl", "posts.jsonl", "run.json", "run.prom", "ledger.db"}


def test_a_report_is_made_anew(made: Crawl, tmp_path: Path) -> None:
    page = made.folder / "report.html"
    before = page.read_text()
    page.unlink()
    done = scrapy("report", str(made.folder))
    assert (done.returncode, done.stdout.strip()) == (0, str(page))
    assert page.read_text() == before
    (run,) = (made.folder / "runs").iterdir()
    assert (run / "report.html").exists()
    wrong = scrapy("report", str(tmp_path))
    assert (wrong.returncode, wrong.stderr.strip()) == (
        2,
        f"scrapy report: {tmp_path}: no run has been here: give the folder that holds envelopes.jsonl",
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def forget_here(folder: Path, target: str) -> ForgetPlan:
    found = look_for(folder, target)
    assert asyncio.run(forget(folder, LocalStorage(folder), found, ALL, SITES.values())) == []
    return found


@pytest.mark.parametrize(
    ("target", "gone", "runs"),
    [
        ("@lab_gif", b"lab_gif", 2),
        ("twitter:1928323554716716484", b"1928323554716716484", 2),
        ("https://x.com/lab_mixed/status/1929629729866532479", b"1929629729866532479", 1),
        ("@LAB_deleted", b"lab_deleted", 2),
        ("https://x.com/lab_gif", b"lab_gif", 2),
        ("https://x.com/lab_deleted/status/1953140927614340819?s=20", b"lab_deleted", 2),
    ],
)
def test_what_is_forgotten_leaves_every_file(made: Crawl, tmp_path: Path, target: str, gone: bytes, runs: int) -> None:
    folder = tmp_path / "out"
    shutil.copytree(made.folder, folder)
    assert any(gone in content for content in contents(folder).values())
    assert len(forget_here(folder, target).seeds) == runs
    assert [name for name, content in contents(folder).items() if gone in content or gone.decode() in name] == []
    left = Crawl(folder)
    assert 0 < len(left.envelopes) < len(made.envelopes)
    assert [post["id"] for post in left.posts] == [row["id"] for row in csv_rows(folder / "posts.csv")]
    known = db_rows(folder, "SELECT (SELECT count(*) FROM runs), (SELECT sum(seeds) FROM runs), (SELECT count(*) FROM seeds)")
    assert known[0][0] == 2
    assert known[0][1] == known[0][2]
    left_over = look_for(folder, target)
    assert (left_over.seeds, left_over.media, left_over.answers) == ({}, set(), set())


def test_a_retried_failure_leaves_nothing_of_its_first_try(lab: LabProcess, tmp_path: Path) -> None:
    url = lab.url("lab_photo_gone/")
    for retry in ("", "failed"):
        done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter", RETRY=retry)
    assert len(list((done.folder / "raw").iterdir())) == 2
    forget_here(done.folder, url)
    assert [name for name, content in contents(done.folder).items() if b"lab_photo_gone" in content or "1971427412847636179" in name] == []


def test_forget_says_what_it_would_do_does_it_and_finds_nothing_more(made: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(made.folder, folder)
    dry = scrapy("forget", "-o", str(folder), "@lab_gif", "--dry-run")
    assert (dry.returncode, contents(folder)) == (0, contents(made.folder))
    assert "1 posts, 3 envelopes, 4 files, 2 runs; nothing was removed" in dry.stdout
    done = scrapy("forget", "-o", str(folder), "@lab_gif")
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(folder).keys() < contents(made.folder).keys()
    again = scrapy("forget", "-o", str(folder), "@lab_gif")
    assert (again.returncode, again.stdout.strip()) == (1, f"nothing of @lab_gif is in {folder}")


def test_a_run_after_it_goes_on_as_if_the_rest_were_all(made: Crawl, lab: LabProcess, tmp_path: Path) -> None:
    shutil.copytree(made.folder, tmp_path / "out")
    forget_here(tmp_path / "out", "@lab_mixed")
    urls = [lab.url(name) for name in ("lab_gif/", "lab_photo/", "lab_deleted/")]
    done = crawl(lab, tmp_path, "-a", f"urls={' '.join(urls)}", spider="twitter")
    assert (done.code, len(done.envelopes)) == (1, 3)
    assert done.stat("media/reused") == 2


def test_forget_takes_one_target(made: Crawl) -> None:
    done = scrapy("forget", "-o", str(made.folder), "@a", "@b")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("scrapy forget: expected one post or author, got 2: ")


def test_forget_leaves_alone_what_lies_outside(made: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(made.folder, folder)
    outside = tmp_path / "precious.mp4"
    outside.write_text("x")
    lines = (folder / "posts.jsonl").read_text()
    path = next(post for post in made.posts if post["author"]["handle"] == "lab_gif")["media"][0]["files"][0]["path"]
    (folder / "posts.jsonl").write_text(lines.replace(path, "media/../../precious.mp4"))
    forget_here(folder, "@lab_gif")
    assert outside.exists()


def test_forget_touches_nothing_where_a_database_is_none_of_ours(made: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(made.folder, folder)
    (folder / "posts.db").write_text("junk" * 300)
    before = {name: text for name, text in contents(folder).items() if not name.startswith("media.db")}
    with pytest.raises(UsageError, match=r"posts\.db: file is not a database: move it away"):
        forget_here(folder, "@lab_gif")
    assert {name: text for name, text in contents(folder).items() if not name.startswith("media.db")} == before


def test_a_folder_in_use_is_left_alone(made: Crawl, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(made.folder, folder)
    with (folder / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = scrapy("forget", "-o", str(folder), "@lab_gif")
    assert done.returncode == 2
    assert "another run is writing to" in done.stderr
