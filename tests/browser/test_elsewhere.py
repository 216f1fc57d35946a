"""BROWSER_CDP: a crawl uses a browser that runs already, leaves it as it was, and does without a restart of its own."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.process import LabProcess
from tests.support.browsers import LoneBrowser
from tests.support.crawling import Crawl, crawl, scrapy, start_crawl
from tests.support.waiting import wait_for

COUNT = 12
PAGE = "data:text/html,<title>mine</title>"


@pytest.fixture
def warm(lab: LabProcess, tmp_path: Path) -> Iterator[LoneBrowser]:
    found = LoneBrowser(tmp_path / "profile", lab.ca_file)
    yield found
    found.process.send_signal(signal.SIGCONT)
    found.stop()


def posts(lab: LabProcess) -> list[str]:
    return [post["url"] for post in lab.posts_of("tiktok") if post["outcome"] == "ok"]


def test_a_crawl_uses_it_and_leaves_it_as_it_was(lab: LabProcess, clean_lab: None, warm: LoneBrowser, tmp_path: Path) -> None:
    mine = warm.open(PAGE)
    before = warm.pages()
    done = crawl(lab, tmp_path, "-a", f"urls={' '.join(posts(lab)[:3])}", spider="tiktok", BROWSER_EXECUTABLE="", BROWSER_CDP=warm.socket, LOG_LEVEL="DEBUG", MEDIA="none")
    assert (done.code, [envelope["code"] for envelope in done.envelopes]) == (0, [200] * 3), done.stderr[-3000:]
    assert done.stat("browser/fetches") >= 1
    assert warm.process.poll() is None
    assert warm.pages() == before
    assert before[mine] == PAGE
    secret = warm.path.rpartition("/")[2]
    kept = {"log": done.stderr, "stdout": done.stdout}
    kept |= {path.name: path.read_text("utf-8", "replace") for path in done.folder.rglob("*.json*") if path.is_file()}
    assert "run.json" in kept
    assert [name for name, text in kept.items() if secret in text] == []
    seen = scrapy("doctor", "--offline", "-s", f"BROWSER_CDP={warm.socket}", "-s", f"CA_FILE={lab.ca_file}").stdout
    assert f"answers (BROWSER_CDP: ws://127.0.0.1:{warm.port})" in " ".join(seen.split())
    assert secret not in seen
    assert warm.pages() == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_one_that_dies_or_hangs_is_connected_to_again(
    number: signal.Signals, lab: LabProcess, clean_lab: None, warm: LoneBrowser, tmp_path: Path
) -> None:
    out, log, urls = tmp_path / "out", tmp_path / "log", posts(lab)[:COUNT]
    options: dict[str, Any] = {"MEDIA": "none", "BROWSER_EXECUTABLE": "", "BROWSER_CDP": warm.url, "OPEN_SEEDS": 1}
    options["BROWSER_TIMEOUT"] = 2 if number is signal.SIGSTOP else 20
    again = None
    with start_crawl(lab, tmp_path, "-a", f"urls={' '.join(urls)}", spider="tiktok", **options) as process:
        try:
            wait_for(lambda: (out / "envelopes.jsonl").exists() and b"\n" in (out / "envelopes.jsonl").read_bytes())
            warm.process.send_signal(number)
            if number is signal.SIGKILL:
                warm.process.wait(10)
                again = LoneBrowser(tmp_path / "profile", lab.ca_file, warm.port)
            else:
                wait_for(lambda: "the crawl connects to it again" in log.read_text())
                warm.process.send_signal(signal.SIGCONT)
            table, _ = process.communicate(timeout=90)
        finally:
            process.kill()
            if again is not None:
                again.stop()
    done = Crawl(out, process.returncode, table, log.read_text())
    assert [envelope["code"] for envelope in done.envelopes] == [200] * len(urls), done.stderr[-3000:]
    assert done.stat("playwright/browser_count") == 2
    assert done.stat("browser/hung") == (1 if number is signal.SIGSTOP else 0)
