"""Whole runs and their folder: no room in it, another run's, a list that breaks off, Ctrl-C, a killed retry."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scraper.ledger.sqlite import SQLiteLedger
from scraper.runs.folder import LEDGER
from scraper.runs.lifecycle import drop_stale
from scraper.seeds.lists import fingerprint
from tests.lab.process import LabProcess
from tests.support.crawling import crawl
from tests.support.outputs import Output
from tests.support.sqlite_ledger import on_disk
from tests.support.tree import ROOT


def refuse(*_: object) -> None:
    raise OSError("refused")


def test_a_record_that_finds_no_room_stops_the_run(lab: LabProcess, tmp_path: Path) -> None:
    posts = tmp_path / "out/posts.jsonl"
    posts.parent.mkdir()
    posts.symlink_to("/dev/full")
    urls = f"urls={lab.url('lab_gif/')} {lab.url('lab_deleted/')} {lab.url('lab_gif/')}?x=1"
    full = crawl(lab, tmp_path, "-a", urls, spider="twitter", MEDIA="none")
    info = json.loads((full.folder / "run.json").read_text())
    assert (full.code, info["reason"], info["left"]) == (3, "disk_full", 3 - len(full.envelopes))
    assert [alarm["monitor"] for alarm in info["alarms"]] == ["unfinished"]
    assert {envelope["seed"] for envelope in full.envelopes} <= {"1.2"}
    posts.unlink()
    mended = crawl(lab, tmp_path, "-a", urls, spider="twitter", MEDIA="none")
    assert sorted(envelope["seed"] for envelope in mended.envelopes) == ["1.1", "1.2", "1.3"]
    assert len(mended.posts) == 1


def test_who_comes_second_after_the_checks_reads_the_same_line_and_changes_nothing(tmp_path: Path) -> None:
    """Preflight is omitted, as if the other run had begun right after it."""
    late = (
        "import scraper.commands.crawl as command; command.check = lambda *_: None;"
        f"from scrapy.cmdline import execute; execute(['scrapy', 'crawl', 'tiktok', '-a', 'urls=x', '-s', 'OUTPUT_DIR={tmp_path}'])"
    )
    (tmp_path / "run.json").write_text("the other's")
    with (tmp_path / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        early = crawl(None, tmp_path, "-a", "urls=x", OUTPUT_DIR=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", late], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (early.code, early.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == early.stderr.strip()
    assert f"another run is writing to {tmp_path}: wait for it" in early.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count(" ERROR: ") == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "sessions") == [".lock", "run.json"]
    assert (tmp_path / "run.json").read_text() == "the other's"


def test_a_list_that_breaks_off_is_told_from_one_that_ended(tmp_path: Path) -> None:
    """A terminal that hangs up: standard input ends with EIO."""
    ours, theirs = os.openpty()
    os.write(theirs, b"no link\nno link\n")
    command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", "seeds=-", "-s", f"OUTPUT_DIR={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=ours, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.close(ours)
        while len(envelopes(tmp_path)) < 2 and process.poll() is None:
            time.sleep(0.05)
        os.close(theirs)
        out, log = process.communicate(timeout=30)
    assert process.returncode == 2
    told = "seeds: cannot read standard input: Input/output error: give a list or a folder of lists"
    assert log.splitlines()[-1] == f"scrapy crawl: {told}"
    assert "0 of 2 seeds ok" in out
    assert "cut short (unusable), the list was not read to its end: a list from a pipe cannot be continued" in out
    info = json.loads((tmp_path / "run.json").read_text())
    assert (info["reason"], info["problem"], info["codes"], info["left"]) == ("unusable", told, {"400": 2}, None)


def envelopes(folder: Path) -> list[dict[str, Any]]:
    return Output(folder).envelopes if (folder / "envelopes.jsonl").exists() else []


def test_ctrl_c_while_a_long_list_is_read_ends_at_once(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("no link\n" * 400_000)
    command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", f"seeds={seeds}", "-s", f"OUTPUT_DIR={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while not envelopes(tmp_path):
            time.sleep(0.05)
        process.send_signal(2)
        sent = time.monotonic()
        out, _ = process.communicate(timeout=20)
    assert time.monotonic() - sent < 8
    assert process.returncode == 1
    assert "(shutdown), the list was not read to its end: run the same command again to continue" in out
    assert json.loads((tmp_path / "run.json").read_text())["left"] is None


def test_a_plain_run_after_a_killed_retry_ends_every_seed_once(lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = tmp_path / "seeds.txt"
    names = ("lab_deleted/", "lab_gif/", "lab_protected/", "lab_photo/")
    seeds.write_text("".join(f"{lab.url(name)}\n" for name in names))
    first = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter", MEDIA="none")
    with on_disk(first.folder / LEDGER) as ledger:
        ledger.note(finished=None)
        ledger.retry()
        with monkeypatch.context() as patch:
            patch.setattr(SQLiteLedger, "move", refuse)  # the changes after envelopes.jsonl was cut
            with pytest.raises(OSError, match="refused"):
                asyncio.run(drop_stale(first.folder, ledger.ledger))
    assert len(first.envelopes) == 2
    assert fingerprint(str(seeds)).startswith("file:")
    second = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter", MEDIA="none")
    assert sorted((e["seed"], e["code"]) for e in second.envelopes) == [("1.1", 404), ("2.1", 200), ("3.1", 403), ("4.1", 200)]
    assert second.stat("seeds/finished") == 2
    assert sorted(post["seed"] for post in second.posts) == ["2.1", "4.1"]
