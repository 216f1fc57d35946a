"""Who is told of an alarm: the program is given no secret, and whatever it does costs the run nothing."""

import errno
import json
import os
import resource
import signal
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.settings import Settings

from scraper.crawl.preflight import check
from scraper.errors import UsageError
from scraper.monitoring import alert
from scraper.monitoring.limits import DEFAULTS
from scraper.monitoring.monitors import Monitors
from scraper.monitoring.options import MonitorOptions
from scraper.runs.info import RunInfo
from scraper.runs.results import write_run
from tests.support.run_infos import info, make_info
from tests.support.waiting import wait_for


@pytest.fixture
def said(tmp_path: Path) -> Path:
    return tmp_path / "said"


def call(said: Path, *words: str) -> str | None:
    return alert.run_alert_command(("sh", "-c", *words), '{"alarms": []}', said.parent, "20261128T180000Z")


def test_the_program_is_given_the_alarms_and_no_secret(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRAPER_PROXY", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://me:secret@127.0.0.1:1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert call(said, f"cat > {said}; env >> {said}") is None
    text = said.read_text()
    assert text.startswith('{"alarms": []}')
    lines = text.splitlines()
    assert {"SCRAPER_RUN=20261128T180000Z", f"SCRAPER_FOLDER={said.parent}"} <= set(lines)
    assert any(line.startswith("PATH=") for line in lines)
    assert "secret" not in text


def test_a_program_that_fails_or_never_ends_is_told_in_one_line(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(said, "echo first; printf 'no \\033[1mroute\\n\\n' >&2; exit 3") == "ended with 3: no \\x1b[1mroute"
    assert call(said, "exit 3") == "ended with 3"
    assert call(said, "head -c 9000000 /dev/zero") is None
    assert alert.run_alert_command((str(said),), "", said.parent, "") == "cannot be started: No such file or directory"
    monkeypatch.setattr(alert, "PATIENCE", 0.3)
    assert call(said, f"sleep 60 & echo $! > {said}; wait") == "was ended, as it took more than 0 s"
    wait_for(lambda: not is_alive(int(said.read_text())), 5)


def test_a_full_disk_loses_no_alarm(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    assert call(said, f"cat > {said}; echo told") is None
    assert said.read_text() == '{"alarms": []}'
    monkeypatch.delattr(os, "memfd_create")  # as elsewhere than on Linux
    assert call(said, "true") == "cannot be started: No space left on device"


def test_no_room_for_the_message_is_told_in_one_line(said: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        assert call(said, "true") == "cannot be started: File too large"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_ends_the_program_alone(said: Path) -> None:
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    assert call(said, "sleep 60") == "was ended by Ctrl-C"
    timer.join()
    assert signal.getsignal(signal.SIGINT) is handler


def test_monitors_look_at_any_folder_without_a_crawler(said: Path, tmp_path: Path) -> None:
    counts = Counter[str]()
    stats: Any = SimpleNamespace(inc_value=lambda key: counts.update([key]))
    command = ("sh", "-c", f"cat > {said}; exit 7")
    monitors = Monitors(MonitorOptions(is_on=True, limits=DEFAULTS, command=command), stats)
    ended = RunInfo.from_json(make_info(4, removed=30))
    write_run(tmp_path, ended)
    monitors.check(ended, tmp_path)
    assert ([each.monitor for each in monitors.alarms], counts["monitors/alarms"]) == (["failures"], 1)
    monitors.alert(tmp_path)
    assert json.loads(said.read_text())["run"] == ended.to_json()
    assert info(tmp_path) == replace(ended, stats={**ended.stats, "monitors/alert_failed": 1}).to_json()
    silent = Monitors(MonitorOptions(is_on=False, limits=DEFAULTS, command=command), stats)
    silent.check(ended, tmp_path)
    assert silent.alarms == ()


def test_a_program_that_starts_a_crawl_finds_no_setting_in_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RUN", "FOLDER", "FOLDERS"):
        monkeypatch.setenv(f"SCRAPER_{name}", "x")
    settings = Settings({"LOG_LEVEL": "INFO"})
    settings.setmodule("scraper.settings")
    settings.set("OUTPUT_DIR", str(tmp_path), priority="cmdline")
    with pytest.raises(UsageError, match=r"\ASCRAPER_FOLDERS: is no setting: leave it out\Z"):
        check(settings, {"urls": "x"}, None)
