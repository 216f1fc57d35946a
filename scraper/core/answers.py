"""What a parser makes of one saved answer: posts, and where it is a list its page."""

from dataclasses import dataclass, field

from scraper.core.items import Post


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
