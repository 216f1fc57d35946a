"""Tables, summary and commands over an output folder: the same rows in every form, whatever ended how."""

import asyncio
import fcntl
import hashlib
import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import TextResponse

from scraper.commands.forget import read_target
from scraper.envelopes.envelope import codes_of
from scraper.envelopes.outcome import Outcome
from scraper.errors import ErrorCode, MediaCause, SeedError, UsageError
from scraper.exports.csv_table import to_cell
from scraper.exports.export import export
from scraper.exports.forget import ForgetPlan, find, forget
from scraper.exports.options import ExportOptions
from scraper.exports.rows import read_post, read_seed
from scraper.exports.summary_answers import read_file
from scraper.exports.summary_columns import COLUMNS
from scraper.exports.summary_files import Summary
from scraper.exports.tables import PostRow, columns
from scraper.fetch.exchange import Exchange
from scraper.media.storage.local import LocalStorage
from scraper.model.failure import MediaFailure
from scraper.model.post import Author, File, Kind, Media, Post, Role, Stats, Variant
from scraper.platform.registry import recogniser
from scraper.runs.answers import raw_name
from scraper.runs.results import read_results
from tests.lab.process import LabProcess
from tests.support.agreement import assert_files_agree, csv_rows, db_rows
from tests.support.corpus import ROWS, needs_corpus, text_of
from tests.support.crawling import Crawl, crawl, scrapy
from tests.support.recording import REF, Recording, seed
from tests.support.sites import SITES

ALL = ExportOptions(tables=True, summary=True, report=True, guard=True)
SUMMARY = ["aigc_created_by_ai", "aigc_label_type", "api_code", "api_message", "author_account_region", "author_aweme_count", "author_commerce_user_level", "author_follower_count", "author_following_count", "author_nickname", "author_sec_uid", "author_uid", "author_unique_id", "author_verification_type", "aweme_id", "aweme_type", "cache_url", "collect_count", "comment_count", "commerce_info_min", "content_desc", "cover_url", "create_time_unix", "desc", "digg_count", "download_count", "forward_count", "hashtags", "is_ads", "music_author", "music_commercial_right_type", "music_id", "music_is_commerce_music", "music_is_original_sound", "music_title", "music_user_count", "parse_ok", "play_count", "play_url_sample", "request_id", "router", "share_count", "share_url", "source_file", "video_duration_ms", "video_has_watermark", "video_height", "video_ratio", "video_width", "whatsapp_share_count"]
EVIL = "=HYPERLINK(\"http://evil\")"


def make_post(number: int, text: str = "a text") -> Post:
    file = File(variant=0, path=f"media/tiktok/a/tiktok_{number}_1.mp4", bytes=10, sha256="0" * 64)
    variants = [Variant(url="https://v/1.mp4", watermark=False, quality="720p")]
    video = Media(index=1, role=Role.VIDEO, duration=2.5, width=720, height=1280, variants=variants, files=[file])
    author = Author(id="9", handle="somebody", name="+1 me")
    return Post(
        platform="tiktok",
        id=str(number),
        kind=Kind.VIDEO,
        url=f"https://www.tiktok.com/@somebody/video/{number}",
        text=text,
        author=author,
        stats=Stats(plays=1000 + number, likes=-5),
        hashtags=["one", "two"],
        media=[video],
    )


