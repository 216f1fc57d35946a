"""Readers of Bilibili's own forms of ids, URLs, counters and people."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from scraper.model.post import Author, Cover
from scraper.posts.fields import Fields, OddValueError, read_float, read_id, read_int, read_text, read_url
from scraper.posts.loaders import AuthorLoader, StatsLoader
from scraper.text.unicode import clean_text
from spiders.bilibili.ids import to_aid, to_bvid

HOME = "https://www.bilibili.com"

_SIZED = re.compile(r"@[^/@]*$")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|\[.*\]", re.ASCII)
_HIDDEN = ("--", "-", -1)


def read_bvid(value: object) -> str | None:
    """Return a BV id; an empty one counts as absent."""
    if value == "":
        return None
    try:
        to_aid(value if isinstance(value, str) else "")
    except ValueError:
        raise OddValueError("BV id") from None
    return str(value)


def find_bvid(fields: Fields, bvid: str = "bvid", aid: str = "aid") -> str | None:
    """Return the BV id at *bvid*, else that of the number at *aid*."""
    found = fields.get(read_bvid, bvid)
    number = None if found is not None else fields.get(read_int, aid)
    try:
        return found if number is None else to_bvid(number)
    except ValueError:
        return None


def read_description(value: object) -> str | None:
    """Return an author's description of a video; the site writes ``-`` for an empty one."""
    text = read_text(value)
    return None if text == "-" else text


def read_count(value: object) -> int | None:
    """Return a counter; the site hides some behind ``--`` or -1."""
    return None if value in _HIDDEN else read_int(value)


def read_rate(value: object) -> float | None:
    """Return a frame rate, from a number, its digits or a fraction of two."""
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        divisor = read_float(below)
        return (read_float(above) or 0) / divisor or None if divisor else None
    return read_float(value) or None


def read_flag(value: object) -> bool | None:
    """Return a bool; any number but 0 is true."""
    if not isinstance(value, bool | int):
        raise OddValueError("bool")
    return bool(value)


def read_web_url(value: object) -> str | None:
    """Return a URL with https, which all hosts of the site support, except on ports of their own."""
    url = read_url(value)
    return "https" + url[4:] if url and url.startswith("http:") and urlsplit(url).port is None else url


def read_image(value: object) -> str | None:
    """Return the URL of an image in its uploaded size: a suffix ``@…`` requests a smaller one."""
    url = read_web_url(value)
    return _SIZED.sub("", url) if url else None


def sort_mirrors(urls: Iterable[str]) -> list[str]:
    """Return the URLs of one file, with https where it surely works; servers run by viewers (PCDN) come last."""
    return sorted(dict.fromkeys(url for url in map(read_web_url, urls) if url), key=_is_weak)


def _is_weak(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.port is not None or "mcdn" in host or _ADDRESS.fullmatch(host) is not None


def read_author(fields: Fields, ids: tuple[str, ...], names: tuple[str, ...]) -> Author:
    """Return the author, with the id from one of the paths *ids*, and the URL of the space."""
    loader = AuthorLoader()
    loader.add_paths(fields, {"id": ids, "name": names})
    author = loader.load_item()
    if author.id is not None:
        author.url = f"https://space.bilibili.com/{author.id}"
    return author


def read_cover(fields: Fields, *paths: str) -> Cover | None:
    """Return the first still of *paths* in its full size."""
    url = fields.get(read_image, *paths)
    return None if url is None else Cover(url=url)


def read_names(fields: Fields, path: str, key: str) -> list[str]:
    """Return *key* of each object in the list at *path*."""
    return [name for entry in fields.children(path) if (name := entry.get(read_text, key)) is not None]


def read_prefixed(fields: Fields, prefix: str, *paths: str) -> str | None:
    """Return an id that the site's links write with a prefix, such as ``ep1``."""
    number = fields.get(read_id, *paths)
    return None if number is None else f"{prefix}{number}"


def as_line(*words: str | None) -> str | None:
    """Return the non-empty *words* as one line."""
    return clean_text(" ".join(word for word in words if word)) or None


class CountLoader(StatsLoader):
    """Builds Stats; counters may be hidden."""

    readers = dict.fromkeys(StatsLoader.readers, read_count)
