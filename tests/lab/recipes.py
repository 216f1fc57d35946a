"""What media the lab has: a table. A new medium is a new row; its file is made when first needed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one file is made, and what is true of it."""

    name: str
    ext: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: int = 12
    codec: str | None = None
    """Of the picture: h264, hevc, av1, mjpeg, png, webp; None = sound only."""
    tone: int | None = 440
    """Hertz of the sound; None = no sound track."""
    sound: str = "aac"
    """Codec of the sound: aac, mp3, flac, eac3."""
    sound_bitrate: int = 48_000
    hue: int = 0
    """Turns the colours, so that two posts do not look alike."""
    crf: int = 32
    logo: bool = False
    """Whether the block letters of the watermark are drawn."""
    opaque: bool = False
    """Whether the codec tag is one that no player knows, as with the platform's own H.266."""

    @property
    def moving(self) -> bool:
        """Whether frames build on each other, as in a stream; else every frame is a key frame."""
        return self.ext in ("m4s", "flv")

    @property
    def quality(self) -> str:
        """What the sites of TikTok's house call the size: 576 is called 540."""
        side = min(self.width, self.height)
        return f"{540 if side == 576 else side}p"

    @property
    def file(self) -> str:
        """File name in the cache."""
        return f"{self.name}.{self.ext}"


def _video(name: str, width: int, height: int, seconds: float, codec: str = "h264", **more: Any) -> Recipe:
    """Return the row of an MP4; *more* are fields of Recipe."""
    return replace(Recipe(name=name, ext="mp4", width=width, height=height, seconds=seconds, codec=codec), **more)


def _photo(name: str, codec: str, ext: str, width: int, height: int, hue: int, *, logo: bool = False) -> Recipe:
    return Recipe(name=name, ext=ext, width=width, height=height, codec=codec, hue=hue, tone=None, logo=logo)


def _streams(name: str, width: int, height: int, seconds: float, *codecs: str, **more: Any) -> Iterator[Recipe]:
    """Yield fragmented files without sound, one a codec: ``NAME-SIDE`` in h264, ``NAME-SIDE-CODEC`` in others."""
    for codec in codecs or ("h264",):
        label = f"{name}-{min(width, height)}{'' if codec == 'h264' else f'-{codec}'}"
        row = Recipe(name=label, ext="m4s", width=width, height=height, seconds=seconds, codec=codec, tone=None)
        yield replace(row, **more)


def _tones(name: str, seconds: float, tone: int, *bitrates: int, **more: Any) -> Iterator[Recipe]:
    """Yield fragmented files of sound alone, one a bit rate: ``NAME-64k``."""
    for bitrate in bitrates:
        row = Recipe(name=f"{name}-{bitrate}k", ext="m4s", seconds=seconds, tone=tone, sound_bitrate=bitrate * 1000)
        yield replace(row, **more)


