"""The columns of the corpus index in Douyin's records."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scraper.model.post import Kind, Post, Role, Variant
from scraper.posts.answer import Answer
from tests.support.corpus_map import of_role

COUNT = 11
"""Rows of the index."""

_PLAYS = ("video.play_addr", "video.bit_rate")


def _play(post: Post) -> Variant:
    """Return the file in ``play_addr``: for a note its sound."""
    role = Role.AUDIO if post.kind is Kind.IMAGE else Role.VIDEO
    variants = of_role(post, role)[0].variants
    return next((variant for variant in variants if variant.watermark_source in _PLAYS), variants[0])


def _play_url(post: Post) -> str:
    """Return the URL in ``play_addr``; that of a note comes after the direct ones."""
    play = _play(post)
    return play.backup_urls[-1] if post.kind is Kind.IMAGE else play.url


def _video_id(post: Post) -> str | None:
    """Return the id in the store; other values (``None``, the URL of a sound) are only in the URL."""
    asked = parse_qs(urlsplit(_play_url(post)).query).get("video_id", [None])
    return _play(post).durable or asked[0]


def _stats(post: Post) -> dict[str, int | None]:
    """Return the counters as the site writes them: 0 for an undisclosed number of plays."""
    found = {name: getattr(post.stats, name) for name in post.stats.__dataclass_fields__}
    return {name: value for name, value in found.items() if value is not None} | {"plays": post.stats.plays or 0}


OF_POST: dict[str, Callable[[Post], Any]] = {
    "play_url": _play_url,
    "video_id": _video_id,
    "stats": _stats,
    "has_watermark": lambda post: any(v.watermark is True for v in of_role(post, Role.VIDEO)[0].variants),
}
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {}
POST_AT: dict[str, Callable[[Answer], Post]] = {}
NOT_IN_A_RECORD: dict[str, str] = {
    **dict.fromkeys(("loader_key", "loader_keys"), "where it was found"),
    "stats.plays": "0 stands for a count that is not told; compared with the other counters, as one value",
}


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return the expected outcome of the answer, None if it has posts."""
    return ("unsupported_kind", None, None) if row["kind"] == "page-no-item" else None
