"""What is done is not fetched again: within a folder, over folders, after crashes; and where files lie."""

import hashlib
import json
import random
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from scrapy.settings import Settings

from scraper.crawl.preflight import check_values
from scraper.errors import ErrorCode, MediaError, SeedError, UsageError
from scraper.media.storage.archive import Archive, ArchivedFile
from scraper.media.storage.folder import MediaFolder
from scraper.media.storage.local import NAME
from scraper.media.storage.options import StorageOptions
from tests.lab.process import LabProcess
from tests.support.crawling import Crawl, crawl, start_crawl
from tests.support.waiting import wait_for

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
"""SHA-256 of ``test``."""
MADE = datetime(2020, 2, 3, tzinfo=UTC)


def options(**given: object) -> StorageOptions:
    settings = Settings()
    settings.setmodule("scraper.settings")
    return StorageOptions.from_settings(Settings({**settings, **given}))


def entry(folder: Path, key: str = "a", path: str = "media/a.mp4") -> ArchivedFile:
    return ArchivedFile(key=key, folder=str(folder), path=path, bytes=4, sha256=DIGEST, details={"x": 1})


def open_folder(folder: Path, **given: object) -> MediaFolder:
    return MediaFolder(folder, folder / NAME, options(**given))


def put(store: MediaFolder, folder: Path, stem: str, key: str) -> Path:
    """Give a file with the bytes ``test`` its name."""
    name = store.place(stem)
    part = name.with_name(f"{name.name}.v0.0.part")
    part.write_bytes(b"test")
    place = name.with_name(f"{name.name}.mp4")
    store.publish(part, store.entry(key, place.relative_to(folder).as_posix(), 4, DIGEST, {}), MADE)
    assert not part.exists() or part.samefile(place)
    return place


def test_an_archive_knows_what_is_done_and_only_that(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "deep" / "a.db")
    archive.begin(entry(tmp_path))
    assert archive.find("a") is None
    archive.finish("a")
    assert archive.find("a") == entry(tmp_path)
    archive.close()
    again = Archive(tmp_path / "deep" / "a.db")
    assert again.find("a") == entry(tmp_path)
    assert again.find_same(DIGEST, str(tmp_path)) == [entry(tmp_path)]
    again.close()


def test_what_a_crash_left_begun_is_ended_by_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.mp4").write_bytes(b"test")
    (tmp_path / "media/b.mp4").write_bytes(b"tost")
    archive = Archive(tmp_path / "a.db")
    for key in "abc":
        archive.begin(entry(tmp_path, key, f"media/{key}.mp4"))
    archive.begin(entry(tmp_path / "other", "d"))
    archive.repair(str(tmp_path))
    assert [key for key in "abcd" if archive.find(key)] == ["a"]
    archive.finish("d")
    assert archive.find("d"), "what another crawl has begun is not touched"
    archive.close()


def test_two_crawls_share_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Archive(path).close()

    def work(name: str) -> None:
        archive = Archive(path)
        for number in range(100):
            archive.begin(entry(tmp_path, f"{name}{number}"))
            archive.finish(f"{name}{number}")
        archive.close()

    threads = [Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive = Archive(path)
    assert all(archive.find(f"{name}{number}") for name in "abc" for number in range(100))
    archive.close()


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE x (y)")
    other.close()
    before = (tmp_path / "other").read_bytes()
    for name in ("junk", "other", ""):
        with pytest.raises(UsageError, match=r"ARCHIVE: .* cannot be used: .*: move it away, or give another file"):
            Archive(tmp_path / name)
    assert (tmp_path / "other").read_bytes() == before, "another program's file is not touched"


def test_files_get_their_time_and_the_same_content_is_there_once(tmp_path: Path) -> None:
    store = open_folder(tmp_path)
    one, two = put(store, tmp_path, "media/x/one", "a"), put(store, tmp_path, "media/y/two", "b")
    assert one.stat().st_mtime == two.stat().st_mtime == MADE.timestamp()
    assert one.samefile(two)
    again = put(store, tmp_path, "media/y/two", "b")
    assert again == two
    one.write_bytes(b"tost")  # of the same size, but another file now
    third = put(store, tmp_path, "media/y/three", "c")
    assert third.read_bytes() == b"test"
    store.close()
    assert {path.name for path in tmp_path.rglob("*.part")} <= {"two.v0.0.part"}


def test_names_that_differ_by_their_case_alone_stay_two_everywhere(tmp_path: Path) -> None:
    for _ in range(2):  # and the next run finds the same names
        store = open_folder(tmp_path)
        names = [store.place(f"media/x/{name}").name for name in ("BV1Ab_1", "BV1aB_1", "BV1AB_1", "BV1Ab_1")]
        assert len({name.casefold() for name in names}) == 3
        assert names[0] == names[3] == "BV1Ab_1"
        assert names[1].startswith("BV1aB_1-")
        for number, stem in enumerate(("BV1Ab_1", "BV1aB_1", "BV1AB_1")):
            put(store, tmp_path, f"media/x/{stem}", str(number))
        store.close()
    assert sorted(path.stem for path in tmp_path.rglob("*.mp4")) == sorted(set(names))


def test_no_link_leads_out_and_a_full_disk_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "media").mkdir(parents=True)
    (folder / "media/x").symlink_to(tmp_path)
    store = open_folder(folder)
    with pytest.raises(MediaError, match="a link leads out of the output folder"):
        store.place("media/x/a")
    (folder / "media/y").write_text("a file")
    with pytest.raises(MediaError, match="its folder cannot be created"):
        store.place("media/y/a")
    store.close()
    store = open_folder(folder, MIN_FREE="1000000G")
    with pytest.raises(SeedError) as caught:
        store.place("media/z/a")
    assert caught.value.code is ErrorCode.DISK_FULL
    store.close()