_TABLE = (
    _video("portrait-360", 360, 640, 6),
    _video("portrait-540", 576, 1024, 6),
    _video("portrait-540-logo", 576, 1024, 6, logo=True),
    _video("portrait-720", 720, 1280, 6, crf=33),
    _video("portrait-720-hevc", 720, 1280, 6, "hevc", crf=36),
    _video("portrait-720-hevc-mute", 720, 1280, 6, "hevc", crf=38, tone=None),
    _video("portrait-720-mute", 720, 1280, 6, crf=33, tone=None),
    _video("portrait-720-vvc", 720, 1280, 6, crf=34, opaque=True),
    _video("landscape-540", 1024, 576, 4, hue=90, tone=660),
    _video("landscape-540-logo", 1024, 576, 4, hue=90, tone=660, logo=True),
    _video("landscape-720", 1280, 720, 4, hue=90, tone=660, crf=32),
    _video("square-540", 576, 576, 2, hue=200, tone=330),
    _video("square-540-logo", 576, 576, 2, hue=200, tone=330, logo=True),
    _video("long-540", 576, 1024, 13, hue=300, tone=520, crf=36),
    _video("tiny", 144, 256, 2, crf=46, fps=5, sound_bitrate=16_000),
    _photo("photo-1", "mjpeg", "jpeg", 1080, 1440, 0),
    _photo("photo-2", "mjpeg", "jpeg", 1440, 1080, 120),
    _photo("photo-3", "mjpeg", "jpeg", 1080, 1080, 240),
    _photo("photo-4", "mjpeg", "jpeg", 720, 960, 60),
    _photo("photo-png", "png", "png", 540, 720, 30),
    _photo("photo-webp", "webp", "webp", 810, 1080, 160),
    _photo("cover", "mjpeg", "jpeg", 576, 1024, 0),
    _photo("cover-wide", "mjpeg", "jpeg", 1024, 576, 90),
    _photo("avatar", "mjpeg", "jpeg", 100, 100, 45),
    Recipe(name="tune", ext="mp3", seconds=8, tone=392, sound="mp3"),
    Recipe(name="tune-aac", ext="m4a", seconds=5, tone=494),
    *_streams("wide", 640, 360, 4, hue=40),
    *_streams("wide", 852, 480, 4, "h264", "hevc", hue=40, crf=38),
    *_streams("wide", 852, 480, 4, "av1", hue=40, crf=55),
    *_tones("wide", 4, 350, 64, 132, 192),
    Recipe(name="wide-flac", ext="m4s", seconds=4, tone=350, sound="flac"),
    Recipe(name="wide-dolby", ext="m4s", seconds=4, tone=350, sound="eac3", sound_bitrate=128_000),
    _video("wide-mp4", 640, 360, 4, hue=40, tone=350, crf=36),
    *_streams("hd", 640, 360, 5, hue=110),
    *_streams("hd", 852, 480, 5, hue=110),
    *_streams("hd", 1280, 720, 5, hue=110),
    *_streams("hd", 1920, 1080, 5, hue=110, crf=36),
    *_streams("hd", 1920, 1080, 5, "hevc", hue=110, crf=42),
    *_tones("hd", 5, 550, 64, 132, 192),
    _video("hd-mp4", 1280, 720, 5, hue=110, tone=550, crf=38),
    *_streams("tall", 360, 640, 3, hue=210),
    *_streams("tall", 480, 852, 3, hue=210),
    *_tones("tall", 3, 700, 64, 132),
    _video("tall-mp4", 360, 640, 3, hue=210, tone=700, crf=36),
    *(row for n in (1, 2, 3) for row in _streams(f"part-{n}", 640, 360, n + 1, hue=100 * n, crf=38)),
    *(row for n in (1, 2, 3) for row in _tones(f"part-{n}", n + 1, 300 + 100 * n, 64)),
    *(_video(f"part-{n}-mp4", 640, 360, n + 1, hue=100 * n, tone=300 + 100 * n, crf=38) for n in (1, 2, 3)),
    *(
        Recipe(
            name=f"flv-{n}", ext="flv", width=640, height=360, seconds=2, codec="h264", hue=80 * n, tone=200 + 150 * n
        )
        for n in (1, 2, 3)
    ),
    *_streams("many", 256, 144, 2, crf=46, fps=5),
    *_tones("many", 2, 440, 16),
    _photo("thumb", "webp", "webp", 320, 180, 0),
    *_tones("hd", 5, 550, 32),
    *_tones("tall", 3, 700, 32),
    _video("hd-mp4-270", 480, 270, 5, hue=110, tone=550, crf=38),
    _video("hd-mp4-360", 640, 360, 5, hue=110, tone=550, crf=38),
    _video("tall-mp4-480", 480, 852, 3, hue=210, tone=700, crf=38),
    _video("gif", 400, 300, 2, hue=260, tone=None),
    _photo("shot-1", "mjpeg", "jpeg", 2400, 1800, 20),
    _photo("shot-2", "mjpeg", "jpeg", 1600, 1200, 140),
    _photo("shot-3", "mjpeg", "jpeg", 1200, 1600, 220),
    _photo("shot-4", "mjpeg", "jpeg", 1600, 900, 300),
    _photo("shot-png", "png", "png", 1280, 960, 80),
    _video("portrait-1080", 1080, 1920, 6, crf=41),
    _video("live-1", 540, 720, 3, hue=60, tone=600, crf=42),
    _video("live-2", 720, 540, 3, hue=120, tone=640, crf=42),
    _photo("photo-1-logo", "mjpeg", "jpeg", 1080, 1440, 0, logo=True),
    _photo("photo-2-logo", "mjpeg", "jpeg", 1440, 1080, 120, logo=True),
    _photo("photo-3-logo", "mjpeg", "jpeg", 1080, 1080, 240, logo=True),
    _photo("photo-4-logo", "mjpeg", "jpeg", 720, 960, 60, logo=True),
)
RECIPES = {recipe.name: recipe for recipe in _TABLE}
