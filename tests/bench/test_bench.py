"""The parts of the benchmarks whose errors would go unnoticed."""

import json
import re
import sys
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.bench.__main__ import load_groups, to_table
from tests.bench.figure import TARGETS, BenchError, Figure
from tests.bench.join import stretch
from tests.bench.media import MB, pad
from tests.bench.posts import read_rate
from tests.bench.processes import Watched
from tests.lab import media
from tests.lab.log import Record
from tests.support.tree import ROOT
from tests.support.waiting import wait_for


def record(time: float, note: str = "", status: int = 200) -> Record:
    return Record(time=time, method="GET", host="www.tiktok.com", target="/@lab.many/video/1", status=status, note=note)


def test_the_rate_counts_answered_posts_only() -> None:
    log = [record(5.0, note="firewall"), record(10.0), record(11.0, status=500), record(11.9)]
    assert read_rate(log, latency=100, expected=2) == pytest.approx(1.0)
    with pytest.raises(BenchError, match="served 2 of 3"):
        read_rate(log, latency=100, expected=3)


def test_a_ratio_below_its_target_is_seen() -> None:
    key = "media_500mb_vs_curl"
    slow = Figure(key=key, value=6, unit="MB/s", peer="curl", peer_value=10)
    assert (slow.ratio, slow.is_met) == (0.6, False)
    assert Figure(key=key, value=7, unit="MB/s", peer="curl", peer_value=10).is_met
    assert Figure(key="media_rss_over_idle_mb", value=61, unit="MB", peer="idle", peer_value=9).is_met is False
    baseline = Figure(key="x", value=1, unit="ms", peer="idle", peer_value=2, has_ratio=False)
    assert (baseline.ratio, baseline.is_met) == (None, None)
    line = {"value": 6, "unit": "MB/s", "peer": "curl", "peer_value": 10, "ratio": 0.6}
    assert json.loads(json.dumps(slow.to_json())) == line
    assert to_table([slow, baseline]).row_count == 2


def test_a_padded_file_is_still_a_film(tmp_path: Path) -> None:
    path = tmp_path / "padded.mp4"
    pad(media.load("tiny"), path, 3 * MB)
    assert path.stat().st_size == 3 * MB
    with av.open(str(path)) as container:
        assert sum(packet.size for packet in container.demux(video=0))


def test_a_stretched_track_plays_on(tmp_path: Path) -> None:
    with av.open(str(stretch("video", 2, 10, tmp_path))) as container:
        shown = sorted(float(packet.pts * packet.time_base) for packet in container.demux() if packet.pts is not None)
    assert len(shown) == 240
    assert shown[-1] - shown[0] == pytest.approx(10, abs=0.1)
    assert max(after - before for before, after in pairwise(shown)) < 0.1


def test_what_a_command_leaves_behind_is_ended(tmp_path: Path) -> None:
    script = "import subprocess, time; p = subprocess.Popen(['sleep', '60'], start_new_session=True); print(p.pid); time.sleep(.5)"
    watched = Watched([sys.executable, "-c", script], tmp_path)
    assert watched.wait(10) == 0
    left = Path("/proc", watched.stdout.read_text().strip(), "stat")
    wait_for(lambda: not left.exists() or left.read_text().rpartition(")")[2].split()[0] == "Z", 5)
    with pytest.raises(BenchError, match="not done within"):
        Watched(["sleep", "60"], tmp_path).wait(0.3)


def test_the_page_names_every_figure() -> None:
    page = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z0-9_]+)`", page, re.MULTILINE))
    measured = {key for group in load_groups() for key in group.keys}
    assert measured <= named
    assert named <= measured | set(TARGETS)
