"""`scrapy links`: a line for a line."""

import json
import subprocess
import sys

from tests.support.crawling import scrapy
from tests.support.tree import ROOT

ONE, SHORT = "https://www.tiktok.com/@a/video/1", "https://vm.tiktok.com/ZMabc123/"


def test_the_command_prints_a_line_for_a_line() -> None:
    done = scrapy("links", f"see {ONE}", "-", "b\n\nc\n", stdin=f"\r\n{SHORT}\r\n\nhttps://example.org/")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert [line["input"] for line in lines] == [f"see {ONE}", "", SHORT, "", "https://example.org/", "b", "", "c"]
    assert lines[0]["refs"] == [{"platform": "tiktok", "kind": "video", "id": "1", "url": ONE, "part": None}]
    assert lines[4] == {
        "input": "https://example.org/",
        "refs": [],
        "rejected": [{"url": "https://example.org/", "reason": "host_not_allowed"}],
    }


def test_the_command_wants_a_text() -> None:
    done = scrapy("links")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected texts" in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"yes {ONE} | head -n 200000 | {sys.executable} -m scrapy links - | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