def finish_all(recording: Recording, folder: Path) -> Counter[str]:
    """End a seed with each error code, and three with posts of which one has no file; return what was expected."""
    recorder = recording.recorder
    codes = [code for code in ErrorCode if code is not ErrorCode.MEDIA_FAILED]

    async def run() -> None:
        await recorder.open("list")
        await recorder.ledger.load(seed(line) for line in range(1, len(codes) + 4))
        await recorder.ledger.lease("tiktok", 99, 60.0)
        for line, code in enumerate(codes, 1):
            await recorder.record(Outcome(seed=seed(line), ref=REF, started=0.0, error=SeedError(code)))
        for line, text in enumerate(("plain", EVIL, "=1+1"), len(codes) + 1):
            post = make_post(line, text)
            if text == "=1+1":
                post.media[0].files = []
                post.media[0].fail(MediaFailure(MediaCause.FORBIDDEN, "forbidden: 403"))
            outcome = Outcome(seed=seed(line), ref=REF._replace(id=str(line)), started=0.0, post=post, wanted=1)
            text = json.dumps({"aweme_detail": {"aweme_id": str(line), "desc": text}})
            answer = TextResponse(post.url, body=text.encode(), encoding="utf-8", request=Request(post.url))
            recording.raw_files.keep(outcome, SITES["douyin"], Exchange(answer))
            await recorder.record(outcome)
        await recorder.close("finished")

    asyncio.run(run())
    codes_json = {str(code): number for code, number in sorted(codes_of(recorder.run.results).items())}
    info = {"run": "20261128T000000Z", "spider": "tiktok", "started": "2026-11-28T00:00:00+00:00", "codes": codes_json}
    info["results"] = recorder.run.results
    (folder / "run.json").write_text(json.dumps(info))
    return Counter({"ok": 2, "media_failed": 1, **{code.value: 1 for code in codes}})


def test_every_kind_of_failure_is_counted_the_same_everywhere(recording: Recording, tmp_path: Path) -> None:
    expected = finish_all(recording, tmp_path)
    assert export(tmp_path, ALL, SITES.values()) == []
    assert assert_files_agree(tmp_path) == expected
    # once more: a run that is taken up again replaces its own rows
    assert export(tmp_path, ALL, SITES.values()) == []
    assert assert_files_agree(tmp_path) == expected


