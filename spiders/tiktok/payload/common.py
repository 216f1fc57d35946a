"""Functions shared by the parsers of all shapes: canonical URLs, hashtags, warnings."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from scraper.model.post import Author, Kind, Media, Post
from scraper.posts.fields import Fields, read_text
from scraper.posts.loaders import AuthorLoader, Paths, PostLoader, StatsLoader

_HANDLE = re.compile(r"[\w.\-]{1,64}")
_TAG = re.compile(r"[#＃](\w{1,150})")


def load_author(loader: AuthorLoader) -> Author:
    """Return the author with the URL of the profile."""
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
    loader.add_value("warnings", [*warnings, *fields.warnings()])
    return loader.load_item()


def add_people(loader: PostLoader, fields: Fields, author_paths: Paths, stats_paths: Paths) -> None:
    """Add author and counters to *loader*, from the object of the post itself."""
    author = AuthorLoader()
    author.add_paths(fields, author_paths)
    loader.add_value("author", load_author(author))
    stats = StatsLoader()
    stats.add_paths(fields, stats_paths)
    loader.add_value("stats", stats.load_item())


def read_language(fields: Fields, *paths: str) -> str | None:
    """Return a language; TikTok writes ``un`` for an undetermined one."""
    language = fields.get(read_text, *paths)
    return None if language == "un" else language


def find_tags(text: str | None) -> list[str]:
    """Return the hashtags written in *text*, for answers that do not list them."""
    return _TAG.findall(text or "")


def keep_web(urls: Iterable[str]) -> list[str]:
    """Return *urls* without the site's own play URLs, which do not answer web clients (yt-dlp issue 11034)."""
    return [url for url in urls if urlsplit(url).hostname not in ("www.tiktok.com", "tiktok.com")]
