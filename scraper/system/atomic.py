"""Write files whole or not at all: under a temporary name first."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path, part: Path) -> Iterator[None]:
    """Replace *path* with *part* when the block ends without an error, else remove *part*; raise OSError."""
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
    Open a new file that replaces *path* when the block ends without an error; raise OSError.

    Line ends are not translated. After a kill, ``<name>.part`` remains.
    """
    part = path.with_name(f"{path.name}.part")
    with replacing(path, part), part.open("w", encoding="utf-8", errors=errors, newline="") as file:
        yield file


def write_whole(path: Path, text: str) -> None:
    """Replace the content of *path* with *text*; raise OSError."""
    with open_whole(path) as file:
        file.write(text)


def write_secret(path: Path, text: str) -> None:
    """Replace the content of *path* with *text*, readable by its owner only; create its folder. Raise OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp: mode 0600, a random name, and no symbolic link is followed
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with replacing(path, Path(part)), os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