def test_json_csv_and_sqlite_hold_the_same_rows(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    export(tmp_path, ALL, SITES.values())
    names = columns(PostRow)
    made = [
        [getattr(read_post(result.record, read_seed(result.envelope, "20261128T000000Z")), name) for name in names]
        for result in read_results(tmp_path)
        if result.record is not None
    ]
    from_db = db_rows(tmp_path, f"SELECT {', '.join(names)} FROM posts ORDER BY CAST(id AS INTEGER)")
    assert [list(row) for row in from_db] == made
    from_csv = [[row[name] for name in names] for row in csv_rows(tmp_path / "posts.csv")]
    assert from_csv == [[to_cell(value, guard=True) for value in row] for row in made]
    summary = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    rows = csv_rows(tmp_path / "summary.csv")
    assert (summary["video_count"], len(rows)) == (3, 3)
    assert [row["desc"] for row in summary["videos"]] == ["plain", EVIL, "=1+1"]
    assert [row["desc"] for row in rows] == ["plain", f"'{EVIL}", "'=1+1"]
    assert rows[0].keys() == set(SUMMARY)
    assert all(row["source_file"].startswith(f"raw_{row['aweme_id']}_") for row in rows)


def test_a_formula_is_made_a_text_unless_bytes_matter(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    export(tmp_path, ALL, SITES.values())
    row = next(row for row in csv_rows(tmp_path / "posts.csv") if "HYPERLINK" in row["text"])
    assert (row["text"], row["author_name"], row["likes"]) == (f"'{EVIL}", "'+1 me", "-5")
    exact = ExportOptions(tables=True, summary=True, report=False, guard=False)
    export(tmp_path, exact, SITES.values())
    row = next(row for row in csv_rows(tmp_path / "posts.csv") if "HYPERLINK" in row["text"])
    assert (row["text"], row["author_name"]) == (EVIL, "+1 me")
    assert db_rows(tmp_path, "SELECT count(*) FROM posts WHERE text LIKE '=HYPERLINK%'") == [(1,)]


@given(st.text())
def test_no_cell_begins_as_a_formula(text: str) -> None:
    cell = to_cell(text, guard=True)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert to_cell(text, guard=False) == text


def test_runs_on_one_folder_make_a_time_series(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    export(tmp_path, ALL, SITES.values())
    info = json.loads((tmp_path / "run.json").read_text()) | {"run": "20261129T000000Z"}
    (tmp_path / "run.json").write_text(json.dumps(info))
    lines = (tmp_path / "posts.jsonl").read_text().replace('"plays":1', '"plays":2')
    (tmp_path / "posts.jsonl").write_text(lines)
    export(tmp_path, ALL, SITES.values())
    series = db_rows(tmp_path, "SELECT run, plays FROM observations WHERE post_id = '25' ORDER BY run")
    assert series == [("20261128T000000Z", 1025), ("20261129T000000Z", 2025)]
    assert db_rows(tmp_path, "SELECT run, plays FROM posts WHERE id = '25'") == [("20261129T000000Z", 2025)]
    assert db_rows(tmp_path, "SELECT count(*) FROM authors") == [(1,)]
    assert db_rows(tmp_path, "SELECT count(*) FROM variants") == db_rows(tmp_path, "SELECT count(*) FROM posts")


def test_what_cannot_be_written_is_said_and_the_rest_is_there(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    with closing(sqlite3.connect(tmp_path / "posts.db")) as other:
        other.execute("CREATE TABLE theirs (x)")
    (tmp_path / "summary.csv.part").mkdir()
    problems = export(tmp_path, ALL, SITES.values())
    assert len(problems) == 2
    assert "posts.db is not ours, or of another version: move it away" in problems[0]
    assert "summary" in problems[1]
    assert len(csv_rows(tmp_path / "posts.csv")) == 3
    assert (tmp_path / "report.html").exists()
    with closing(sqlite3.connect(tmp_path / "posts.db")) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_record_of_another_version_is_named(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    posts = tmp_path / "posts.jsonl"
    posts.write_text(posts.read_text().replace('"author":', '"autor":'))
    problems = export(tmp_path, ALL, SITES.values())
    assert len(problems) == 3
    assert all(f"{posts}: the record of seed 24.1 is not of this version (KeyError: 'author')" in line for line in problems)


def test_half_lines_and_records_without_an_envelope_are_left_out(recording: Recording, tmp_path: Path) -> None:
    finish_all(recording, tmp_path)
    posts = (tmp_path / "posts.jsonl").read_text().splitlines(keepends=True)
    lost = posts[0].replace('"seed":"24.1"', '"seed":"99.1"')
    (tmp_path / "posts.jsonl").write_text("".join([posts[0], lost, *posts[1:], posts[0][:50]]))
    with (tmp_path / "envelopes.jsonl").open("a") as file:
        file.write('{"seed": "98.1", "code": 2')
    results = list(read_results(tmp_path))
    assert len(results) == 26
    assert [result.record["seed"] for result in results if result.record is not None] == ["24.1", "25.1", "26.1"]


# The summary


def tikhub(item: Any, **more: Any) -> str:
    envelope = {"code": 200, "router": "/api/v1/tiktok/app/v3/fetch_one_video_by_share_url", "request_id": "1-2"}
    return json.dumps({**envelope, "params": {"share_url": "https://vm.tiktok.com/x/"}, "data": item, **more})


def test_the_summary_has_the_columns_of_its_contract() -> None:
    assert list(COLUMNS) == SUMMARY
    assert len(COLUMNS) == 50


def test_foreign_answers_and_broken_ones_are_rows(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    item = {
        "aweme_id": "7",
        "desc": "x" * 3000,
        "text_extra": [{"hashtag_name": "a"}, {"user_id": "1"}, {"hashtag_name": "b"}],
        "commerce_info": {"auction_ad_invited": False, "other": 1},
        "music": {"mid": "44", "author": "me", "owner_nickname": ""},
        "statistics": {"digg_count": 0, "play_count": 5},
        "video": {"duration": 1500, "play_addr": {"url_list": ["https://v/1"], "width": 720, "height": 1280}},
        "author": {"nickname": "N", "follower_count": 3},
    }
    files = {
        "raw_1.json": tikhub({"aweme_detail": item}),
        "raw_2.json": tikhub({"aweme_details": [{**item, "aweme_id": "8", "commerce_info": {}}]}),
        "raw_3.json": tikhub({}),
        "raw_4.json": '{"code": 200, "da',
        "raw_5.json": "",
    }
    for name, text in files.items():
        (raw / name).write_text(text)
    done = scrapy("summary", str(raw), "--out-dir", str(tmp_path / "made"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 answers, 3 of them could not be read" in done.stdout
    made = json.loads((tmp_path / "made/summary.json").read_text())
    assert (made["generated_from"], made["video_count"]) == (str(raw), 5)
    first, second, third, fourth, fifth = made["videos"]
    assert list(first) == SUMMARY
    assert (first["desc"], first["hashtags"], first["music_id"], first["music_author"]) == ("x" * 2000, "a|b", "44", "me")
    assert (first["commerce_info_min"], second["commerce_info_min"]) == ({"auction_ad_invited": False}, {"_present": True})
    assert (first["digg_count"], first["play_count"], first["video_duration_ms"], first["video_width"]) == (0, 5, 1500, 720)
    assert (first["api_code"], first["request_id"], first["parse_ok"]) == (200, "1-2", True)
    assert (third["parse_ok"], third["request_id"], third["api_code"], third["share_url"]) == (False, "1-2", 200, "https://vm.tiktok.com/x/")
    assert third["router"].startswith("/api/v1")
    assert set(fourth) == set(fifth) == {"source_file", "parse_ok", "error"}
    rows = csv_rows(tmp_path / "made/summary.csv")
    assert list(rows[0]) == sorted([*SUMMARY, "error"])
    assert (rows[0]["commerce_info_min"], rows[0]["parse_ok"], rows[3]["parse_ok"]) == ('{"auction_ad_invited": false}', "True", "False")
    for _ in range(2):  # beside the answers, where the second finds what the first has made
        assert "5 answers" in scrapy("summary", str(raw)).stdout
    assert (raw / "summary.csv").read_bytes() == (tmp_path / "made/summary.csv").read_bytes()
    wrong = scrapy("summary", str(tmp_path / "nowhere"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no such folder or file: give a folder or file of saved answers" in wrong.stderr


@needs_corpus
@pytest.mark.parametrize("row", [row for row in ROWS if row["platform"] in ("tiktok", "douyin")], ids=lambda row: row["file"])
def test_captured_answers_give_rows(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "raw_1.json"
    path.write_text(text_of(row), "utf-8")
    got = read_file(path, [SITES["tiktok"], SITES["douyin"]])
    if not got["parse_ok"]:
        assert got["error"]
        return
    post = next(iter(SITES[row["platform"]].parse_answer(text_of(row)).posts))
    assert (got["aweme_id"], list(got)) == (post.id, SUMMARY)
    stats = post.stats
    assert (got["digg_count"], got["comment_count"], got["share_count"]) == (stats.likes, stats.comments, stats.shares)
    assert got["author_nickname"] == post.author.name


def test_the_summary_of_nothing_is_no_file(tmp_path: Path) -> None:
    with Summary(tmp_path, "x", guard=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_raw_answer_is_named_after_its_post_and_request() -> None:
    rid = "9b2f2c1e-8a3e-4d55-9a1c-0123456789ab"
    assert raw_name("7", "https://x", rid) == "raw_7_9b2f2c1e8a3e4d55"
    digest = hashlib.sha256(b"https://x").hexdigest()[:10]
    assert raw_name("..", "https://x", rid) == f"raw_unknown_{digest}_9b2f2c1e8a3e4d55"


# Commands over a folder


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


def look_for(folder: Path, target: str) -> ForgetPlan:
    return asyncio.run(find(folder, LocalStorage(folder), read_target(target, SITES), recogniser(SITES.values())))


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
    left = Crawl(0, "", "", folder)
    assert 0 < len(left.envelopes) < len(made.envelopes)
    assert [post["id"] for post in left.posts] == [row["id"] for row in csv_rows(folder / "posts.csv")]
    known = db_rows(folder, "SELECT (SELECT count(*) FROM runs), (SELECT sum(seeds) FROM runs), (SELECT count(*) FROM seeds)")
    assert known[0][0] == 2
    assert known[0][1] == known[0][2]
    left_over = look_for(folder, target)
    assert (left_over.seeds, left_over.media, left_over.answers) == ({}, set(), set())


def write_run(folder: Path, *seeds: tuple[str, str, str, str]) -> None:
    """Leave failed seeds: router, link, id of the request, and the name of its answer, if one was kept."""
    (folder / "raw").mkdir(parents=True)
    lines = []
    for number, (router, url, request, raw) in enumerate(seeds, 1):
        error = {"code": "parse_error", "raw_code": None, "raw_message": None}
        line = {"seed": f"{number}.1", "code": 502, "router": router, "data": None, "message": "no", "error": error}
        lines.append(json.dumps({**line, "request_id": request, "params": {"url": url}}))
        if raw:
            (folder / "raw" / raw).write_text("{}")
    (folder / "envelopes.jsonl").write_text("".join(f"{line}\n" for line in lines))


DOUYIN = "7300000000000000001"
RID = "9b2f2c1e8a3e4d55"
REQUEST = "9b2f2c1e-8a3e-4d55-9a1c-0123456789ab"


@pytest.mark.parametrize(
    ("router", "link", "raw", "target"),
    [
        ("/douyin/video", f"https://www.douyin.com/discover?modal_id={DOUYIN}", "", f"https://www.douyin.com/discover?modal_id={DOUYIN}"),
        ("/bilibili/video", "https://www.bilibili.com/video/av170001", "", "https://www.bilibili.com/video/av170001"),
        ("/tiktok/video", "https://vm.tiktok.com/ZMabc/", f"raw_77_{RID}.json", "tiktok:77"),
    ],
)
def test_a_failed_seed_is_found_by_what_its_link_means(tmp_path: Path, router: str, link: str, raw: str, target: str) -> None:
    other = "0b2f2c1e-8a3e-4d55-9a1c-0123456789ab"
    write_run(tmp_path, (router, link, REQUEST, raw), ("/twitter/post", "https://x.com/a/status/77", other, "raw_77_0b2f2c1e8a3e4d55.json"))
    found = look_for(tmp_path, target)
    assert found.seeds == {tmp_path: {"1.1"}}
    assert {path.name for path in found.answers} == ({raw} if raw else set())


def test_answers_that_no_envelope_names_any_more_are_found(tmp_path: Path) -> None:
    """Of a try that RETRY repeated, of one that died, and of a platform that had changed."""
    write_run(tmp_path, ("/tiktok/video", "https://www.tiktok.com/@a/video/77", REQUEST, f"raw_77_{RID}.json"))
    for name in ("raw_77_aaaaaaaaaaaaaaaa.json", f"raw_77_{RID}_more.jsonl", "raw_78_bbbbbbbbbbbbbbbb.json"):
        (tmp_path / "raw" / name).write_text("{}")
    (tmp_path / "drift/tiktok").mkdir(parents=True)
    for name in ("77.html", "78.html"):
        (tmp_path / "drift/tiktok" / name).write_text("")
    found = look_for(tmp_path, "tiktok:77")
    assert {path.name for path in found.answers} == {
        *(f"raw_77_{RID}.json", f"raw_77_{RID}_more.jsonl", "raw_77_aaaaaaaaaaaaaaaa.json", "77.html"),
    }


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


@pytest.mark.parametrize("text", ["!!", "nobody:7", "https://vm.tiktok.com/ZM1/", "https://www.tiktok.com/tag/cats", "@", ""])
def test_forget_says_what_it_takes(text: str) -> None:
    with pytest.raises(UsageError, match="expected a post's own link or id, or an author's @handle"):
        read_target(text, SITES)


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
