"""A platform that has changed: its payloads are kept, and it is said once, not for a few odd posts."""

from pathlib import Path

import pytest

from scraper.runs.drift import LEAST, WINDOW, Change, DriftWindow
from tests.support.crawling import crawl, scrapy
from tests.support.labs import StartLab


def feed(pattern: str) -> list[Change | None]:
    """Return what each answer shows: ``x`` could not be read, ``.`` was."""
    window = DriftWindow()
    return [window.add("a.b" if mark == "x" else None) for mark in pattern]


@pytest.mark.parametrize(
    "pattern",
    ["x" * (LEAST - 1), "." * 40 + "x" * 10, ("." * 4 + "x") * 20, "x" * 9 + "." * 100],
)
def test_few_unread_posts_are_no_change(pattern: str) -> None:
    assert not any(feed(pattern))


def test_more_than_a_fifth_of_the_last_posts_is_a_change() -> None:
    assert feed("." * 39 + "x" * 11)[-1] == Change(11, WINDOW, "a.b")
    assert feed("x" * LEAST)[-1] == Change(LEAST, LEAST, "a.b")


def test_the_path_that_is_missing_most_often_is_named() -> None:
    window = DriftWindow()
    for number in range(LEAST):
        found = window.add("rare" if number % 3 == 0 else "often")
    assert found == Change(LEAST, LEAST, "often")


def test_payloads_of_a_changed_platform_are_kept_and_told_once(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "15", "--list-many", "--fault", "drift:www.tiktok.com/@.*/video/")
    urls = [post["url"] for post in lab.posts if post["platform"] == "tiktok"][-15:]
    done = crawl(lab, tmp_path, "-a", f"urls={' '.join(urls)} {lab.url('lab_photo')}", spider="hybrid", MEDIA="none")
    failed = [envelope for envelope in done.envelopes if envelope["code"] != 200]
    assert len(failed) == 15
    assert {envelope["error"]["code"] for envelope in failed} == {"parse_error"}
    assert all("itemStruct" in envelope["error"]["raw_message"] for envelope in failed)
    warnings = [line for line in done.stderr.splitlines() if "seems to have changed" in line]
    assert len(warnings) == 1
    assert "WARNING: tiktok seems to have changed: 10 of its last 10 posts" in warnings[0]
    assert "itemInfo" in warnings[0]
    assert (done.stat("drift/tiktok"), done.stat("drift/twitter")) == (15, 0)
    kept = sorted((done.folder / "drift/tiktok").iterdir())
    assert len(kept) == 15
    again = scrapy("payload", "tiktok", str(kept[0]))
    assert "itemStruct" in again.stdout
    crawl(lab, tmp_path, "-a", f"urls={urls[0]}", spider="tiktok", MEDIA="none")
    assert [path.name for path in (done.folder / "drift/tiktok").iterdir()] == [kept[0].name]
    assert len(list(done.folder.glob("runs/*/drift/tiktok/*"))) == 15
