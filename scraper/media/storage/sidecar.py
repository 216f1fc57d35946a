"""The record of a post beside its files, for whoever takes them elsewhere."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from scraper.model.post import Post
from scraper.system.atomic import write_whole
from scraper.text.jsonline import JSON, dump_line


def write_sidecar(folder: Path, post: Post, record: Mapping[str, JSON]) -> None:
    """Write *record* as JSON beside the first file of *post*, under the same name; raise OSError. No file, none."""
    first = next((file for medium in post.media for file in medium.files), None)
    if first is not None:
        write_whole(folder / PurePosixPath(first.path).with_suffix(".json"), dump_line(record) + "\n")
