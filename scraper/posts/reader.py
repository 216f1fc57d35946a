"""The reader of a platform's answers: turns an answer of any shape into posts, or raises the reason for none."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic

from scraper.errors import PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Answer, Page, collect
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import Candidate, Candidates, PostRecognition, S, choose, find_empty, find_posts, pick
from scraper.posts.states import find_in_answer
from scraper.posts.verdicts import find_other
from scraper.text.unicode import clean_text

_SHOWN = 8
"""Most keys of an unknown answer that its error names."""


class AnswerReader(ABC, Generic[S]):
    """Reads the posts that ``find`` returns for an answer. A subclass declares the attributes below."""

    look: PostRecognition[S]
    post_at: str
    """Path of the post in an answer about one post; the error for an empty answer names it."""
    id_at: str
    """Path of the id in the post object; the error for a different post names it."""

    @abstractmethod
    def find(self, text: str) -> Candidates[S]:
        """Return the objects that describe posts; raise SeedError or PayloadError if there are none."""

    @abstractmethod
    def parse(self, raw: Candidate[S]) -> Post:
        """Turn a post object into a Post; raise SeedError or PayloadError."""

    def parse_answer(self, text: str) -> Answer:
        """
        Read a saved answer of any shape.

        Raise SeedError if the platform gives the reason for a missing post, else PayloadError with the missing path.
        In a list, skip entries that cannot be read; its page counts all entries.
        """
        found = self.find(text)
        if found.page is None:
            return Answer(posts=[self.parse(found.raws[0])])
        return collect(found.raws, self.parse, found.page)

    def parse_post(self, text: str, post_id: str | None) -> Post:
        """Read the answer about one post; *post_id* selects it among several. Raise PayloadError for another post."""
        raws = self.find(text).raws
        if not raws:
            raise PayloadError(self.post_at, "expected dict, got nothing")
        return choose(self.look, raws, post_id, self.parse, self.id_at)

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the object that describes the post *post_id* in an answer, None if there is none."""
        return pick(self.look, lambda: self.find(text).raws, post_id)


class PageReader(AnswerReader[S]):
    """Reads pages with JSON in their scripts, and the same JSON without a page."""

    parsers: Mapping[S, Callable[[Mapping[str, Any], str], Post]]
    """Shape of a post object -> its parser, which takes the object and its path."""
    scripts: tuple[str, ...]
    """Ids of scripts that contain a state, the usual one first."""
    assigned: tuple[str, ...]
    """Names that a script assigns a state to."""
    no_posts: Mapping[str, str]
    """Key of an answer that is not about posts -> a description of that answer."""
    named: Mapping[str, str]
    """Key of an answer about posts -> the path in it that the error names if no post is found."""

    @abstractmethod
    def find_challenge(self, text: str) -> SeedError | None:
        """Return the error for a challenge page, None for a real answer."""

    @abstractmethod
    def find_in_state(self, data: object) -> Candidates[S] | None:
        """Return the posts of a page's own state, None for any other JSON; raise SeedError or PayloadError."""

    @abstractmethod
    def find_outcome(self, data: object) -> SeedError | None:
        """Return the platform's reason for a missing post, None if *data* states none."""

    def find_page(self, data: object) -> Page | None:
        """Return the page of a list without posts, None for anything else."""
        return find_empty(self.look, data)

    def parse(self, raw: Candidate[S]) -> Post:
        """Turn the object into a Post with the parser for its shape."""
        return self.parsers[raw.shape](raw.data, raw.at)

    def find(self, text: str) -> Candidates[S]:
        """Return the posts of a page or of JSON."""
        text = text.removeprefix("\ufeff")
        if (challenge := self.find_challenge(text)) is not None:
            raise challenge
        return find_in_answer(text, self.scripts, self.assigned, self._find_in_json)

    def _find_in_json(self, data: object) -> Candidates[S]:
        found = self.find_in_state(data)
        if found is None:
            found = find_posts(self.look, data)
        if found is not None:
            return found
        if (reason := self.find_outcome(data) or find_other(data, self.no_posts)) is not None:
            raise reason
        if (page := self.find_page(data)) is not None:
            return Candidates([], page)
        raise self._explain(data)

    def _explain(self, data: object) -> PayloadError:
        """Return the error for JSON of unknown shape: the missing value."""
        if not isinstance(data, dict):
            return PayloadError("$", f"expected a post or a list of posts, got {type_name(data)}")
        for above, node in (("", data), ("data", data.get("data"))):
            for key, place in self.named.items():
                if isinstance(node, dict) and key in node:
                    return PayloadError(join(above, place), f"expected dict, got {type_name(peek(node, place))}")
        keys = ", ".join(clean_text(str(key))[:40] for key in list(data)[:_SHOWN])
        return PayloadError(self.post_at, f"expected dict, got nothing (keys: {keys})")
