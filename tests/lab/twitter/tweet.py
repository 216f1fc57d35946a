"""A post as its file describes it: ids, keys and counters that follow from it."""

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
    """One post, or a quoted or reposted post inside another."""

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
        """The post that it quotes."""
        return self._inner("quotes")

    @cached_property
    def reposted(self) -> "Tweet | None":
        """The post that it reposts."""
        return self._inner("reposts")

    @property
    def family(self) -> Iterator["Tweet"]:
        """The post and the posts inside it."""
        yield self
        yield from (inner for inner in (self.quoted, self.reposted) if inner is not None)

    @property
    def author(self) -> Mapping[str, str]:
        """``id``, ``handle``, ``name``."""
        author: Mapping[str, str] = self.data["author"]
        return author

    @property
    def url(self) -> str:
        """Address of its page."""
        return f"https://x.com/{self.author['handle']}/status/{self.id}"

    @property
    def lang(self) -> str:
        """Language, as the platform guesses it."""
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
        """Return the kind of answer that *route* gives, ``ok`` or another, and the data that this kind needs."""
        spec = self.data.get("answers", {}).get(route, "ok")
        if isinstance(spec, str):
            return spec, ""
        ((kind, detail),) = spec.items()
        return kind, detail

    def lacks(self, what: str) -> bool:
        """Whether the embed endpoint omits *what*."""
        return what in self.data.get("embed_lacks", ())

    def _inner(self, name: str) -> "Tweet | None":
        spec = self.data.get(name)
        return None if spec is None else Tweet(spec["id"], spec["created"], spec)


def make_key(*parts: object, length: int = 16) -> str:
    """Return a key in the format of the media servers."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:length]


def make_code(*parts: object) -> str:
    """Return the ten letters of a t.co link."""
    return make_key(*parts, length=40).replace("-", "").replace("_", "")[:10]
