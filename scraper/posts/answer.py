"""The result of parsing one answer: its posts and, for a list, its page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Chapter, Media, Part, Post

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Page:
    """The position in a list."""

    n_items: int
    cursor: int | str | None = None
    """The platform's own value; None if the answer has no cursor."""
    has_more: bool | None = None
    id: str | None = None
    """Id of the list itself, if it has one: a season, a collection, a folder."""
    title: str | None = None


@dataclass(slots=True, kw_only=True)
class PostFragment:
    """Values of a post from an answer that does not describe it; None = not said, empty = the post has none."""

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
    """The parsed answer; *page* is None for a single post."""

    posts: list[Post] = field(default_factory=list)
    page: Page | None = None
    fragment: PostFragment | None = None
    leads_to: str | None = None
    """URL of the page that shows the thing which this answer only names."""


def collect(raws: Iterable[T], parse: Callable[[T], Post], page: Page) -> Answer:
    """
    Return the posts of a list. Skip entries that cannot be read; *page* counts all entries.

    Raise the first error if no entry can be read.
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
