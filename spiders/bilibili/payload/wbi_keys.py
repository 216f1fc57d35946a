"""Read the keys of WBI signatures from the answer about the visitor, also a guest's."""

import re

from scraper.errors import PayloadError
from scraper.posts.fields import dig
from scraper.posts.scripts import load_object

_STEM = re.compile(r"/([0-9a-f]{32})\.[a-z]+$", re.ASCII)


def read_wbi_keys(text: str) -> tuple[str, str]:
    """Return the two keys in *text*, which are names of image files; raise PayloadError if they are missing."""
    data = load_object(text)
    return _stem(data, "img_url"), _stem(data, "sub_url")


def _stem(data: dict[str, object], name: str) -> str:
    path = f"data.wbi_img.{name}"
    found = _STEM.search(dig(data, path, str))
    if found is None:
        raise PayloadError(path, "expected the address of a file with 32 hex digits for a name, got another one")
    return found[1]
