"""The object of one post, in any layout, and the values that can be read from it alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scraper.errors import PayloadError
from scraper.model.post import Author, Stats
from scraper.posts.fields import Fields, peek, read_flag, read_text
from scraper.posts.loaders import AuthorLoader, StatsLoader
from spiders.twitter.payload.article import read_article_media
from spiders.twitter.payload.card import Card
from spiders.twitter.payload.embed import read_embed_media
from spiders.twitter.payload.layout import Layout
from spiders.twitter.payload.media import Shown, read_media
from spiders.twitter.payload.values import read_date, read_exact_id, read_written, time_of

_HANDLE = re.compile(r"\w{1,20}", re.ASCII)


@dataclass(slots=True)
class TweetSource:
    """The object of a post, and the layout of its parts."""

    fields: Fields
    layout: Layout

    @property
    def id(self) -> str:
        """The id; raise PayloadError if there is none."""
        found = self.fields.get(read_exact_id, *self.layout.id)
        if found is None:
            raise PayloadError(self.fields.path(self.layout.id[0]), "expected id as text, got none")
        return found

    @property
    def text(self) -> str | None:
        """The text as typed, with links as X shortens them."""
        return self.fields.get(read_text, *self.layout.note) or self.fields.get(read_written, *self.layout.text)

    @property
    def is_cut(self) -> bool:
        """Whether the answer has only the start of the text."""
        has_more = peek(self.fields.raw, "extended_tweet.full_text") is not None
        return not has_more and self.fields.get(read_flag, "truncated") is True

    @property
    def created_at(self) -> datetime | None:
        """The stated time, else the one in the id."""
        return self.fields.get(read_date, *self.layout.created_at) or time_of(self.id)

    def author(self) -> Author:
        """Return the author with the URL of the profile."""
        loader = AuthorLoader()
        loader.add_paths(self.fields, self.layout.author)
        author = loader.load_item()
        if author.handle is not None and _HANDLE.fullmatch(author.handle):
            author.url = f"https://x.com/{author.handle}"
        return author

    def stats(self) -> Stats:
        """Return the counters."""
        loader = StatsLoader()
        loader.add_paths(self.fields, self.layout.stats)
        return loader.load_item()

    def hashtags(self) -> Iterator[str]:
        """Yield the hashtags."""
        for path in self.layout.hashtags:
            if peek(self.fields.raw, path) != {}:  # some answers write {} for an empty list
                yield from (name for tag in self.fields.children(path) if (name := tag.get(read_text, "text")))

    def media(self, card: Card) -> list[Shown]:
        """Return the post's own media, followed by those of its article and its *card*."""
        shown = read_media(self.fields, self.layout.media) or list(read_embed_media(self.fields))
        return [*shown, *read_article_media(self.fields), *card.media]
