"""Convert saved answers into rows of the summary: those of this project, and those in TikHub's envelope."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from scraper.errors import PayloadError, SeedError
from scraper.exports.summary_columns import make_broken_row, make_row
from scraper.exports.summary_files import JSON as SUMMARY
from scraper.platform.contract import Platform
from scraper.posts.aweme_form import to_aweme
from scraper.posts.fields import peek
from scraper.posts.scripts import load_json

_DETAILS = ("data.aweme_detail", "data.aweme_details.0", "aweme_detail", "aweme_details.0")
_EXTENSIONS = frozenset({".json", ".html"})

Row = dict[str, Any]


def read_file(path: Path, platforms: Iterable[Platform], answer: Mapping[str, Any] | None = None) -> Row:
    """
    Return the row of a saved answer of one of *platforms*; for an answer that cannot be read, a row with the reason.

    *answer* is its envelope; None = search for one around the item.
    """
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError as error:
        return make_broken_row(path.name, f"cannot be read: {error.strerror}", answer)
    return _read_text(text, path.name, platforms, answer)


def _read_text(text: str, name: str, platforms: Iterable[Platform], answer: Mapping[str, Any] | None) -> Row:
    data: object = None
    if not text.lstrip().startswith("<"):
        try:
            data = load_json(text)
        except PayloadError as error:
            return make_broken_row(name, str(error), answer)
    around = answer if answer is not None else data if isinstance(data, dict) and "data" in data else {}
    item = next((found for place in _DETAILS if isinstance(found := peek(data, place), dict) and found), None)
    if item is not None:
        return make_row(item, around, name)
    reasons: list[str] = []
    for platform in platforms:
        found = _attempt(platform, text, reasons.append)
        if found is not None:
            return make_row(found, around, name)
    return make_broken_row(name, reasons[0] if reasons else "no aweme_detail", around)


def find_files(source: Path) -> list[Path]:
    """Return *source* or, for a folder, the saved answers in it by name, without an earlier summary."""
    if not source.is_dir():
        return [source]
    files = (path for path in source.iterdir() if path.suffix in _EXTENSIONS and path.is_file())
    return sorted(path for path in files if path.name != SUMMARY)


def _attempt(platform: Platform, text: str, explain: Callable[[str], None]) -> dict[str, Any] | None:
    try:
        posts = platform.read_answer(text).posts
    except (SeedError, PayloadError) as error:
        said = error.raw_message if isinstance(error, SeedError) else None
        explain(f"{error}: {said}" if said else str(error))
        return None
    if len(posts) != 1:
        explain(f"expected one post, got {len(posts)}")
        return None
    own = platform.find_own(text, posts[0].id)
    return platform.complete_aweme(to_aweme(posts[0], own), own)
