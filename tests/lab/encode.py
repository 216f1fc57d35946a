"""Turn a Recipe into a file with libav: test pictures, a sine tone and, where asked, block letters as a watermark."""

import os
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from tests.lab.recipes import Recipe

LETTERS = ("#   ### ## ", "#   # # # #", "#   ### ## ", "#   # # # #", "### # # ## ")
"""The watermark, a character a block."""
_Frame = TypeVar("_Frame", VideoFrame, AudioFrame)
_RATE = 44100
_PRESETS = {
    "h264": ("libx264", {"preset": "veryfast", "threads": "1"}),
    "hevc": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:bframes=0"}),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "lp=1:pred-struct=1"}),
}
_SOUNDS = {"aac": ("aac", 1024), "mp3": ("libmp3lame", 1152), "flac": ("flac", 4096), "eac3": ("eac3", 1536)}
"""Encoder and samples of a frame."""
_FRAGMENTS = {
    "movflags": "+dash+delay_moov+frag_keyframe+default_base_moof+global_sidx+skip_trailer",
    "frag_duration": "2000000",
    "strict": "-2",
}
os.environ.setdefault("SVT_LOG", "1")  # else it tells its settings on standard error
_STILLS = {"mjpeg": ("mjpeg", "yuvj420p"), "png": ("png", "rgb24"), "webp": ("libwebp", "yuv420p")}


def encode(recipe: Recipe, path: Path) -> None:
    """Make the file of *recipe* at *path*."""
    if recipe.codec in _STILLS:
        path.write_bytes(_encode_still(recipe))
    else:
        _encode_film(recipe, path)
    if recipe.opaque:
        path.write_bytes(path.read_bytes().replace(b"avc1", b"bvc2"))


def logo_box(width: int, height: int) -> tuple[int, int, int]:
    """Return x, y of the watermark's plate (bottom right) and the side of a block, for a picture of this size."""
    block = max(2, min(width, height) // 36)
    return width - block * (len(LETTERS[0]) + 3), height - block * (len(LETTERS) + 3), block


def rescale(data: bytes, width: int, height: int, codec: str) -> bytes:
    """Return the picture in *data* in another size, as mjpeg, png or webp."""
    with av.open(BytesIO(data), "r") as container:
        frame = next(container.decode(video=0))
    return _write_still(frame.reformat(width, height, _STILLS[codec][1]), codec)


def _encode_still(recipe: Recipe) -> bytes:
    codec = recipe.codec or ""
    return _write_still(next(_pictures(recipe, _STILLS[codec][1], seconds=1)), codec)


def _write_still(frame: VideoFrame, name: str) -> bytes:
    codec, pix_fmt = _STILLS[name]
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, pix_fmt
    context.time_base = Fraction(1, 25)
    if codec == "mjpeg":
        context.options = {"qmin": "6", "qmax": "6"}
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def _encode_film(recipe: Recipe, path: Path) -> None:
    options = {"mp4": {"movflags": "+faststart"}, "m4a": {"movflags": "+faststart"}, "m4s": _FRAGMENTS}
    form = recipe.ext if recipe.ext in ("mp3", "flv") else "mp4"
    sound_codec, samples = _SOUNDS[recipe.sound]
    with av.open(str(path), "w", format=form, options=options.get(recipe.ext, {})) as out:
        packets: list[Packet[Any]] = []
        video = _add_video(recipe, out) if recipe.codec else None
        audio = out.add_stream(sound_codec, rate=_RATE) if recipe.tone else None
        if isinstance(audio, AudioStream):
            audio.layout, audio.bit_rate = "stereo", recipe.sound_bitrate
            audio.format = "s16" if recipe.sound == "flac" else "fltp"
        if video is not None:
            for picture in _pictures(recipe, "yuv420p", recipe.seconds):
                if recipe.moving:
                    picture.pict_type = PictureType.NONE
                packets += video.encode(picture)
            packets += video.encode(None)
        if isinstance(audio, AudioStream):
            for sound in _sounds(recipe, samples):
                packets += audio.encode(sound)
            packets += audio.encode(None)
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            out.mux(packet)


def _add_video(recipe: Recipe, out: "av.container.OutputContainer") -> VideoStream:
    codec, options = _PRESETS[recipe.codec or ""]
    moving = {"g": str(recipe.fps * 2), "bf": "0"} if recipe.moving else {}
    stream = out.add_stream(codec, rate=recipe.fps, options={**options, **moving, "crf": str(recipe.crf)})
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = recipe.width, recipe.height, "yuv420p"
    if recipe.codec == "hevc":
        stream.codec_context.codec_tag = "hvc1"
    return stream


def _pictures(recipe: Recipe, pix_fmt: str, seconds: float) -> Iterator[VideoFrame]:
    graph = Graph()
    size = f"size={recipe.width}x{recipe.height}:rate={recipe.fps}:duration={seconds}"
    chain = [graph.add("testsrc2", size), graph.add("format", "yuv420p"), graph.add("hue", f"h={recipe.hue}")]
    if recipe.logo:
        chain += [graph.add("drawbox", args) for args in _logo_boxes(recipe.width, recipe.height)]
    chain += [graph.add("format", pix_fmt), graph.add("buffersink")]
    graph.link_nodes(*chain).configure()
    yield from _drain(graph, VideoFrame)


def _logo_boxes(width: int, height: int) -> Iterator[str]:
    """Yield the arguments of drawbox: the plate, then every block of the letters."""
    left, top, block = logo_box(width, height)
    yield f"x={left}:y={top}:w={block * (len(LETTERS[0]) + 2)}:h={block * (len(LETTERS) + 2)}:color=black:t=fill"
    for row, line in enumerate(LETTERS):
        for column, mark in enumerate(line):
            if mark == "#":
                x, y = left + block * (column + 1), top + block * (row + 1)
                yield f"x={x}:y={y}:w={block}:h={block}:color=white:t=fill"


def _sounds(recipe: Recipe, samples: int) -> Iterator[AudioFrame]:
    graph = Graph()
    chain = [
        graph.add("sine", f"frequency={recipe.tone}:sample_rate={_RATE}:duration={recipe.seconds}"),
        graph.add("aformat", f"sample_fmts=fltp:channel_layouts=stereo:sample_rates={_RATE}"),
        graph.add("asetnsamples", f"n={samples}:p=0"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*chain).configure()
    yield from _drain(graph, AudioFrame)


def _drain(graph: Graph, kind: type[_Frame]) -> Iterator[_Frame]:
    while True:
        try:
            frame = graph.pull()
        except (EOFError, BlockingIOError):
            return
        assert isinstance(frame, kind)
        yield frame
