"""Read timelines and conversations: the posts of their entries, and the next cursor."""

from collections.abc import Iterator
from typing import Any

from scraper.errors import ErrorCode, SeedError
from scraper.posts.answer import Page
from scraper.posts.fields import join, peek
from scraper.text.unicode import clean_text
from spiders.twitter.payload.layout import TwitterFormat
from spiders.twitter.payload.recognise import FoundPosts, RawPost, find_result

_CONVERSATION = "threaded_conversation"
_POST_ENTRY = "tweet-"
_ITEMS = ("itemContent", "content", "item")
_MAX_CURSOR = 4000


def find_timeline(node: object, at: str) -> FoundPosts | None:
    """
    Return the posts of an object with ``instructions``, None for any other object.

    In a conversation its main post comes first. Raise SeedError for a list that is not of posts.
    """
    instructions = peek(node, "instructions")
    if not isinstance(instructions, list):
        return None
    raws: list[RawPost] = []
    focal: RawPost | None = None
    others = 0
    for name, content, place in _entries(instructions, join(at, "instructions")):
        found = list(_find_in(content, place))
        others += not found and _is_user(content)
        for raw in found:
            _name(raw, name)
        raws += found
        if name.startswith(_POST_ENTRY) and found:
            focal = found[0]
    if others and not raws:
        raise SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message="a list of users, not a post")
    if focal is not None and _CONVERSATION in at:
        raws = [focal, *(raw for raw in raws if raw is not focal)]
    return FoundPosts(raws, _make_page(len(raws), instructions))


def _entries(instructions: list[Any], at: str) -> Iterator[tuple[str, Any, str]]:
    """Yield id, content and path of every entry."""
    for number, instruction in enumerate(instructions):
        place = join(at, str(number))
        for key in ("entry", "entries", "moduleItems"):
            value = peek(instruction, key)
            entries = value if isinstance(value, list) else [value]
            for index, entry in enumerate(entries):
                where = join(place, key, str(index) if isinstance(value, list) else "")
                for inner in ("content", "item"):
                    content = peek(entry, inner)
                    if isinstance(content, dict):
                        yield _text(peek(entry, "entryId")), content, join(where, inner)


def _find_in(content: dict[str, Any], at: str) -> Iterator[RawPost]:
    """Yield the posts of an entry, which is one item or a module of several."""
    for node, place in ((content, at), *((content.get(key), join(at, key)) for key in _ITEMS)):
        if (raw := find_result(node, place)) is not None:
            yield raw
            return
        if isinstance(info := peek(node, "tombstoneInfo"), dict):
            yield RawPost(TwitterFormat.GONE, {"tombstone": info}, join(place, "tombstoneInfo"))
            return
    items = content.get("items")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        inner = peek(item, "item")
        if isinstance(inner, dict):
            for raw in _find_in(inner, join(at, "items", str(index), "item")):
                _name(raw, _text(peek(item, "entryId")))
                yield raw


def _name(raw: RawPost, entry: str) -> None:
    """Set the id of a placeholder from the name of its *entry*."""
    number = entry.rpartition(_POST_ENTRY)[2]
    if raw.shape is TwitterFormat.GONE and number.isdecimal() and "rest_id" not in raw.data:
        raw.data = {**raw.data, "rest_id": number}


def _is_user(content: dict[str, Any]) -> bool:
    return any(isinstance(peek(content, join(key, "user_results")), dict) for key in ("itemContent", "items.0.item"))


def _make_page(n_items: int, instructions: list[Any]) -> Page:
    bottom = [value for _, content, _ in _entries(instructions, "") if (value := _bottom(content)) is not None]
    ends = any(
        peek(one, "type") == "TimelineTerminateTimeline" and peek(one, "direction") in ("Bottom", "TopAndBottom")
        for one in instructions
    )
    return Page(n_items=n_items, cursor=bottom[-1] if bottom else None, has_more=False if ends else None)


def _bottom(content: dict[str, Any]) -> str | None:
    """Return the cursor of an entry that leads to the next page."""
    for node in (content, content.get("itemContent"), peek(content, "operation.cursor")):
        if peek(node, "cursorType") == "Bottom":
            return _text(peek(node, "value"))[:_MAX_CURSOR] or None
    return None


def _text(value: object) -> str:
    return clean_text(value) if isinstance(value, str) else ""
