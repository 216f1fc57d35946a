"""Files that are written whole or not at all: under another name first."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path, part: Path) -> Iterator[None]:
    """Let *part* take the place of *path* when the block ends without an error, else remove it; raise OSError."""
    try:
        yield
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def open_whole(path: Path, errors: str = "strict") -> Iterator[TextIO]:
    """
    Give a file that takes the place of *path* when it is left without an error; raise OSError.

    Line ends stay as they are written. What a kill leaves is ``<name>.part``.
    """
    part = path.with_name(f"{path.name}.part")
    with replacing(path, part), part.open("w", encoding="utf-8", errors=errors, newline="") as file:
        yield file


def write_whole(path: Path, text: str) -> None:
    """Put *text* in the place of *path*; raise OSError."""
    with open_whole(path) as file:
        file.write(text)


def write_secret(path: Path, text: str) -> None:
    """Put *text* in the place of *path* for its owner alone, its folder made too; raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp: mode 0600, a name nobody can guess, and no link is followed
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with replacing(path, Path(part)), os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
