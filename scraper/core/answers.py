"""What a parser makes of one saved answer: posts, and where it is a list its page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from scraper.core.errors import PayloadError, SeedError
from scraper.core.items import Post

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Page:
    """Where a list stands."""

    n_items: int
    cursor: int | str | None = None
    """As the platform writes it; None where the answer has none."""
    has_more: bool | None = None


@dataclass(slots=True, kw_only=True)
class Answer:
    """All that one answer says; *page* is None for a single post."""

    posts: list[Post] = field(default_factory=list)
    page: Page | None = None


def collect(raws: Iterable[T], parse: Callable[[T], Post], page: Page) -> Answer:
    """
    Return the posts of a list; entries that cannot be read are left out, *page* counts them all.

    Raise the first error if not one entry can be read.
    """
    posts: list[Post] = []
    errors: list[PayloadError | SeedError] = []
    for raw in raws:
        try:
            posts.append(parse(raw))
        except (PayloadError, SeedError) as error:
            errors.append(error)
    if errors and not posts:
        raise errors[0]
    return Answer(posts=posts, page=page)
