"""A film's picture and sound joined into one file, by our code and by ffmpeg."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import median

import av

from scraper.media.libav.mux import mux
from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import install, open_folder
from tests.lab import media

_KEY = "join_vs_ffmpeg"
_SECONDS = 640
_FASTER = 2.5
"""The lab's film has 12 pictures a second, a site's 30."""
_ROUNDS = 5
_NEEDED = 1_000_000_000
_FRAGMENTED = {"movflags": "empty_moov+default_base_moof", "frag_duration": "5000000"}


def measure(wanted: Collection[str]) -> list[Figure]:
    install({"ffmpeg": "ffmpeg"})
    with open_folder() as folder:
        if shutil.disk_usage(folder).free < _NEEDED:
            raise BenchError(f"{_NEEDED / 1e9:.0f} GB of free disk are needed in {folder.parent}")
        tracks = [stretch(kind, speed, _SECONDS, folder) for kind, speed in (("video", _FASTER), ("audio", 1))]
        size = sum(track.stat().st_size for track in tracks) / 1e6
        target = folder / "joined.mp4"
        inputs = [word for track in tracks for word in ("-i", str(track))]
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *inputs, "-c", "copy", str(target)]
        ours, peer = [], []
        for _ in range(_ROUNDS):
            ours.append(size / _time(lambda: mux([[track] for track in tracks], target, ".mp4"), target))
            peer.append(size / _time(lambda: subprocess.run(command, check=True, timeout=60), target))
    note = f"{size:.0f} MB, {_SECONDS} s of 30 pictures a second; rounds {_rounds(ours, peer)}"
    return [Figure(key=_KEY, value=median(ours), unit="MB/s", peer="ffmpeg", peer_value=median(peer), note=note)]


def stretch(kind: str, speed: float, seconds: float, folder: Path) -> Path:
    """Write the *kind* of a lab film to a fragmented file, *speed* times as fast, repeated until it has *seconds*."""
    media.ensure(["landscape-720"])
    path = folder / f"{kind}.m4s"
    with (
        av.open(str(media.cache_dir() / "landscape-720.mp4")) as given,
        av.open(str(path), "w", "mp4", _FRAGMENTED) as out,
    ):
        source = next(stream for stream in given.streams if stream.type == kind)
        stream = out.add_stream_from_template(source)
        packets = [packet for packet in given.demux(source) if packet.pts is not None]
        span, tick = sum(packet.duration or 0 for packet in packets), packets[0].time_base
        kept = [(bytes(packet), packet.pts or 0, packet.dts or 0, packet.is_keyframe) for packet in packets]
        for turn in range(round(seconds * speed / (span * tick))):
            for data, shown, decoded, is_key in kept:
                packet = av.Packet(data)
                packet.pts, packet.dts = (int((time + turn * span) / speed) for time in (shown, decoded))
                packet.time_base, packet.stream, packet.is_keyframe = tick, stream, is_key
                out.mux(packet)
    return path


def _time(join: Callable[[], object], target: Path) -> float:
    """Return the seconds that *join* takes for *target*."""
    target.unlink(missing_ok=True)
    os.sync()  # data that the previous round wrote must not slow down the next one
    started = time.monotonic()
    join()
    return time.monotonic() - started


def _rounds(ours: list[float], peer: list[float]) -> str:
    return ", ".join(f"{a:.0f}:{b:.0f}" for a, b in zip(ours, peer, strict=True))


GROUP = Group((_KEY,), measure)