def test_a_folder_that_was_moved_knows_its_files(tmp_path: Path) -> None:
    store = open_folder(tmp_path / "old")
    put(store, tmp_path / "old", "media/x/one", "a")
    store.close()
    (tmp_path / "old").rename(tmp_path / "new")
    store = open_folder(tmp_path / "new")
    found = store.recall("a")
    assert found is not None
    assert store.is_here(found)
    assert not store.is_here(replace(found, sha256="0" * 64))
    store.close()


def posts(lab: LabProcess) -> str:
    """Return the links of a post with one film and of one with four pictures."""
    return f"{lab.url('lab_gif/')} {lab.url('lab_photos/').partition('/photo/')[0]}"


def fetch(lab: LabProcess, folder: Path, **settings: Any) -> Crawl:
    """Crawl both."""
    lab.reset()
    return crawl(lab, folder, "-a", f"urls={posts(lab)}", spider="twitter", **settings)


def media_requests(lab: LabProcess) -> int:
    return sum("tweet_video" in record.target or "/media/" in record.target for record in lab.log())


def bare(done: Crawl) -> list[object]:
    """Return what the records say of files."""
    return [(post["id"], post["media"], post["warnings"]) for post in sorted(done.posts, key=lambda post: post["id"])]


@pytest.mark.usefixtures("clean_lab")
def test_the_second_run_downloads_nothing_and_says_so(lab: LabProcess, tmp_path: Path) -> None:
    first = fetch(lab, tmp_path, SIDECAR=1, NAME_TEMPLATE="{date:%Y}/{author} {platform} {id} {index}")
    assert media_requests(lab) == 5
    files = [
        tmp_path / "out" / file["path"] for post in first.posts for medium in post["media"] for file in medium["files"]
    ]
    assert len(files) == 5
    for post in first.posts:
        path = tmp_path / "out" / post["media"][0]["files"][0]["path"]
        assert path.stat().st_mtime == datetime.fromisoformat(post["created_at"]).timestamp()
        assert json.loads(path.with_suffix(".json").read_text()) == post
        assert path.name.startswith(f"{post['author']['handle']} twitter {post['id']} 1")
        assert path.parent.name == post["created_at"][:4]
    again = fetch(lab, tmp_path, NAME_TEMPLATE="{date:%Y}/{author} {platform} {id} {index}")
    assert media_requests(lab) == 0
    assert "5 files were there already, whole, and 0 were downloaded" in again.stdout
    assert bare(again) == bare(first)
    files[0].write_bytes(b"\0" * files[0].stat().st_size)
    files[1].unlink()
    repaired = fetch(lab, tmp_path, NAME_TEMPLATE="{date:%Y}/{author} {platform} {id} {index}")
    assert media_requests(lab) == 2
    assert bare(repaired) == bare(first)


