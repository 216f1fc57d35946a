"""Tables and summary of an output folder: the same rows in every form, whatever ended how."""

import asyncio
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import TextResponse

from scraper.envelopes.envelope import codes_of
from scraper.envelopes.outcome import Outcome
from scraper.errors import ErrorCode, MediaCause, SeedError
from scraper.exports.csv_table import to_cell
from scraper.exports.export import export
from scraper.exports.options import ExportOptions
from scraper.exports.rows import read_post, read_seed
from scraper.exports.tables import PostRow, columns
from scraper.fetch.exchange import Exchange
from scraper.model.failure import MediaFailure
from scraper.model.post import Author, File, Kind, Media, Post, Role, Stats, Variant
from scraper.runs.results import read_results
from tests.support.agreement import assert_files_agree, csv_rows, db_rows
from tests.support.exports import ALL, SUMMARY
from tests.support.recording import REF, Recording, seed
from tests.support.sites import SITES

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
    """End a seed with each error code, and three with posts, one without a file; return the expected rows."""
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
    # once more: a continued run replaces its own rows
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
