"""Pictures in the sizes and forms of the picture server."""

import re
from dataclasses import dataclass

from tests.lab import media
from tests.lab.messages import Ask
from tests.lab.pictures import in_form
from tests.lab.ranges import Blob
from tests.lab.recipes import RECIPES

_PATH = re.compile(
    r"(?P<stem>/[\w/\-]+?)(?P<side>_(?:normal|bigger|mini|400x400))?(?:\.(?P<form>\w+))?(?::(?P<name>\w+))?"
)
_SIDES = {"thumb": 150, "360x360": 360, "small": 680, "900x900": 900, "medium": 1200, "large": 2048, "4096x4096": 4096}
_SIDES |= {"orig": 100_000, "mini": 24, "normal": 48, "bigger": 73, "400x400": 400}
_FORMS = {"jpg": ("mjpeg", "jpeg"), "jpeg": ("mjpeg", "jpeg"), "png": ("png", "png"), "webp": ("webp", "webp")}
"""Codec and extension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An uploaded picture."""

    medium: str
    modified: int
    fault: str = ""
    broken: tuple[str, ...] = ()
    """Sizes that the server cannot deliver."""

    def blob(self, wish: "Wish") -> Blob:
        """Return the picture in the wished form; raise ValueError for an unknown size or form."""
        if wish.name not in _SIDES or wish.form not in _FORMS:
            raise ValueError(f"{wish.name}.{wish.form}: no such size or form")
        codec, ext = _FORMS[wish.form]
        return Blob(in_form(self.medium, fit(self.medium, wish.name), codec), media.MIME[ext], self.modified)


@dataclass(frozen=True, slots=True)
class Wish:
    """The picture that a URL names, with its size and form."""

    stem: str
    """Path without size and form."""
    name: str
    form: str

    @classmethod
    def read(cls, ask: Ask) -> "Wish | None":
        """Read the forms ``KEY?format=jpg&name=orig``, ``KEY.jpg?name=orig``, ``KEY.jpg:orig``, ``KEY_normal.jpg``."""
        found = _PATH.fullmatch(ask.path)
        if found is None:
            return None
        side = found["side"].lstrip("_") if found["side"] else None
        name = ask.query.get("name") or found["name"] or side or "medium"
        return cls(found["stem"], name, ask.query.get("format") or found["form"] or "")


def fit(medium: str, name: str) -> tuple[int, int]:
    """Return width and height of *medium* in the size *name*; no picture is enlarged."""
    recipe, side = RECIPES[medium], _SIDES[name]
    scale = min(1.0, side / max(recipe.width, recipe.height))
    return round(recipe.width * scale), round(recipe.height * scale)
