"""What the parsers of all shapes have in common: canonical URLs, hashtags, warnings."""

import re
from collections.abc import Sequence

from scraper.core.dig import Fields, read_text
from scraper.core.errors import PayloadError
from scraper.core.items import Author, Kind, Media, Post
from scraper.core.loaders import AuthorLoader, Paths, PostLoader, StatsLoader

_HANDLE = re.compile(r"[\w.\-]{1,64}")
_TAG = re.compile(r"[#＃](\w{1,150})")
_ODD_LIMIT = 20
NO_MEDIA = "no_media_url"
"""Warning: the answer describes the post, but names no file of it."""
DOWNLOAD_OFF = "download_off"
"""Warning: the author allows no download, so there is no watermarked file."""


def load_author(loader: AuthorLoader) -> Author:
    """Return the author with the address of the profile."""
    author = loader.load_item()
    if author.handle is not None and _HANDLE.fullmatch(author.handle):
        author.url = f"https://www.tiktok.com/@{author.handle}"
    return author


def load_post(loader: PostLoader, fields: Fields, media: Sequence[Media], warnings: Sequence[str] = ()) -> Post:
    """Return the post with its URL, its media and all warnings; *loader* has its author and kind."""
    kind, author = loader.get_output_value("kind"), loader.get_output_value("author") or Author()
    post_id = str(loader.get_output_value("id"))
    form = "photo" if kind is Kind.IMAGE else "video"
    handle = author.handle if author.url is not None else "_"
    loader.replace_value("url", f"https://www.tiktok.com/@{handle}/{form}/{post_id}")
    loader.add_value("media", list(media))
    loader.add_value("warnings", [*warnings, *(f"odd_field:{path}" for path in fields.odd[:_ODD_LIMIT])])
    return loader.load_item()


def add_people(loader: PostLoader, fields: Fields, author_paths: Paths, stats_paths: Paths) -> None:
    """Give *loader* author and counters, where both lie in the same object as the post."""
    author = AuthorLoader()
    author.add_paths(fields, author_paths)
    loader.add_value("author", load_author(author))
    stats = StatsLoader()
    stats.add_paths(fields, stats_paths)
    loader.add_value("stats", stats.load_item())


def check_media(fields: Fields, media: Sequence[Media], prefixes: tuple[str, ...]) -> list[str]:
    """Return the warning for a post without media; raise PayloadError if an odd field below *prefixes* is why."""
    if media:
        return []
    wanted = tuple(fields.path(prefix) for prefix in prefixes)
    odd = next((path for path in fields.odd if path.startswith(wanted)), None)
    if odd is not None:
        raise PayloadError(odd, "expected the addresses of media, got another type")
    return [NO_MEDIA]


def read_language(fields: Fields, *paths: str) -> str | None:
    """Return a language; ``un`` is how TikTok writes "undetermined"."""
    language = fields.get(read_text, *paths)
    return None if language == "un" else language


def find_tags(text: str | None) -> list[str]:
    """Return the hashtags written in *text*, for answers that do not list them."""
    return _TAG.findall(text or "")
