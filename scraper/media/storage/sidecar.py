"""The record of a post beside its files, so that it can be moved with them."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from scraper.media.storage.interface import MediaStorage
from scraper.model.post import Post
from scraper.text.jsonline import JSON, dump_line


async def write_sidecar(storage: MediaStorage, post: Post, record: Mapping[str, JSON]) -> None:
    """Write *record* as JSON beside the first file of *post*, if there is one, with its name; raise OSError."""
    first = next((file for medium in post.media for file in medium.files), None)
    if first is not None:
        await storage.put_text(str(PurePosixPath(first.path).with_suffix(".json")), dump_line(record) + "\n")
