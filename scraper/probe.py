"""What libav finds in a file."""

from pathlib import Path

import av
from av.container import InputContainer

from scraper.core.errors import MediaCause, MediaError
from scraper.core.items import Probe

_END_SHARE = 0.02
_END_SLACK = 0.5
"""Seconds by which the last packet may end before the announced end."""
_NAMES = {"hevc": "h265", "mjpeg": "jpeg", "vvc": "h266"}


def probe(path: Path) -> Probe:
    """Open *path* and decode its first frame; raise MediaError(not_media) when libav cannot. Blocking."""
    try:
        with av.open(str(path), mode="r") as container:
            return _read(container)
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise MediaError(MediaCause.NOT_MEDIA, f"libav cannot read it: {type(error).__name__}") from error


def _read(container: InputContainer) -> Probe:
    video = next(iter(container.streams.video), None)
    audio = next(iter(container.streams.audio), None)
    stream = video or audio
    if stream is None:
        raise MediaError(MediaCause.NOT_MEDIA, "no video, picture or sound in it")
    if next(container.decode(stream), None) is None:
        raise MediaError(MediaCause.NOT_MEDIA, "not one frame in it")
    name = stream.codec_context.codec.canonical_name
    duration = container.duration / av.time_base if container.duration else None
    if duration is not None:
        _check_end(container, duration)
    return Probe(
        codec=_NAMES.get(name, name),
        width=video.codec_context.width if video else None,
        height=video.codec_context.height if video else None,
        duration=None if duration is None else round(duration, 3),
        has_audio=audio is not None,
    )


def _check_end(container: InputContainer, duration: float) -> None:
    """Raise MediaError(truncated) unless packets go on to the end that the header announces: a cut MP4 opens well."""
    end = 0.0
    for packet in container.demux():
        if packet.is_corrupt:
            raise MediaError(MediaCause.TRUNCATED, "a packet is incomplete")
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    start = (container.start_time or 0) / av.time_base
    if end - start < duration - max(_END_SLACK, duration * _END_SHARE):
        raise MediaError(MediaCause.TRUNCATED, f"the data end at {end - start:.1f} s of {duration:.1f} s")
