"""Check that everything that counts the seeds of a run gives the same numbers."""

import csv
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from scraper.cli.table import SHOWN
from tests.support.crawling import Crawl


def report_data(folder: Path) -> dict[str, Any]:
    """Return the data that report.html shows."""
    page = (folder / "report.html").read_text("utf-8")
    block = page.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    found: dict[str, Any] = json.loads(block)
    return found


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def db_rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "posts.db")) as database:
        return database.execute(query).fetchall()


def assert_files_agree(folder: Path) -> Counter[str]:
    """Compare all files in *folder*; return the number of seeds for each result, ``ok`` or an error code."""
    run = Crawl(folder)
    ends = Counter("ok" if e["error"] is None else e["error"]["code"] for e in run.envelopes)
    seeds, ok = sum(ends.values()), ends["ok"]
    with_post = [e["seed"] for e in run.envelopes if e["data"] is not None and "duplicate_of" not in e]
    assert [post["seed"] for post in run.posts] == with_post
    info = json.loads((folder / "run.json").read_text("utf-8"))
    assert info["codes"] == {str(code): n for code, n in sorted(Counter(e["code"] for e in run.envelopes).items())}
    assert Counter(info["results"]) == ends
    assert [row["seed"] for row in csv_rows(folder / "posts.csv")] == with_post
    name = info["run"]
    assert db_rows(folder, f"SELECT seeds, ok, failed FROM runs WHERE run = '{name}'") == [(seeds, ok, seeds - ok)]
    by_end = db_rows(folder, f"SELECT coalesce(error, 'ok'), count(*) FROM seeds WHERE run = '{name}' GROUP BY 1")
    assert Counter(dict(by_end)) == ends
    assert db_rows(folder, f"SELECT count(*) FROM observations WHERE run = '{name}'") == [(len(with_post),)]
    known = {(post["platform"], post["id"]) for post in run.posts}
    assert set(db_rows(folder, f"SELECT platform, id FROM posts WHERE run = '{name}'")) == known
    data = report_data(folder)
    totals = {name: value for name, value, _ in data["totals"]}
    files = [file for post in run.posts for medium in post["media"] for file in medium["files"]]
    assert (totals["seeds"], totals["ok"], totals["failed"], totals["files"]) == (seeds, ok, seeds - ok, len(files))
    assert totals["bytes"] == sum(file["bytes"] for file in files)
    assert Counter({each["code"]: each["count"] for each in data["failures"]}) == ends - Counter(ok=ok)
    assert sum(each["ok"] + each["warned"] for each in data["platforms"]) == ok
    assert sum(each["ok"] + each["bad"] for each in data["timeline"]) == seeds == len(data["posts"])
    return ends


def assert_counts_agree(run: Crawl) -> None:
    """Compare the output and stats of a crawl with the files in its folder."""
    ends = assert_files_agree(run.folder)
    seeds, ok = sum(ends.values()), ends["ok"]
    assert f"{ok} of {seeds} seeds ok, {seeds - ok} failed" in run.stdout
    table = re.findall(r"^(\d+\.\d+) ", run.stdout, re.MULTILINE)
    shown = run.envelopes if seeds <= SHOWN else [e for e in run.envelopes if e["code"] != 200]
    assert sorted(table) == sorted(e["seed"] for e in shown)
    stats = json.loads((run.folder / "run.json").read_text("utf-8"))["stats"]
    assert (stats["seeds/finished"], run.stat("seeds/finished")) == (seeds, seeds)
    assert Counter({name.removeprefix("seeds/result/"): n for name, n in stats.items() if name.startswith("seeds/result/")}) == ends
    files = sum(len(medium["files"]) for post in run.posts for medium in post["media"])
    assert stats.get("media/files", 0) + stats.get("media/reused", 0) + stats.get("media/rendered", 0) == files
