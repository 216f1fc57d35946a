"""Wrong use gives one clear line each and exit code 2, never a traceback."""

import argparse
import fcntl
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from scraper.commands.crawl import Command
from tests.lab.process import LabProcess
from tests.support.crawling import crawl, piped_crawl, scrapy
from tests.support.ports import closed_port
from tests.support.waiting import wait_for

URL = "https://www.tiktok.com/@lab.video_square/video/7520666970962987367"


@pytest.mark.parametrize(
    ("args", "settings", "expected"),
    [
        ((), {}, ["urls or seeds: expected one of them, got none"]),
        (("-a", f"urls={URL}", "-a", "seeds=-"), {}, ["urls and seeds: expected one of them, got both"]),
        (("-a", "seeds=no-such-file.txt"), {}, ["seeds: cannot read no-such-file.txt"]),
        (("-a", f"urls={URL}", "-a", "limit=3"), {}, ["is no argument"]),
        (("-a", f"urls={URL}"), {"MEDIA": "bset"}, ["MEDIA: expected one of best, none, all, got 'bset'"]),
        (("-a", f"urls={URL}"), {"WATERMARK": "no", "OPEN_SEEDS": "many"}, ["WATERMARK: expected", "OPEN_SEEDS: expected"]),
        (("-a", f"urls={URL}"), {"BROWSER_EXECUTABLE": "/no/such/chrome"}, ["BROWSER_EXECUTABLE: no program at"]),
        (("-a", f"urls={URL}"), {"MIN_FREE": str(10**18)}, ["MiB free on the disk of"]),
        (("-a", f"urls={URL}"), {"CA_FILE": "no.pem"}, ["CA_FILE: no such file: no.pem"]),
        (("-a", f"urls={URL}"), {"BROWSER_EXECUTABLE": "/bin/false"}, ["/bin/false does not start"]),
        (("-a", f"urls={URL}"), {"CA_FILE": "Makefile"}, ["CA_FILE: Makefile holds no PEM certificate"]),
        (("-a", f"urls={URL}"), {"OUTPUT_DIR": ""}, ["OUTPUT_DIR: expected a folder"]),
        (("-a", f"urls={URL}"), {"OUTPUT_DIR": "/proc/none"}, ["OUTPUT_DIR: cannot make /proc/none"]),
        (("-a", f"urls={URL}"), {"POLITE": "perhaps", "SESSION_TRIES": "x"}, ["POLITE: expected", "SESSION_TRIES: expected"]),
        (("-a", f"urls={URL}"), {"DOWNLOAD_TIMEOUT": "abc"}, ["DOWNLOAD_TIMEOUT: expected a whole number"]),
        (("-a", f"urls={URL}"), {"LOG_LEVEL": "chatty"}, ["LOG_LEVEL: expected one of debug"]),
        (("-a", f"urls={URL}"), {"PROXY": "http://127.0.0.1:99999"}, ["PROXY: expected http://host:port"]),
        (("-a", f"urls={URL}"), {"PROXY": "http://[::1"}, ["PROXY: expected http://host:port"]),
        (("-a", f"urls={URL}"), {"OUTPUTDIR": "x", "MEDAI": "none"}, ["did you mean OUTPUT_DIR?", "did you mean MEDIA?"]),
        (("-a", f"urls={URL}"), {"BROWSER_HEADLESS": "0"}, ["BROWSER_HEADLESS: 0 needs a screen"]),
        (("-a", "seeds=README.md/x"), {}, ["seeds: cannot read README.md/x"]),
        (("-a", "seeds=docs"), {}, ["seeds: docs holds no list: expected files that end in .txt, .list, .csv"]),
        (("-a", "seeds=" + "x" * 300), {}, ["seeds: cannot read xxx"]),
        (("-a", "seeds=README.md", "-a", "column=urll"), {}, ["column: README.md has none called 'urll'"]),
        (("-a", f"urls={URL}", "-a", "shard=3/2", "-a", "colunm=1"), {}, ["shard: expected a number from 1 to N", "did you mean -a column=…?"]),
        (("-a", "shard=1/2"), {}, ["urls or seeds: expected one of them, got none"]),
        (("-a", "seeds=-", "-a", "_job=1"), {}, ["seeds: expected a whole path on the host of Scrapyd, got -"]),
        (("-a", f"urls={URL}"), {"SESSION_POOL": "0", "BROWSER_CONTEXTS": "0"}, ["SESSION_POOL: expected at least 1", "BROWSER_CONTEXTS: expected at least 1"]),
        (("-a", f"urls={URL}"), {"BROWSER_CDP": "http://127.0.0.1:1/s3cret"}, ["BROWSER_CDP: no browser answers at http://127.0.0.1:1 ("]),
        (("-a", f"urls={URL}"), {"BROWSER_CDP": "http://elsewhere:9222"}, ["BROWSER_CDP: expected a browser on this machine, got http://elsewhere:9222"]),
        (("-a", f"urls={URL}"), {"COOKIES_DIR": ""}, ["COOKIES_DIR: expected a folder, got nothing"]),
        (("-a", f"urls={URL}"), {"PROXIES_FILE": "none.txt"}, ["PROXIES_FILE: cannot read none.txt"]),
        (("-a", f"urls={URL}"), {"PROXY": "socks5://me:pw@127.0.0.1:1080"}, ["PROXY: the browser cannot send credentials to a socks5 proxy: run a local relay"]),
    ],
)
def test_wrong_use_is_one_line_each(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    settings: dict[str, Any],
    expected: list[str],
) -> None:
    """What the command checks before anything starts, here in this process."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    command, parser = Command(), argparse.ArgumentParser(conflict_handler="resolve")
    command.settings = Settings()
    command.settings.setmodule("scraper.settings")
    command.add_options(parser)
    given = {"OUTPUT_DIR": str(tmp_path / "out"), "SESSION_DIR": str(tmp_path / "sessions"), **settings}
    assigned = [word for name, value in given.items() for word in ("-s", f"{name}={value}")]
    options, rest = parser.parse_known_args(["tiktok", *args, *assigned])
    with pytest.raises(SystemExit) as ended:
        command.process_options(rest, options)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(expected)
    assert all(line.startswith("scrapy crawl: ") for line in lines)
    for line, words in zip(lines, expected, strict=True):
        assert words in line


@pytest.mark.parametrize(
    ("args", "expected"),
    [((), "urls or seeds: expected one of them, got none"), (("-a", "seeds=/dev/null"), "seeds: /dev/null holds no seed")],
)
def test_wrong_use_of_the_command_itself_ends_with_its_line(tmp_path: Path, args: tuple[str, ...], expected: str) -> None:
    done = crawl(None, tmp_path, *args)
    assert (done.code, "Traceback" in done.stderr) == (2, False)
    assert done.stderr.splitlines()[-1].startswith(f"scrapy crawl: {expected}")


def test_a_proxy_that_is_down_is_named_without_its_password(tmp_path: Path) -> None:
    done = crawl(None, tmp_path, "-a", f"urls={URL}", PROXY=f"http://me:s3cret@127.0.0.1:{closed_port()}")
    assert done.code == 2
    assert "does not answer" in done.stderr
    assert "s3cret" not in done.stderr


def test_unknown_spider_and_setting_from_the_environment() -> None:
    assert "expected one of bilibili" in scrapy("crawl", "tictoc").stderr
    assert "did you mean MEDIA?" in scrapy("crawl", "tiktok", "-a", f"urls={URL}", env={"SCRAPER_MEDAI": "none"}).stderr
    done = scrapy("crawl", "tiktok", "-a", f"urls={URL}", env={"SCRAPER_MEDIA": "some"})
    assert (done.returncode, "MEDIA: expected" in done.stderr) == (2, True)


def test_seeds_without_a_post_need_no_browser(lab: LabProcess, tmp_path: Path) -> None:
    text = "no link\nhttps://tiktok.com.evil.example/@a/video/1\nhttps://www.tiktok.com/@someone\nhttps://x.com/a/status/1\n"
    done = crawl(lab, tmp_path, "-a", "seeds=-", spider="tiktok", stdin=text)
    assert done.code == 1
    errors = {envelope["seed"]: envelope["error"]["code"] for envelope in done.envelopes}
    assert errors == {
        "1.1": "no_url",
        "2.1": "host_not_allowed",
        "3.1": "unsupported_kind",
        "4.1": "host_not_allowed",
    }
    assert done.stat("playwright/browser_count") == 0


def test_an_empty_list_from_a_pipe_is_wrong_use_too(tmp_path: Path) -> None:
    done = crawl(None, tmp_path, "-a", "seeds=-", stdin="# nothing\n\n")
    assert done.code == 2
    assert "holds no seed" in done.stderr


def test_two_runs_do_not_share_a_folder(lab: LabProcess, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with (tmp_path / "out/.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = crawl(lab, tmp_path, "-a", f"urls={URL}")
    assert (done.code, "another run is writing" in done.stderr) == (2, True)
    assert not (tmp_path / "out/envelopes.jsonl").exists()


def test_control_characters_never_reach_the_terminal(tmp_path: Path) -> None:
    done = crawl(None, tmp_path, "-a", "seeds=-", stdin="\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202e no link [bold]x[/bold]\n")
    assert done.code == 1
    assert not [char for char in done.stdout if not char.isprintable() and char != "\n"]
    assert "[bold]" in done.stdout


def test_an_ascii_terminal_gets_its_table(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    out = ["-s", f"OUTPUT_DIR={tmp_path}"]
    done = scrapy("crawl", "tiktok", "-a", "seeds=-", *out, env=env, stdin="no link 名前\n")
    assert "Traceback" not in done.stderr
    assert "0 of 1 seeds ok" in done.stdout


def test_a_quiet_pipe_does_not_hold_up_what_is_there(lab: LabProcess, tmp_path: Path) -> None:
    """The first seed's envelope is written while the list is still open."""
    with piped_crawl(lab, tmp_path) as (process, pipe):
        pipe.write(f"{lab.url('lab_gif/')}\n".encode())
        envelopes = tmp_path / "out/envelopes.jsonl"
        wait_for(lambda: envelopes.exists() and envelopes.read_text().count("\n") == 1)
        pipe.close()
        assert process.wait(30) == 0


def test_what_no_encoding_takes_is_told_in_the_log_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # pytest's own is stricter than that of a terminal
    settings, log = Settings(), tmp_path / "log"
    settings.setmodule("scraper.settings")
    settings.set("LOG_FILE", str(log))
    settings.set("OUTPUT_DIR", str(tmp_path / "out"))
    command, parser = Command(), argparse.ArgumentParser(conflict_handler="resolve")
    command.settings = settings
    command.add_options(parser)
    options = parser.parse_args(["-a", "seeds=/tmp/\udcff", "--logfile", str(log)])
    with pytest.raises(SystemExit) as ended:
        command.process_options(["twitter"], options)
    assert ended.value.code == 2
    assert "scrapy crawl: seeds: cannot read /tmp/\\udcff: No such file" in log.read_text()
