"""Unfinished files that the next run can continue: ``<name>.part`` has its state in ``<name>.part.json``."""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scraper.fetch.sink import Sink
from scraper.system.atomic import write_whole

_WORTH = 256 * 1024
"""Smallest part to keep, in bytes: a smaller one is fetched again as quickly."""


def keep(sink: Sink, key: str) -> None:
    """
    Save the state of *sink*, before its body arrives; raise OSError.

    *key* identifies the object permanently, its URL does not. For a new body, first remove the part of another one.
    """
    if not sink.bytes:
        drop(sink.path)
    if sink.total is not None and sink.total < _WORTH:
        return
    state = {"key": key, "total": sink.total, "validator": sink.validator}
    write_whole(state_path(sink.path), json.dumps(state))


def restore(sink: Sink, key: str) -> None:
    """Resume the part that an earlier run left of *key*; remove one that cannot be continued. Blocking."""
    try:
        state = json.loads(state_path(sink.path).read_text("utf-8"))
        total, validator = state["total"], state["validator"]
        is_known = state["key"] == key and isinstance(total, int | None) and isinstance(validator, str | None)
        if is_known and not sink.path.is_symlink():
            sink.load()
            sink.total, sink.validator = total, validator
    except (OSError, ValueError, TypeError, KeyError):
        sink.restart()
    if not sink.bytes or (sink.total is not None and sink.bytes > sink.total):
        sink.restart()
        drop(sink.path)


@dataclass(slots=True)
class JoinedPieces:
    """One part made of pieces that play one after the other. All methods block and raise OSError."""

    path: Path
    key: str
    """Identifies all the pieces together; contains no URL that expires."""
    pieces: int = 0
    """Number of pieces in the part."""
    bytes: int = 0

    def restore(self) -> None:
        """Resume the part that an earlier run left of the same pieces; remove any other."""
        try:
            state = json.loads(state_path(self.path).read_text("utf-8"))
            pieces, size = state["pieces"], state["bytes"]
            is_known = state["key"] == self.key and isinstance(pieces, int) and isinstance(size, int)
            if is_known and not self.path.is_symlink() and self.path.stat().st_size >= size:
                os.truncate(self.path, size)
                self.pieces, self.bytes = pieces, size
                return
        except (OSError, ValueError, TypeError, KeyError):
            pass
        drop(self.path)

    def add(self, piece: Path) -> None:
        """Append *piece*, and save the new state."""
        with self.path.open("ab") as target, piece.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
            self.bytes = target.tell()
        piece.unlink()
        self.pieces += 1
        write_whole(state_path(self.path), json.dumps({"key": self.key, "pieces": self.pieces, "bytes": self.bytes}))


def drop(path: Path) -> None:
    """Remove a part and its state."""
    for each in (path, state_path(path)):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def drop_others(stem: Path, *, is_done: bool) -> None:
    """Remove the useless parts of *stem*: all if its file is done, else those without a state."""
    for path in list(stem.parent.iterdir()):
        if path.name.startswith(f"{stem.name}.") and path.name.endswith((".part", ".part.json")):
            part = path.with_name(path.name.removesuffix(".json"))
            if is_done or not (part.exists() and state_path(part).exists()):
                drop(part)


def state_path(part: Path) -> Path:
    """Return the path of the state of *part*."""
    return part.with_name(f"{part.name}.json")
