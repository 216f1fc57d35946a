"""The item loaders of a Post and its small records: a table gives the path of each value, a reader converts it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from itemloaders import ItemLoader
from itemloaders.processors import Identity, MapCompose, TakeFirst

from scraper.errors import PayloadError
from scraper.model.post import Author, Cover, Music, Post, Stats
from scraper.posts.fields import (
    Fields,
    Reader,
    peek,
    read_id,
    read_int,
    read_seconds,
    read_size,
    read_text,
    read_time,
    read_url,
    type_name,
)

R = TypeVar("R")

Paths = Mapping[str, str | Sequence[str]]
"""Field -> its path in the payload, or several paths; the first that has a value counts."""


def unique(values: Iterable[Any]) -> list[Any]:
    """Return *values* without repeats, in their order."""
    return list(dict.fromkeys(values))


def bare_tag(value: str) -> str | None:
    """Return a hashtag without its sign."""
    return value.strip().lstrip("#＃").strip() or None


class RecordLoader(ItemLoader, Generic[R]):
    """Builds one dataclass. Readers check types before the loader: an error inside it would lose the value's path."""

    # itemloaders
    default_item_class = dict
    default_output_processor = TakeFirst()
    # RecordLoader
    record: ClassVar[type]
    readers: ClassVar[Mapping[str, Reader[Any]]]
    required: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **values: Any) -> None:
        super().__init__()
        for name, value in values.items():
            self.add_value(name, value)

    def add_paths(self, raw: Mapping[str, Any] | Fields, paths: Paths) -> None:
        """
        Read *paths* of *raw*. Leave out missing and odd optional values; ``raw.odd`` has the paths of the odd ones.

        Raise PayloadError with the path of a required value that is missing or odd.
        """
        fields = raw if isinstance(raw, Fields) else Fields(raw)
        for name, options in paths.items():
            places = (options,) if isinstance(options, str) else options
            value = fields.get(self.readers[name], *places)
            if value is None and name in self.required:
                raise _missing(fields, name, places)
            if value is not None:
                self.add_value(name, value)

    def get_input_processor(self, field_name: str) -> Callable[..., Any]:
        """Return the class's own processor, without Scrapy's look-up in the item, a dict."""
        found: Callable[..., Any] = getattr(type(self), f"{field_name}_in", self.default_input_processor)
        return found

    def get_output_processor(self, field_name: str) -> Callable[..., Any]:
        """Return the class's own processor."""
        found: Callable[..., Any] = getattr(type(self), f"{field_name}_out", self.default_output_processor)
        return found

    def load_item(self) -> R:
        """Return the record; fields without a value have their default."""
        built: R = self.record(**super().load_item())
        return built


def _missing(fields: Fields, name: str, places: Sequence[str]) -> PayloadError:
    """Return the error for a required value, with the first path that has an odd value, or else the first path."""
    found = next((place for place in places if peek(fields.raw, place) is not None), places[0])
    return PayloadError(fields.path(found), f"expected {name}, got {type_name(peek(fields.raw, found))}")


class AuthorLoader(RecordLoader[Author]):
    """Builds an Author."""

    record = Author
    readers = {"id": read_id, "handle": read_text, "name": read_text, "url": read_url}
    handle_in = MapCompose(str.strip)


class StatsLoader(RecordLoader[Stats]):
    """Builds Stats; every counter is a number or its digits."""

    record = Stats
    readers = dict.fromkeys(Stats.__dataclass_fields__, read_int)


class MusicLoader(RecordLoader[Music]):
    """Builds a Music."""

    record = Music
    readers = {"id": read_id, "title": read_text, "author": read_text, "url": read_url, "duration": read_seconds}


class CoverLoader(RecordLoader[Cover]):
    """Builds a Cover."""

    record = Cover
    readers = {"url": read_url, "width": read_size, "height": read_size}
    required = frozenset({"url"})


class PostLoader(RecordLoader[Post]):
    """Builds a Post."""

    record = Post
    readers = {
        "id": read_id,
        "title": read_text,
        "text": read_text,
        "language": read_text,
        "created_at": read_time,
        "share_url": read_url,
        "quoted_id": read_id,
        "url": read_url,
    }
    required = frozenset({"id"})
    hashtags_in = MapCompose(bare_tag)
    hashtags_out = unique
    parts_out = Identity()
    media_out = Identity()
    restrictions_out = unique
    warnings_out = unique
