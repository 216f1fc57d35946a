"""``scrapy seeds`` and ``scrapy status`` as a person uses them, and misuses them, where no crawl runs."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scrapy.settings import Settings

from scraper.commands.seeds import Command
from tests.support.crawling import scrapy
from tests.support.tree import ROOT

LINKS = "https://x.com/somebody/status/20\nhttps://x.com/somebody/status/21 https://example.org/\n# none\nnothing here\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that holds five seeds."""
    (tmp_path / "links.txt").write_text(LINKS)
    done = scrapy("seeds", "add", "-o", str(tmp_path / "out"), str(tmp_path / "links.txt"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 seeds added\n", "")
    return tmp_path / "out"


def test_seeds_go_in_and_come_out(folder: Path) -> None:
    stats = json.loads(scrapy("seeds", "stats", "-o", str(folder), "--json").stdout)
    assert stats == {"todo": 4, "leased": 0, "done": 0, "failed": 0, "errors": {}, "loaded": True}
    more = '{"url": "https://x.com/a/status/22", "tags": ["t"]}\n'
    assert scrapy("seeds", "add", "-o", str(folder), "-", stdin=more).stdout == "1 seeds added\n"
    exported = scrapy("seeds", "export", "-o", str(folder)).stdout
    assert [line for line in exported.splitlines() if not line.startswith("{")] == [
        *("https://x.com/somebody/status/20", "https://x.com/somebody/status/21", "https://example.org/", "nothing here"),
    ]
    assert json.loads(exported.splitlines()[-1]) == {"url": "https://x.com/a/status/22", "options": {}, "tags": ["t"]}
    again = scrapy("seeds", "add", "-o", str(folder.parent / "again"), "-", stdin=exported)
    assert again.stdout == "5 seeds added\n"
    assert [json.loads(line)["seed"] for line in scrapy("seeds", "export", "-o", str(folder), "--json").stdout.splitlines()] == ["1.1", "2.1", "2.2", "4.1", "5.1"]
    assert scrapy("seeds", "retry", "-o", str(folder)).returncode == 1
    status = scrapy("status", "-o", str(folder))
    assert status.stdout.splitlines()[1:] == ["todo 5, open 0, done 0, failed 0", "no worker is running: run the same crawl command again to continue"]
    assert json.loads(scrapy("status", "-o", str(folder), "--json").stdout)["todo"] == 5


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "expected one of add, stats, retry, export, got nothing"),
        (("ad",), "expected one of add, stats, retry, export, got 'ad'"),
        (("add",), "add: expected a list"),
        (("stats", "x.txt"), "'x.txt': stats takes no list"),
        (("retry", "--state", "done"), "--state: is no option of retry"),
        (("stats", "--code", "timeout"), "--code: is no option of stats"),
        (("retry", "--code", "time_out"), "--code: expected one of "),
        (("export", "--state", "open"), "--state: expected one of todo, leased, done, failed"),
        (("add", "none.txt"), "seeds: cannot read none.txt"),
        (("add", "https://example.org/list"), "'https://example.org/list': only a crawl fetches lists"),
        (("stats",), "no ledger is there: give the folder with -o DIR"),
        (("stats", "-l", "redis://[x"), "LEDGER: expected the address of a Redis"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(tmp_path: Path, args: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, parser = Command(), argparse.ArgumentParser(conflict_handler="resolve")
    command.settings = Settings()
    command.settings.setmodule("scraper.settings")
    command.add_options(parser)
    options, rest = parser.parse_known_args([*args, "-o", str(tmp_path / "out")])
    command.run(rest, options)
    told = capsys.readouterr()
    assert (command.exitcode, told.out) == (2, "")
    (line,) = told.err.splitlines()
    assert line.startswith("scrapy seeds: ")
    assert words in line
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = scrapy("seeds", "add", "-o", str(tmp_path / "file"), "-", stdin=LINKS)
    assert done.returncode == 2
    assert done.stderr.startswith("scrapy seeds: OUTPUT_DIR: cannot make ")
    done = scrapy("status", "x", "-o", str(tmp_path))
    assert (done.returncode, done.stderr) == (2, "scrapy status: 'x': expected no argument: give the folder with -o DIR\n")


@pytest.mark.parametrize("command", [("seeds", "export"), ("seeds", "stats"), ("status",)])
def test_an_output_that_is_closed_ends_nothing_badly(folder: Path, command: tuple[str, ...]) -> None:
    program = [sys.executable, "-m", "scrapy", *command, "-o", str(folder)]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *program], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_says_how_far_it_came(tmp_path: Path) -> None:
    """A pipe that is quiet: nothing in the program goes on by itself."""
    command = [sys.executable, "-m", "scrapy", "seeds", "add", "-o", str(tmp_path / "out"), "-"]
    read, write = os.pipe()
    with subprocess.Popen(command, cwd=ROOT, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.close(read)
        os.write(write, LINKS.encode() * 1000)
        end = time.monotonic() + 30
        while not (tmp_path / "out/ledger.db").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=20)
    os.close(write)
    assert process.returncode == 130
    assert error == ""
    assert out.endswith(" seeds added\n")
