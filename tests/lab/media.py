"""The lab's media: real files, made once into a cache that has the recipe's name, and checks for tests."""

import fcntl
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import av

from tests.lab import encode, recipes
from tests.lab.encode import LETTERS, logo_box
from tests.lab.recipes import RECIPES, Recipe

MIME = {
    "mp4": "video/mp4",
    "m4s": "video/mp4",
    "m3u8": "application/x-mpegURL",
    "flv": "video/x-flv",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
}


def cache_dir() -> Path:
    """Return the folder of the made files, under LAB_CACHE or XDG_CACHE_HOME; a changed recipe gives a new folder."""
    base = os.environ.get("LAB_CACHE")
    if base is None:
        base = str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "scraper-lab")
    return Path(base) / _version()


def ensure(names: Iterable[str] = RECIPES) -> None:
    """Make the missing files; of several programs one makes them, and the others wait."""
    wanted, folder = [RECIPES[name] for name in names], cache_dir()
    if all((folder / recipe.file).exists() for recipe in wanted):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock, ThreadPoolExecutor(max_workers=2) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(pool.map(_make, [recipe for recipe in wanted if not (folder / recipe.file).exists()]))


@cache
def load(name: str) -> bytes:
    """Return the bytes of the medium *name*."""
    ensure([name])
    return (cache_dir() / RECIPES[name].file).read_bytes()


def has_watermark(path: str | Path) -> bool:
    """Whether the picture in the middle of the file at *path* shows the lab's block letters."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    gray = frames[len(frames) // 2].reformat(format="gray")
    plane = gray.planes[0]
    luma, stride = bytes(plane), plane.line_size
    left, top, block = logo_box(gray.width, gray.height)
    wrong = 0
    for row, line in enumerate(LETTERS):
        for column, mark in enumerate(line):
            x, y = left + block * (column + 1) + block // 2, top + block * (row + 1) + block // 2
            wrong += (luma[y * stride + x] > 128) != (mark == "#")
    return wrong <= 2


@cache
def _version() -> str:
    """Return a name for the recipe: a hash of the table and of the code that follows it."""
    sources = [Path(module.__file__ or "").read_bytes() for module in (recipes, encode)]
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]


def _make(recipe: Recipe) -> None:
    folder = cache_dir()
    with NamedTemporaryFile(dir=folder, suffix=f".{recipe.ext}", delete=False) as made:
        pass
    encode.encode(recipe, Path(made.name))
    Path(made.name).replace(folder / recipe.file)
