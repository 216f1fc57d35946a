"""Pictures in other sizes and forms than those of their recipe."""

from functools import cache

from tests.lab import media
from tests.lab.encode import rescale
from tests.lab.recipes import RECIPES


@cache
def in_form(medium: str, size: tuple[int, int], codec: str) -> bytes:
    """Return the picture *medium* in this size, as mjpeg, png or webp."""
    recipe = RECIPES[medium]
    if size == (recipe.width, recipe.height) and codec == recipe.codec:
        return media.load(medium)
    return rescale(media.load(medium), *size, codec)
