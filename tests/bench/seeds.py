"""Memory of a crawl with a million seeds, minus that of one with a thousand; and the time to load the list."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import open_folder, open_lab
from tests.lab.catalog import many_post
from tests.lab.process import LabProcess
from tests.support.tree import ROOT

_KEY = "seeds_1m_rss_over_1k_mb"
_LOAD = "seeds_1m_load_s"
_FEW, _MANY = 1_000, 1_000_000
_POSTS = 600
"""Envelopes after which both crawls are stopped: the cost of posts is not measured here."""
_LIMIT = 240
_MIB = 1024


def measure(wanted: Collection[str]) -> list[Figure]:
    with open_lab("--many", str(_MANY)) as lab:
        few, _ = crawl(lab, _FEW)
        many, seconds = crawl(lab, _MANY)
    return [
        Figure(key=_KEY, value=many - few, unit="MB", peer="crawl with 1,000 seeds", peer_value=few, has_ratio=False),
        Figure(key=_LOAD, value=seconds, unit="s", note="from the start until the ledger has the whole list"),
    ]


def crawl(lab: LabProcess, number: int) -> tuple[float, float]:
    """Return the peak memory (MiB) of a crawl with *number* seeds after _POSTS posts, and the seconds of loading."""
    with open_folder() as folder:
        seeds = folder / "seeds.txt"
        with seeds.open("w") as file:
            file.writelines(f"{many_post(index).url}\n" for index in range(number))
        settings = {
            "PROXY": lab.proxy,
            "CA_FILE": lab.ca_file,
            "OUTPUT_DIR": folder / "out",
            "SESSION_DIR": folder / "sessions",
            "MEDIA": "none",
            "POLITE": 0,
            "LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", f"seeds={seeds}"]
        command += [option for name, value in settings.items() for option in ("-s", f"{name}={value}")]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                return _watch(process, folder / "out")
            finally:
                process.send_signal(signal.SIGINT)


def _watch(process: subprocess.Popen[bytes], out: Path) -> tuple[float, float]:
    started, loaded = time.monotonic(), 0.0
    while time.monotonic() - started < _LIMIT:
        time.sleep(0.2)
        if not loaded and _is_loaded(out / "ledger.db"):
            loaded = time.monotonic() - started
        envelopes = out / "envelopes.jsonl"
        if loaded and envelopes.exists() and envelopes.read_bytes().count(b"\n") >= _POSTS:
            return _peak(process.pid), loaded
        if process.poll() is not None:
            raise BenchError(f"the crawl ended with {process.returncode} before {_POSTS} posts")
    raise BenchError(f"not {_POSTS} posts within {_LIMIT} s")


def _is_loaded(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            row = database.execute("SELECT value FROM meta WHERE name = 'loaded'").fetchone()
        finally:
            database.close()
    except sqlite3.Error:
        return False
    return row is not None and json.loads(row[0]) is True


def _peak(pid: int) -> float:
    """Return the peak memory of the process so far (VmHWM), in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / _MIB
    raise BenchError("/proc says nothing of VmHWM")


GROUP = Group(keys=(_KEY, _LOAD), measure=measure)
