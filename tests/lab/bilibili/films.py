"""The films of the posts: a medium for each quality."""

from dataclasses import dataclass, replace

from tests.lab.recipes import RECIPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film in all forms that the platform delivers."""

    pictures: tuple[tuple[int, str], ...] = ()
    """Quality and medium, best first; empty for a film from before DASH."""
    sounds: tuple[tuple[int, str], ...] = ()
    """Audio id and medium."""
    flac: str = ""
    dolby: str = ""
    segments: tuple[str, ...] = ()
    """FLV files, one after the other."""
    single: str = ""
    """An MP4 with sound."""

    @property
    def seconds(self) -> float:
        """Duration of the film."""
        return sum(RECIPES[name].seconds for name in self.segments or (self.pictures[0][1],))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the original."""
        best = RECIPES[self.pictures[0][1] if self.pictures else self.segments[0]]
        return best.width, best.height


_WIDE = Film(
    pictures=((32, "wide-480"), (32, "wide-480-hevc"), (32, "wide-480-av1"), (16, "wide-360")),
    sounds=((30280, "wide-192k"), (30232, "wide-132k"), (30216, "wide-64k")),
    single="wide-mp4",
)
_HD = Film(
    pictures=((80, "hd-1080"), (80, "hd-1080-hevc"), (64, "hd-720"), (32, "hd-480"), (16, "hd-360")),
    sounds=((30280, "hd-192k"), (30232, "hd-132k"), (30216, "hd-64k")),
    single="hd-mp4",
)
_TALL = Film(
    pictures=((32, "tall-480"), (16, "tall-360")),
    sounds=((30232, "tall-132k"), (30216, "tall-64k")),
    single="tall-mp4",
)
FILMS = {
    "wide": _WIDE,
    "wide-h264": replace(_WIDE, pictures=((32, "wide-480"), (16, "wide-360"))),
    "wide-h265": replace(_WIDE, pictures=((32, "wide-480-hevc"),), single=""),
    "wide-silent": replace(_WIDE, sounds=(), single=""),
    "wide-flac": replace(_WIDE, flac="wide-flac"),
    "wide-dolby": replace(_WIDE, dolby="wide-dolby"),
    "hd": _HD,
    "tall": _TALL,
    "segments": Film(segments=("flv-1", "flv-2", "flv-3")),
    "two-segments": Film(segments=("flv-1", "flv-2")),
    "tiny": Film(pictures=((16, "many-144"),), sounds=((30216, "many-16k"),)),
    **{
        f"part-{n}": Film(pictures=((16, f"part-{n}-360"),), sounds=((30216, f"part-{n}-64k"),), single=f"part-{n}-mp4")
        for n in (1, 2, 3)
    },
}
