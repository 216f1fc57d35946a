"""A file under way that the next run can go on with: beside ``<name>.part`` lies ``<name>.part.json``."""

import json
from contextlib import suppress
from pathlib import Path

from scraper.transport.sink import Sink

_STATE = ".part.json"
_WORTH = 256 * 1024
"""Bytes: what is smaller is fetched again as quickly."""


def keep(sink: Sink, key: str) -> None:
    """
    Note what *sink*, whose body is about to come, is a part of; raise OSError.

    *key* names the object for good, the URL does not. Before a body that begins anew, what lies there of another goes.
    """
    if not sink.bytes:
        drop(sink.path)
    if sink.total is not None and sink.total < _WORTH:
        return
    state = {"key": key, "total": sink.total, "validator": sink.validator}
    new = state_path(sink.path).with_suffix(".new")
    new.write_text(json.dumps(state), "utf-8")
    new.replace(state_path(sink.path))


def restore(sink: Sink, key: str) -> None:
    """Take over what an earlier run left of *key*; what cannot be gone on with is removed. Blocking."""
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


def drop(path: Path) -> None:
    """Remove a part and what is known of it."""
    for each in (path, state_path(path)):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def drop_others(stem: Path, *, is_done: bool) -> None:
    """Remove the parts of *stem* that are of no use any more: all where its file is done, else what has no state."""
    for path in stem.parent.iterdir():
        if not path.name.startswith(f"{stem.name}."):
            continue
        if path.name.endswith(".part") and (is_done or not state_path(path).exists()):
            drop(path)
        elif path.name.endswith(_STATE) and (is_done or not path.with_name(path.name.removesuffix(".json")).exists()):
            path.unlink(missing_ok=True)


def state_path(part: Path) -> Path:
    """Return where the state of *part* lies."""
    return part.with_name(f"{part.name}.json")
