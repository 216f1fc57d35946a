"""The facts of one post that a person wants to see first."""

from collections.abc import Mapping
from typing import Any

_COUNTERS = ("likes", "comments", "shares", "plays")


def measure(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return id, author and counters of *record*; the duration in ms, the resolution as ``WxH`` pixels."""
    author, stats = record["author"], record["stats"]
    shown = next((medium for medium in record["media"] if medium["role"] in ("video", "image", "audio")), None) or {}
    probe = next((file["probe"] for file in shown.get("files", ()) if file["probe"]), None) or {}
    width, height, duration = (probe.get(name) or shown.get(name) for name in ("width", "height", "duration"))
    return {
        "video_id": record["id"],
        "author": author["handle"] or author["name"] or author["id"],
        **{name: stats[name] for name in _COUNTERS},
        "duration_ms": None if duration is None else round(duration * 1000),
        "resolution": f"{width}x{height}" if width and height else None,
    }


def list_losses(record: Mapping[str, Any]) -> list[str]:
    """Return the error of each wanted medium that is missing, with its number in the post."""
    return [f"medium {medium['index']}: {medium['error']}" for medium in record["media"] if medium["error"]]


def list_files(record: Mapping[str, Any]) -> list[str]:
    """Return the paths of the post's files below the output folder, in the order of the post."""
    return [file["path"] for medium in record["media"] for file in medium["files"]]
