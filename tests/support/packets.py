"""The contents of a media file, packet by packet: joining streams without encoding changes no packet."""

import io
from hashlib import sha256
from pathlib import Path

import av
from av.container import InputContainer

from tests.lab import media

_KINDS = ("video", "audio")


def digests(*sources: Path | str) -> dict[str, str]:
    """Return a digest of the packets of each kind of stream in *sources* (files, or names of lab media), in turn."""
    found = {kind: sha256() for kind in _KINDS}
    for source in sources:
        with _open(source) as container:
            for packet in container.demux():
                if packet.pts is not None and packet.stream.type in found:
                    found[packet.stream.type].update(bytes(packet))
    empty = sha256().hexdigest()
    return {kind: digest.hexdigest() for kind, digest in found.items() if digest.hexdigest() != empty}


def decoding_times(path: Path) -> dict[str, list[int]]:
    """Return the decoding times of the packets of each kind, in the order of the file."""
    found: dict[str, list[int]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.dts is not None:
                found.setdefault(packet.stream.type, []).append(packet.dts)
    return found


def seconds(source: Path | str) -> float:
    """Return the duration of a file, or of a lab medium."""
    with _open(source) as container:
        return float((container.duration or 0) / av.time_base)


def chapters(path: Path) -> list[tuple[str, float, float]]:
    """Return title, start and end of each chapter in a file."""
    found = []
    with av.open(str(path)) as container:
        for chapter in container.chapters():
            tick = float(chapter["time_base"] or 0)
            found.append((chapter["metadata"]["title"], chapter["start"] * tick, chapter["end"] * tick))
    return found


def _open(source: Path | str) -> InputContainer:
    return av.open(io.BytesIO(media.load(source)) if isinstance(source, str) else str(source), mode="r")
