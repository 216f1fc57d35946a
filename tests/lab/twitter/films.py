"""The films of the posts: a medium for each form."""

from dataclasses import dataclass, replace

from tests.lab.recipes import RECIPES, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film in all forms that the platform delivers."""

    files: tuple[str, ...] = ()
    """MP4s with sound, smallest first."""
    pictures: tuple[str, ...] = ()
    """Fragmented pictures of the HLS form, smallest first; empty without that form."""
    sounds: tuple[tuple[int, str], ...] = ()
    """Bits a second as the platform announces them, and the medium."""
    thumb: str = "cover-wide"

    @property
    def best(self) -> Recipe:
        """The largest form."""
        return RECIPES[(self.files or self.pictures)[-1]]


_HD = Film(
    files=("hd-mp4-270", "hd-mp4-360", "hd-mp4"),
    pictures=("hd-360", "hd-480", "hd-720"),
    sounds=((32_000, "hd-32k"), (64_000, "hd-64k"), (128_000, "hd-132k")),
)
_TALL = Film(
    files=("tall-mp4", "tall-mp4-480"),
    pictures=("tall-360", "tall-480"),
    sounds=((32_000, "tall-32k"), (64_000, "tall-64k"), (128_000, "tall-132k")),
    thumb="cover",
)
FILMS = {
    "hd": _HD,
    "hd-hls": replace(_HD, files=()),
    "tall": _TALL,
    "square": Film(files=("square-540",), thumb="photo-3"),
    "gif": Film(files=("gif",)),
    "tiny": Film(files=("tiny",), thumb="avatar"),
}
