"""`scrapy schedule`: check, list, run-now, ticks and the loop, and their exit codes."""

import argparse
import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scrapy.settings import Settings

from scraper.commands.schedule import Command
from scraper.crawl.preflight import find_faults as find_value_faults
from scraper.scheduling.ticks import read_memories
from tests.support.crawling import scrapy
from tests.support.schedules import DAILY, forget_an_hour
from tests.support.scrapydpeer import Peer
from tests.support.waiting import wait_for


def file_for(folder: Path, peer: Peer, text: str = DAILY) -> Path:
    path = folder / "schedule.toml"
    path.write_text(f'[scrapyd]\nurl = "{peer.url}"\n{text}')
    return path


def command(*args: str) -> Command:
    """Run the command in this process, with the project's settings."""
    one, parser = Command(), argparse.ArgumentParser(conflict_handler="resolve")
    one.settings = Settings()
    one.settings.setmodule("scraper.settings")
    one.add_options(parser)
    options, words = parser.parse_known_args(args)
    one.run(words, options)
    return one


def test_the_example_is_right() -> None:
    done = scrapy("schedule", "check", "--file", "examples/schedule.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "examples/schedule.toml: 3 entries, nothing is wrong\n"


def test_check_and_list(peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path = file_for(tmp_path, peer, DAILY + 'timezone = "Asia/Tokyo"\n')
    assert command("check", "--online", "--file", str(path)).exitcode == 0
    assert capsys.readouterr().out == f"{path}: 1 entry, nothing is wrong; {peer.url} has their spiders\n"
    peer.spiders.remove("hybrid")
    assert command("check", "--online", "--file", str(path)).exitcode == 1
    assert capsys.readouterr().err == f"scrapy schedule: daily: {peer.url} has no spider hybrid: deploy it\n"
    peer.spiders.append("hybrid")
    assert command("run-now", "daily", "--file", str(path)).exitcode == 0
    started = capsys.readouterr().out
    assert started.startswith("daily: started as daily-")
    assert command("run-now", "daily", "--file", str(path)).exitcode == 1
    assert command("run-now", "dialy", "--file", str(path)).exitcode == 2
    assert "no such entry: expected one of daily" in capsys.readouterr().err
    assert command("list", "--json", "--file", str(path)).exitcode == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["state"], found["timezone"]) == ("daily", "pending", "Asia/Tokyo")
    assert found["next_due"].endswith("T19:30:00+00:00")
    assert found["job"] == started.split()[-1]
    assert command("list", "--file", str(path)).exitcode == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "spider", "next", "in", "UTC", "last", "start", "state", "note"]
    assert "04:30 JST" in row
    assert "19:30 UTC" in row
    path.write_text(path.read_text().replace(peer.url, "http://127.0.0.1:9"))
    assert command("list", "--file", str(path)).exitcode == 1
    assert "unknown" in capsys.readouterr().out


def test_check_tells_what_no_job_would_start_with(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path = tmp_path / "schedule.toml"
    path.write_text(DAILY + 'settings = { MEDIA = "bst", OPEN_SEEDS = -3, MONITOR_LIMITS = "foo=1", RAW = "so", LEDGER = "redis://[" }\n')
    assert command("check", "--file", str(path)).exitcode == 2
    lines = capsys.readouterr().err.splitlines()
    names = ["MEDIA", "RAW", "MONITOR_LIMITS", "OPEN_SEEDS", "LEDGER"]
    assert sorted(line.split(": ")[3] for line in lines) == sorted(f"settings.{name}" for name in names)
    own = Settings({"VERIFY": "what this machine's environment says"})
    own.setmodule("scraper.settings", priority="default")
    assert find_value_faults(own, {"MEDIA": "best", "MEDIA_MAXSIZE": "2G", "ENVELOPE": "raw", "OPEN_SEEDS": "5"}) == []
    assert len(find_value_faults(own, {"ENVELOPE_SHAPES": "{"})) == 1


@pytest.mark.parametrize("text", ["x = " + "[" * 3000, "x." * 3000 + "x = 1", "\0", "\ufeff", "schedule = [" + "{a=[" * 150 + "1" + "]}" * 150 + "]"])
def test_a_file_that_is_odd_is_one_line(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "schedule.toml"
    path.write_text(text)
    assert command("check", "--file", str(path)).exitcode == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith(f"scrapy schedule: {path}: ") and len(line) < 400 for line in lines)


def test_exit_codes_of_a_tick(peer: Peer, tmp_path: Path) -> None:
    path = file_for(tmp_path, peer, DAILY.replace("30 4", "* *") + DAILY.replace("daily", "broken").replace("30 4", "99 4"))
    forget_an_hour(path)
    done = scrapy("schedule", "tick", "--file", str(path))
    assert done.returncode == 2
    assert done.stdout.startswith("daily: started: due ")
    assert done.stderr.startswith(f"scrapy schedule: {path}: broken: cron: '99 4 * * *': bad minute")
    assert len(peer.taken) == 1
    file_for(tmp_path, Peer("http://127.0.0.1:9"), DAILY.replace("30 4", "* *"))
    forget_an_hour(path)
    done = scrapy("schedule", "tick", "--file", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    path.write_text("name =")
    done = scrapy("schedule", "check", "--file", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith(f"scrapy schedule: {path}: expected TOML: ")
    done = scrapy("schedule", "check", "--file", str(tmp_path / "none.toml"))
    assert (done.returncode, done.stderr) == (2, f"scrapy schedule: {tmp_path}/none.toml: No such file or directory: give the file with --file FILE\n")
    assert scrapy("schedule", "tock").returncode == 2


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_starts_what_is_due_until_it_is_told_to_end(
    peer: Peer, tmp_path: Path, ending: signal.Signals, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run in this process: the signal goes to this thread, because no other may get it."""
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path, state = file_for(tmp_path, peer, DAILY.replace("30 4", "* *")), tmp_path / "schedule.state.json"
    forget_an_hour(path)
    main = threading.get_ident()

    def end() -> None:
        try:
            wait_for(lambda: bool(read_memories(state)["daily"].job), 20)
        finally:
            signal.pthread_kill(main, ending)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end)
        assert command("loop", "--file", str(path)).exitcode == 0
        ended.result()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.startswith("daily: started: due ")
    assert len(set(peer.taken)) == len(peer.taken) >= 1
