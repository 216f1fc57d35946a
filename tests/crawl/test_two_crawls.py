"""Two crawls of one process at once, as a notebook or a server runs them: neither sees what the other has."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.log import Record
from tests.lab.process import LabProcess
from tests.lab.twitter.reading import POSTS
from tests.support.crawling import Crawl
from tests.support.tree import ROOT

SEEDS = (("repost", "dependency"), ("embed-no-media", "card-unified"))
"""Posts that need a guest's query, in each crawl."""


@dataclass(frozen=True, slots=True)
class Both:
    """What two crawls left behind."""

    folders: tuple[Path, ...]
    stats: list[dict[str, Any]]
    log: list[Record]

    def run(self, number: int) -> Crawl:
        """Return one of them."""
        return Crawl(self.folders[number] / "out")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Two crawls of X's posts, whose server asks for a feature that no client sends by itself."""
    folders = tuple(tmp_path_factory.mktemp(name) for name in ("first", "second"))
    lab = LabProcess("--feature", "lab_new")
    try:
        crawls = [(_settings(lab, folder), _urls(names)) for folder, names in zip(folders, SEEDS, strict=True)]
        command = [sys.executable, "-m", "tests.support.two_crawls", json.dumps(["twitter", *crawls])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        assert not lab.refused()
        return Both(folders, json.loads(done.stdout), lab.log())
    finally:
        lab.stop()


def _settings(lab: LabProcess, folder: Path) -> dict[str, str]:
    given = {"OUTPUT_DIR": str(folder / "out"), "SESSION_DIR": str(folder / "sessions"), "OPEN_SEEDS": "1"}
    return given | {"PROXY": lab.proxy, "CA_FILE": lab.ca_file, "POLITE": "0", "MONITORS": "0", "TABLES": "0", "REPORT": "0"}


def _urls(names: tuple[str, ...]) -> str:
    return "\n".join(POSTS[name].url for name in names)


def test_each_has_the_outputs_of_its_own_seeds(both: Both) -> None:
    for number, names in enumerate(SEEDS):
        run = both.run(number)
        assert [one["params"]["url"] for one in run.envelopes] == [POSTS[name].url for name in names]
        assert {one["code"] for one in run.envelopes} == {200}
        assert both.stats[number]["seeds/finished"] == len(names)
        files = [file["path"] for post in run.posts for medium in post["media"] for file in medium["files"]]
        assert files
        assert all((run.folder / path).is_file() for path in files)
        assert not [path for path in files if (both.run(1 - number).folder / path).exists()]


def test_each_learns_for_itself_what_the_server_wants(both: Both) -> None:
    """The second begins when the first has learned it, and while that still asks."""
    asked = [record for record in both.log if "TweetResultByRestId" in record.url]
    ids = [[POSTS[name].id for name in names] for names in SEEDS]
    notes = [[record.note for record in asked if any(each in record.url for each in known)] for known in ids]
    assert notes == [["features", *[""] * len(names)] for names in SEEDS]


def test_each_has_a_session_of_its_own(both: Both) -> None:
    tokens = [json.loads(path.read_text("utf-8"))["token"] for each in both.folders for path in (each / "sessions").iterdir()]
    assert len(set(tokens)) == len(tokens) == len(both.folders)
    assert [stats["session/minted/twitter"] for stats in both.stats] == [1, 1]
