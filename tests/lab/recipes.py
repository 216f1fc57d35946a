"""What media the lab has: a table. A new medium is a new row; its file is made when first needed."""

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
    """Of the picture: h264, hevc, mjpeg, png, webp; None = sound only."""
    tone: int | None = 440
    """Hertz of the sound; None = no sound track."""
    sound_bitrate: int = 48_000
    hue: int = 0
    """Turns the colours, so that two posts do not look alike."""
    crf: int = 32
    logo: bool = False
    """Whether the block letters of the watermark are drawn."""
    opaque: bool = False
    """Whether the codec tag is one that no player knows, as with the platform's own H.266."""

    @property
    def file(self) -> str:
        """File name in the cache."""
        return f"{self.name}.{self.ext}"


def _video(name: str, width: int, height: int, seconds: float, codec: str = "h264", **more: Any) -> Recipe:
    """Return the row of an MP4; *more* are fields of Recipe."""
    return replace(Recipe(name=name, ext="mp4", width=width, height=height, seconds=seconds, codec=codec), **more)


def _photo(name: str, codec: str, ext: str, width: int, height: int, hue: int) -> Recipe:
    return Recipe(name=name, ext=ext, width=width, height=height, codec=codec, hue=hue, tone=None)


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
    Recipe(name="tune", ext="mp3", seconds=8, tone=392),
    Recipe(name="tune-aac", ext="m4a", seconds=5, tone=494),
)
RECIPES = {recipe.name: recipe for recipe in _TABLE}
