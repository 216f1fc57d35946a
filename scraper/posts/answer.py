"""What a parser makes of one saved answer: posts, and where it is a list its page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Chapter, Media, Part, Post

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Page:
    """Where a list stands."""

    n_items: int
    cursor: int | str | None = None
    """As the platform writes it; None where the answer has none."""
    has_more: bool | None = None
    id: str | None = None
    """Of the list itself, where it is a thing of its own: a season, a collection, a folder."""
    title: str | None = None


@dataclass(slots=True, kw_only=True)
class PostFragment:
    """What an answer says of a post without describing it; None = it says nothing of this, empty = there is none."""

    post_id: str | None = None
    part_id: str | None = None
    """The platform's id of the part that *media* and *chapters* belong to."""
    media: list[Media] | None = None
    parts: list[Part] | None = None
    chapters: list[Chapter] | None = None
    restrictions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Answer:
    """All that one answer says; *page* is None for a single post."""

    posts: list[Post] = field(default_factory=list)
    page: Page | None = None
    fragment: PostFragment | None = None
    leads_to: str | None = None
    """Address at which the platform shows what this answer only names."""


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
