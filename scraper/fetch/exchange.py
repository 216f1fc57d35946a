"""What was asked about one post, and what came."""

from dataclasses import dataclass, field
from typing import NamedTuple

from scrapy.http import Response

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.session import Session


class FollowUp(NamedTuple):
    """What a further request about a post came to."""

    url: str
    end: Response | SeedError


@dataclass(slots=True)
class Exchange:
    """The answers about one post: the *first*, and those that a platform asked for while it read that one."""

    first: Response
    main: Response = field(init=False)
    """The answer that the post stands in."""
    session: Session | None = field(init=False)
    """Who got it; with some platforms one is taken only while the post is read."""
    follow_ups: list[FollowUp] = field(default_factory=list)
    """Further requests, as they ended."""

    def __post_init__(self) -> None:
        self.main = self.first
        self.session = ask_of(self.first).session

    def read_from(self, response: Response) -> None:
        """Note that the post stands in *response*."""
        self.main = response
        self.session = self.session or ask_of(response).session
