"""The films of the posts: a medium for each form."""

from dataclasses import dataclass

from tests.lab.recipes import RECIPES, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film in all forms that the platform delivers."""

    gears: tuple[str, ...]
    """The qualities, in no order; at least one in h264."""
    logo: str = ""
    """The form for sharing, with the watermark."""
    original: str = ""
    """The uploaded file, if it is larger than every quality."""
    cover: str = "cover"

    @property
    def media(self) -> tuple[str, ...]:
        """All files."""
        return (*self.gears, *(name for name in (self.logo, self.original) if name))

    @property
    def play(self) -> str:
        """The best quality in h264."""
        return self.limit(1 << 20)

    @property
    def hevc(self) -> str | None:
        """The best quality in H.265."""
        return max((name for name in self.gears if RECIPES[name].codec == "hevc"), key=_side, default=None)

    @property
    def shape(self) -> Recipe:
        """The medium whose size and duration are those of the post."""
        return RECIPES[self.play]

    def limit(self, side: int) -> str:
        """Return the best quality in h264 with a short side of at most *side*; if all are larger, the smallest."""
        known = [name for name in self.gears if RECIPES[name].codec == "h264"]
        return max((name for name in known if _side(name) <= side), key=_side, default=min(known, key=_side))


def _side(name: str) -> int:
    return int(RECIPES[name].quality[:-1])


FILMS = {
    "tall": Film(
        gears=("portrait-540", "portrait-720-hevc", "portrait-360", "portrait-720"),
        logo="portrait-540-logo",
        original="portrait-1080",
    ),
    "wide": Film(gears=("landscape-540", "landscape-720"), logo="landscape-540-logo", cover="cover-wide"),
    "square": Film(gears=("square-540",), logo="square-540-logo", cover="photo-3"),
    "long": Film(gears=("long-540",)),
    "tiny": Film(gears=("tiny",), cover="avatar"),
    "live-1": Film(gears=("live-1",), cover="photo-4"),
    "live-2": Film(gears=("live-2",), cover="photo-2"),
}
