"""The columns of the corpus index in TikTok's records."""

from collections.abc import Callable
from typing import Any

from scraper.model.post import Post
from scraper.posts.answer import Answer

COUNT = 31
"""Rows of the index."""

OF_POST: dict[str, Callable[[Post], Any]] = {}
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {}
POST_AT: dict[str, Callable[[Answer], Post]] = {}
NOT_IN_A_RECORD: dict[str, str] = {}


OUTCOMES = {  # kind of an answer without a post -> the outcome of reading it
    "comment-list": "unsupported_kind",
    "comment-reply-list": "unsupported_kind",
    "creator-live-stats": "unsupported_kind",
    "page-no-item": "__DEFAULT_SCOPE__.webapp.video-detail",
    "udr-json-no-item": "__DEFAULT_SCOPE__.webapp.video-detail",
}


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return the expected outcome of the answer, None if it has posts."""
    if row["kind"] in OUTCOMES:
        return OUTCOMES[row["kind"]], None, None
    error = row["expected"].get("error")
    return ("removed", str(error["code"]), error["message"]) if error else None
