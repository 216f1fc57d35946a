"""The requests about one post, and their answers."""

from dataclasses import dataclass, field
from typing import NamedTuple

from scrapy.http import Response

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.session import Session


class FollowUp(NamedTuple):
    """The result of a further request about a post."""

    url: str
    end: Response | SeedError


@dataclass(slots=True)
class Exchange:
    """The answers about one post: the *first*, and those to the platform's further requests."""

    first: Response
    main: Response = field(init=False)
    """The answer that contains the post."""
    session: Session | None = field(init=False)
    """The session of that answer; some platforms take one only with a further request."""
    follow_ups: list[FollowUp] = field(default_factory=list)
    """The results of further requests."""

    def __post_init__(self) -> None:
        self.main = self.first
        self.session = ask_of(self.first).session

    def read_from(self, response: Response) -> None:
        """Note that *response* contains the post."""
        self.main = response
        self.session = self.session or ask_of(response).session
