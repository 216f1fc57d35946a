"""A post as its file says it: ids, keys and counters that follow from it."""

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.lab.catalog import LabPost


@dataclass(frozen=True)
class Tweet:
    """One post, or one inside another: quoted or reposted."""

    id: str
    created: int
    """Unix seconds."""
    data: Mapping[str, Any]

    @classmethod
    def of(cls, post: LabPost) -> "Tweet":
        """Return the post of a file."""
        return cls(post.id, post.created, post.data)

    @cached_property
    def quoted(self) -> "Tweet | None":
        """The post it quotes."""
        return self._inner("quotes")

    @cached_property
    def reposted(self) -> "Tweet | None":
        """The post it is a repost of."""
        return self._inner("reposts")

    @property
    def family(self) -> Iterator["Tweet"]:
        """Itself and the posts inside it."""
        yield self
        yield from (inner for inner in (self.quoted, self.reposted) if inner is not None)

    @property
    def author(self) -> Mapping[str, str]:
        """``id``, ``handle``, ``name``."""
        author: Mapping[str, str] = self.data["author"]
        return author

    @property
    def url(self) -> str:
        """Its own page."""
        return f"https://x.com/{self.author['handle']}/status/{self.id}"

    @property
    def lang(self) -> str:
        """As the platform guesses it."""
        return str(self.data.get("lang", "en" if self.data["text"] else "zxx"))

    @property
    def counters(self) -> dict[str, int]:
        """Counters that follow from the id."""
        views = 1000 + zlib.crc32(self.id.encode()) % 3_000_000
        return {
            "views": views,
            "favorite_count": views // 40,
            "retweet_count": views // 300,
            "reply_count": views // 700,
            "quote_count": views // 2000,
            "bookmark_count": views // 400,
        }

    def answer(self, route: str) -> tuple[str, str]:
        """Return how *route* answers for it: ``ok`` or another kind, and what that kind needs to know."""
        spec = self.data.get("answers", {}).get(route, "ok")
        if isinstance(spec, str):
            return spec, ""
        ((kind, detail),) = spec.items()
        return kind, detail

    def lacks(self, what: str) -> bool:
        """Whether the embed endpoint leaves *what* out."""
        return what in self.data.get("embed_lacks", ())

    def _inner(self, name: str) -> "Tweet | None":
        spec = self.data.get(name)
        return None if spec is None else Tweet(spec["id"], spec["created"], spec)


def make_key(*parts: object, length: int = 16) -> str:
    """Return a key as the media servers use them."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def make_code(*parts: object) -> str:
    """Return the ten letters of a t.co link."""
    return make_key(*parts, length=40).replace("-", "").replace("_", "")[:10]
