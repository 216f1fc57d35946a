"""What libav finds in a file."""

from pathlib import Path

import av
from av.container import InputContainer

from scraper.core.errors import MediaCause, MediaError
from scraper.core.items import Probe

_NAMES = {"hevc": "h265", "mjpeg": "jpeg", "vvc": "h266", "mp3float": "mp3"}


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
    name = stream.codec_context.name
    return Probe(
        codec=_NAMES.get(name, name),
        width=video.codec_context.width if video else None,
        height=video.codec_context.height if video else None,
        duration=round(container.duration / av.time_base, 3) if container.duration else None,
        has_audio=audio is not None,
    )