@pytest.mark.usefixtures("clean_lab")
def test_an_archive_holds_over_folders_and_for_files_that_are_gone(lab: LabProcess, tmp_path: Path) -> None:
    archive = str(tmp_path / "archive.db")
    first = fetch(lab, tmp_path / "one", ARCHIVE=archive)
    assert (first.code, media_requests(lab)) == (0, 5)
    other = fetch(lab, tmp_path / "two", ARCHIVE=archive)
    assert (other.code, media_requests(lab)) == (0, 0)
    assert "5 media were left out, as they are done in the archive: FORCE=1 fetches them again" in other.stdout
    assert [post["warnings"] for post in other.posts if len(post["media"]) == 1] == [["archived:1"]]
    for path in (tmp_path / "one/out/media").rglob("*.mp4"):
        path.unlink()
    skipped = fetch(lab, tmp_path / "one", ARCHIVE=archive)
    assert (skipped.code, media_requests(lab), skipped.stat("media/reused"), skipped.stat("media/archived")) == (
        0,
        0,
        4,
        1,
    )
    fetch(lab, tmp_path / "one", ARCHIVE=archive, MISSING="refetch")
    assert media_requests(lab) == 1
    forced = fetch(lab, tmp_path / "two", ARCHIVE=archive, FORCE=1)
    assert (media_requests(lab), forced.stat("media/files")) == (5, 5)


def has_files(folder: Path, count: int) -> bool:
    return len(list((folder / "out/media").rglob("*.[mj]p*[4g]"))) >= count


@pytest.mark.usefixtures("clean_lab")
def test_a_killed_crawl_leaves_no_row_without_its_file_and_no_file_without_its_row(
    lab: LabProcess, tmp_path: Path
) -> None:
    for count in (1, 3):
        with start_crawl(
            lab, tmp_path, "-a", f"urls={posts(lab)}", spider="twitter", FORCE=1, LIMIT_RATE="400K"
        ) as process:
            wait_for(partial(has_files, tmp_path, count))
            process.kill()
    store = open_folder(tmp_path / "out")
    store.close()
    with sqlite3.connect(tmp_path / "out" / NAME) as database:
        rows = {path for path, is_done in database.execute("SELECT path, is_done FROM media") if is_done}
    database.close()
    there = {
        str(path.relative_to(tmp_path / "out"))
        for path in (tmp_path / "out/media").rglob("*")
        if path.suffix in (".mp4", ".jpg")
    }
    assert rows == there
    done = crawl(lab, tmp_path, "-a", f"urls={posts(lab)}", spider="twitter")
    assert done.stat("media/files") == 5 - len(rows)
    assert sum(len(medium["files"]) for post in done.posts for medium in post["media"]) == 5


@pytest.mark.parametrize(
    ("name", "value"), [("NAME_TEMPLATE", "{id}"), ("VERIFY", "half"), ("FORCE", "maybe"), ("MISSING", "no")]
)
def test_a_wrong_setting_is_said(name: str, value: str) -> None:
    settings = Settings()
    settings.setmodule("scraper.settings")
    settings.update({"ARCHIVE": "a.db", name: value})
    with pytest.raises(UsageError, match=f"^{name}: "):
        check_values(settings)


def test_a_wrong_archive_is_said_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    done = crawl(None, tmp_path, "-a", "urls=x.com/a/status/1", spider="twitter", ARCHIVE=str(tmp_path / "junk"))
    assert (done.code, done.stderr.count("\n"), done.stderr.startswith("scrapy crawl: ARCHIVE: ")) == (2, 1, True)


@pytest.mark.soak
def test_twenty_kills_leave_rows_and_files_that_agree(lab: LabProcess, tmp_path: Path) -> None:
    """Media of all of X's posts, forced anew each time, so that names are given again and again."""
    out, chance = tmp_path / "out", random.Random(7)
    seeds = tmp_path / "seeds.txt"
    links = [post["url"] for post in lab.posts if post["platform"] == "twitter" and post["outcome"] == "ok"]
    seeds.write_text("\n".join(links))
    for number in range(20):
        with start_crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter", FORCE=1, LIMIT_RATE="2M") as process:
            time.sleep(chance.uniform(1.5, 5))
            process.kill()
        for path in out.glob("ledger.db*"):
            path.unlink()  # a seed that is open at the third death would be set aside
        open_folder(out).close()
        with closing(sqlite3.connect(out / NAME)) as database:
            rows = dict(database.execute("SELECT path, sha256 FROM media WHERE is_done"))
        there = [path for path in (out / "media").rglob("*") if path.is_file() and ".part" not in path.name]
        found = {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
        assert found == rows, f"after kill {number + 1}"
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter")
    print(
        f"\n20 kills, {len(rows)} files, {done.stat('media/reused')} reused, {done.stat('media/files')} fetched at last"
    )
    assert {envelope["code"] for envelope in done.envelopes} == {200}
    assert not list(out.rglob("*.part"))
