"""Read the properties of a media file, and check that it plays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from scraper.errors import MediaCause, MediaError
from scraper.model.post import Probe

_END_SHARE = 0.02
_END_SLACK = 0.5
"""Seconds by which the last packet may end before the announced end."""
_SAMPLE = 1.0
"""Seconds at either end that are decoded."""
_WHOLE = 3.0
"""A file of at most this many seconds is decoded whole, as its two samples nearly meet."""
_TOLERANCE = 0.1
"""Share of the packets at an end that may be damaged: players tolerate a few, and some published files have them."""
_THREADS = 2
_NAMES = {"hevc": "h265", "mjpeg": "jpeg", "vvc": "h266"}


def probe(path: Path, *, is_full: bool = False) -> Probe:
    """
    Read all of *path*, and decode its first and last second, or with *is_full* everything. Blocking.

    Raise MediaError(not_media) for a file that libav cannot read; MediaError(truncated) for data that end before the
    announced end, for an end with more than a tenth damaged, and with *is_full* for damage anywhere.
    """
    try:
        with av.open(str(path), mode="r") as container:
            return _read(container, is_full)
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(MediaCause.NOT_MEDIA, f"libav cannot read it: {type(error).__name__}") from error


def _read(container: InputContainer, is_full: bool) -> Probe:
    video = next(iter(container.streams.video), None)
    audio = next(iter(container.streams.audio), None)
    streams: list[Stream] = [stream for stream in (video, audio) if stream is not None]
    if not streams:
        raise MediaError(MediaCause.NOT_MEDIA, "no video, picture or sound in it")
    # libav has no decoder for some codecs, although the type does not allow None
    streams = [stream for stream in streams if stream.codec_context is not None]  # type: ignore[redundant-expr]
    if (video or audio) not in streams:
        raise MediaError(MediaCause.NOT_MEDIA, "libav has no decoder for it")
    name = streams[0].codec_context.codec.canonical_name
    duration = container.duration / av.time_base if container.duration else None
    start = (container.start_time or 0) / av.time_base
    is_whole = is_full or duration is None or duration <= _WHOLE
    found = _Decoder(streams)
    end = _walk(container, found, until=float("inf") if is_whole else start + _SAMPLE)
    if not found.frames:
        raise MediaError(MediaCause.NOT_MEDIA, "no frame in it can be decoded")
    if duration is not None and end - start < duration - max(_END_SLACK, duration * _END_SHARE):
        raise MediaError(MediaCause.TRUNCATED, f"the data end at {end - start:.1f} s of {duration:.1f} s")
    found.check("its beginning" if not is_whole else "it", is_strict=is_full)
    if not is_whole and duration is not None:
        _check_end(container, streams, start + duration)
    return Probe(
        codec=_NAMES.get(name, name),
        width=video.codec_context.width if video else None,
        height=video.codec_context.height if video else None,
        duration=None if duration is None else round(duration, 3),
        has_audio=audio is not None,
    )


def _check_end(container: InputContainer, streams: Sequence[Stream], end: float) -> None:
    """Decode from the last key frame at least a second before *end*."""
    try:
        container.seek(round((end - _SAMPLE) * av.time_base))
    except av.error.FFmpegError:
        return  # a format that cannot seek; the caller has checked that its data reach the end
    found = _Decoder(streams)
    _walk(container, found, until=float("inf"))
    if not found.frames:
        raise MediaError(MediaCause.TRUNCATED, "damaged: no frame at its end can be decoded")
    found.check("its end", is_strict=False)


def _walk(container: InputContainer, decoder: "_Decoder", until: float) -> float:
    """Read all further packets, decode those shown up to second *until*; return the second at which the last ends."""
    end = 0.0
    for packet in container.demux():
        if packet.is_corrupt:
            raise MediaError(MediaCause.TRUNCATED, "a packet is incomplete")
        shown = None
        if packet.pts is not None and packet.time_base is not None:
            shown = float(packet.pts * packet.time_base)
            end = max(end, shown + float((packet.duration or 0) * packet.time_base))
        if shown is None or shown <= until:  # without a time: the frames left in the decoder
            decoder.decode(packet, shown)
    return end


@dataclass(slots=True)
class _Decoder:
    """Decodes the packets of *streams*, and counts the damaged ones."""

    streams: Sequence[Stream]
    frames: int = 0
    """Decoded frames of the first stream."""
    damaged: int = 0
    first: float | None = None
    """Position of the first damage in seconds."""
    packets: int = 0
    _indexes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let two threads decode a file."""
        for place, stream in enumerate(self.streams):
            self._indexes[stream.index] = place
            if not stream.codec_context.is_open:
                stream.codec_context.thread_type = "AUTO"
                stream.codec_context.thread_count = _THREADS

    def decode(self, packet: "Packet[Any]", shown: float | None) -> None:
        """Decode *packet*; count it as damaged if that fails."""
        place = self._indexes.get(packet.stream.index)
        if place is None:
            return
        self.packets += 1
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self._note(shown)
            return
        self.frames += len(frames) if place == 0 else 0
        if any(frame.is_corrupt for frame in frames):
            self._note(shown)

    def check(self, what: str, *, is_strict: bool) -> None:
        """Raise MediaError(truncated) if much of *what* is damaged, or with *is_strict* any of it."""
        if self.damaged and (is_strict or self.damaged > self.packets * _TOLERANCE):
            where = "" if self.first is None else f" from {abs(self.first):.1f} s on"
            problem = f"{what} is damaged{where} ({self.damaged} of {self.packets} packets)"
            raise MediaError(MediaCause.TRUNCATED, problem)

    def _note(self, shown: float | None) -> None:
        self.damaged += 1
        self.first = shown if self.first is None else self.first
