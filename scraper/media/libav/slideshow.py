"""Make a slideshow: pictures one after the other, with a sound, in an MP4 that every player opens."""

import heapq
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.packet import Packet
from PIL import ExifTags, Image, ImageOps

from scraper.errors import MediaCause, MediaError
from scraper.media.libav.problems import as_media_error

_LEAST = 2.0
"""Seconds that a picture is shown at least."""
_USUAL = 3.0
"""Seconds that a picture is shown if there is no sound."""
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
"""The formats that platforms use; Pillow knows many more."""
_FIRST_LYING = 5
"""From this EXIF orientation on, width and height are swapped."""
_FPS = 10
_LONGEST_SIDE = 1920
_RATE = 44_100
_FRAME = 1024
"""Samples in a frame of an AAC encoder."""
_Timed = tuple[float, int, "Packet[Any]"]
"""The display time of a packet in seconds, the number of its stream, the packet."""


def render(images: Sequence[Path], sound: Path | None, target: Path) -> float:
    """
    Write *images* to *target*, an MP4 of h264 and aac, and return its duration in seconds. Blocking.

    It lasts as long as *sound*, or three seconds a picture without a sound, but at least two seconds a picture; a
    shorter sound is repeated. Pictures are turned as their EXIF says, scaled and padded with black to one size; an
    animation is reduced to its first picture. Raise MediaError(not_media) for an unreadable file, OSError if the disk
    fails.
    """
    with as_media_error("cannot be rendered"):
        total = max(_LEAST * len(images), _length(sound) if sound is not None else _USUAL * len(images))
        with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as out:
            width, height = _canvas(images)
            video = out.add_stream("libx264", rate=_FPS, width=width, height=height, pix_fmt="yuv420p")
            video.options = {"preset": "veryfast", "tune": "stillimage", "crf": "20"}
            flows = [_show(images, total, video)]
            if sound is not None:
                flows.append(_play(sound, total, out.add_stream("aac", rate=_RATE, layout="stereo")))
            for _, _, packet in heapq.merge(*flows):
                out.mux(packet)
    return total


def _length(sound: Path) -> float:
    with av.open(str(sound)) as container:
        if not container.streams.audio:
            raise MediaError(MediaCause.NOT_MEDIA, "cannot be rendered: its sound file has no audio")
        return container.duration / av.time_base if container.duration else 0.0


def _canvas(images: Sequence[Path]) -> tuple[int, int]:
    """Return the common size of all *images*, in even numbers, as h264 requires."""
    sizes = []
    for path in images:
        with _open(path) as image:
            is_lying = image.getexif().get(ExifTags.Base.Orientation, 1) >= _FIRST_LYING
            sizes.append(image.size[::-1] if is_lying else image.size)
    width, height = max(size[0] for size in sizes), max(size[1] for size in sizes)
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


def _open(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise MediaError(MediaCause.NOT_MEDIA, "cannot be rendered: a picture is too large") from error


def _show(images: Sequence[Path], total: float, stream: Any) -> Iterator[_Timed]:
    """Yield the packets of *images*, each shown for the same time."""
    count = round(total * _FPS)
    for number, path in enumerate(images):
        with _open(path) as image:
            turned = ImageOps.exif_transpose(image).convert("RGBA")
        fitted = ImageOps.contain(turned, (stream.width, stream.height))
        slide = Image.new("RGBA", (stream.width, stream.height), "black")
        slide.alpha_composite(fitted, ((slide.width - fitted.width) // 2, (slide.height - fitted.height) // 2))
        whole = av.VideoFrame.from_image(slide.convert("RGB"))  # type: ignore[no-untyped-call]
        frame = whole.reformat(format="yuv420p")
        for tick in range(count * number // len(images), count * (number + 1) // len(images)):
            frame.pts, frame.time_base = tick, Fraction(1, _FPS)
            yield from _timed(stream.encode(frame), 0)
    yield from _timed(stream.encode(None), 0)


def _play(sound: Path, total: float, stream: Any) -> Iterator[_Timed]:
    """Yield the packets of *sound*, repeated until *total* seconds are reached."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_RATE, frame_size=_FRAME)
    samples, end = 0, round(total * _RATE)
    while samples < end:
        before = samples
        with av.open(str(sound)) as container:
            for frame in container.decode(audio=0):
                frame.pts = None
                for piece in resampler.resample(frame):
                    piece.pts, piece.time_base = samples, Fraction(1, _RATE)
                    samples += piece.samples
                    yield from _timed(stream.encode(piece), 1)
                if samples >= end:
                    break
        if samples == before:
            raise MediaError(MediaCause.NOT_MEDIA, "cannot be rendered: the sound is empty")
    yield from _timed(stream.encode(None), 1)


def _timed(packets: "Sequence[Packet[Any]]", place: int) -> Iterator[_Timed]:
    for packet in packets:
        yield float((packet.dts or 0) * (packet.time_base or 0)), place, packet
