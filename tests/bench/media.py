"""Large files: our media step beside curl and aria2c, its memory, and its effect on the event loop."""

import json
import os
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from statistics import median
from typing import Any

import trustme

from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import install, open_folder, run
from tests.lab import media

HOST = "v16-webapp-prime.tiktok.com"
_CURL, _ARIA2, _RSS, _STALL, _AGAIN = (
    "media_500mb_vs_curl", "media_8x100mb_vs_aria2", "media_rss_over_idle_mb", "loop_stall_p999_ms",
    "refetched_mb_after_kill",
)  # fmt: skip
MB = 1_000_000
_NEEDED = 5_000 * MB
_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def measure(wanted: Collection[str]) -> list[Figure]:
    install({"nginx": "nginx-light", "aria2c": "aria2", "curl": "curl", "ip": "iproute2"})
    with open_folder() as folder:
        if shutil.disk_usage(folder).free < _NEEDED:
            raise BenchError(f"{_NEEDED / MB:.0f} MB of free disk are needed in {folder.parent}")
        _make_files(folder)
        (folder / "task.json").write_text(json.dumps(sorted(wanted)))
        as_root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        command = [_NAMESPACES[0], *as_root, *_NAMESPACES[1:], sys.executable, "-m", "tests.bench.room", str(folder)]
        results: dict[str, Any] = json.loads(run(command, folder=folder, timeout=150).splitlines()[-1])
    figures = []
    if _CURL in results:
        figures.append(_beside(_CURL, "curl", results[_CURL]))
    if _ARIA2 in results:
        figures.append(_beside(_ARIA2, "aria2c -j8", results[_ARIA2]))
    if (load := results.get("load")) is not None:
        speed = f"8 × 200 MB at {load['speed'] / MB:.0f} MB/s"
        over, idle = (load["peak_rss"] - load["idle_rss"]) / MB, load["idle_rss"] / MB
        rss = Figure(key=_RSS, value=over, unit="MB", peer="idle", peer_value=idle, has_ratio=False, note=speed)
        stall, still = load["stall"], load["idle_stall"]
        note = f"longest {load['longest_stall']:.1f} ms, {load['ticks']} ticks"
        stalls = Figure(key=_STALL, value=stall, unit="ms", peer="idle", peer_value=still, has_ratio=False, note=note)
        figures += [rss, stalls]
    if (kill := results.get("kill")) is not None:
        note = f"of one file of 500 MB, killed at {kill['there'] / MB:.0f} MB"
        figures.append(Figure(key=_AGAIN, value=kill["again"] / MB, unit="MB", note=note))
    return figures


def _beside(key: str, peer: str, rounds: dict[str, list[float]]) -> Figure:
    ours, theirs = median(rounds["ours"]) / MB, median(rounds["peer"]) / MB
    each = ", ".join(f"{a / MB:.0f}:{b / MB:.0f}" for a, b in zip(rounds["ours"], rounds["peer"], strict=True))
    note = f"rounds {each}; of ours {median(rounds['disk']):.2f} s to see the files on the disk and probe them"
    return Figure(key=key, value=ours, unit="MB/s", peer=peer, peer_value=theirs, note=note)


def _make_files(folder: Path) -> None:
    """Write the files that nginx serves: a real MP4, extended by a ``free`` box, and a certificate for our host."""
    served = folder / "served"
    served.mkdir()
    film = media.load("landscape-720")
    pad(film, served / "500.mp4", 500 * MB)
    for size in (100, 200):
        for number in range(8):  # no two files have the same content: only one of them would be kept
            pad(film, served / f"{size}-{number}.mp4", size * MB, number)
    authority = trustme.CA(organization_name="Bench")
    leaf = authority.issue_cert(HOST)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")


def pad(film: bytes, path: Path, size: int, number: int = 0) -> None:
    """Write *film* (an MP4) and a ``free`` box of *number* and zeros, *size* bytes in all."""
    with path.open("wb") as file:
        file.write(film)
        file.write((size - len(film)).to_bytes(4, "big") + b"free" + bytes([number]))
        file.truncate(size)


GROUP = Group((_CURL, _ARIA2, _RSS, _STALL, _AGAIN), measure)
