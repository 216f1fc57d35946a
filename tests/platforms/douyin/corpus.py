"""Where Douyin records hold what the corpus index says of them."""

from collections.abc import Callable
from typing import Any

from scraper.core.answers import Answer
from scraper.core.items import Post

COUNT = 0
"""Rows of the index."""

OF_POST: dict[str, Callable[[Post], Any]] = {}
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {}
POST_AT: dict[str, Callable[[Answer], Post]] = {}
NOT_IN_A_RECORD: dict[str, str] = {}


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return how reading the answer must end, None where it holds posts."""
    return None
