"""Find the posts in any answer by what its objects look like, not by where it came from."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from scraper.core.answers import Page
from scraper.core.dig import join, peek
from scraper.core.record import clean_text


class Shape(Enum):
    """Who wrote an object that describes a post."""

    WEB = "web"
    APP = "app"
    FLAT = "flat"
    OEMBED = "oembed"
    EMBED = "embed"


@dataclass(slots=True)
class Raw:
    """One object that describes a post, and where it stood."""

    shape: Shape
    data: dict[str, Any]
    at: str


@dataclass(slots=True)
class Found:
    """The posts of an answer; *page* is None where it is about one post."""

    raws: list[Raw]
    page: Page | None = None


_WEB_KEYS = frozenset(
    ("id", "desc", "createTime", "video", "imagePost", "author", "stats", "statsV2", "music", "textExtra", "challenges")
)
_APP_KEYS = frozenset(
    ("aweme_id", "desc", "create_time", "video", "image_post_info", "author", "statistics", "music", "text_extra")
)
_FLAT_FILES = frozenset({"play", "wmplay", "hdplay", "images"})
_FLAT_KEYS = frozenset({"play_count", "digg_count", "create_time", "music_info", "region"})
_WRAPPERS = {  # key of a wrapper -> whose post is in it, whatever the post looks like
    "itemStruct": Shape.WEB,
    "aweme_detail": Shape.APP,
    "aweme_info": Shape.APP,
    "awemeInfo": Shape.APP,
    "aweme": None,
    "item": None,
    "itemInfo": None,
}
LIST_KEYS = ("aweme_list", "itemList", "item_list", "aweme_details", "videos", "items", "search_item_list", "data")
_CURSORS = (
    *("cursor", "max_cursor", "maxCursor", "nextCursor", "next_cursor", "min_cursor", "minCursor"),
    *("offset", "max_time", "min_time"),
)
_MORE = ("hasMore", "has_more", "hasMorePrevious", "hasMoreLatest")
_NOT_POSTS = frozenset({"comments", "commentList", "ItemModule", "webapp.app-context", "webapp.biz-context"})
_LIMIT = 50_000  # objects looked at; the largest captured answer needs far fewer
_DEPTH = 24


def recognise(value: object) -> Shape | None:
    """Return whose post *value* is, None where it is none."""
    if not isinstance(value, dict):
        return None
    keys = value.keys()
    if "aweme_id" in keys and "cid" not in keys and len(_APP_KEYS & keys) >= 3:  # a comment has cid
        return Shape.APP
    if isinstance(value.get("itemInfos"), dict) and ("authorInfos" in keys or "musicInfos" in keys):
        return Shape.EMBED
    if _FLAT_FILES & keys and _FLAT_KEYS & keys and {"id", "video_id", "aweme_id"} & keys:
        return Shape.FLAT
    if "cid" not in keys and len(_WEB_KEYS & keys) >= 4 and ("video" in keys or len(_WEB_KEYS & keys) >= 5):
        return Shape.WEB
    if "aweme_id" not in keys and len(_APP_KEYS & keys) >= 5 and "statistics" in keys:
        return Shape.APP
    if "thumbnail_url" in keys and ("author_url" in keys or value.get("provider_name") == "TikTok"):
        return Shape.OEMBED
    return None


def unwrap(value: object, at: str) -> Raw | None:
    """Return the post that *value* is or wraps."""
    for _ in range(4):
        shape = recognise(value)
        if shape is not None and isinstance(value, dict):
            return Raw(shape, value, at)
        if not isinstance(value, dict):
            return None
        key = next((key for key in _WRAPPERS if isinstance(value.get(key), dict) and value[key]), None)
        if key is None:
            return None
        at, value = join(at, key), value[key]
        if (forced := _WRAPPERS[key]) is not None and isinstance(value, dict):
            return Raw(recognise(value) or forced, value, at)
    return None


def find_posts(data: object, at: str = "") -> Found | None:
    """Return the posts nearest to the root of *data*: a single one, or a list with its page."""
    for node, place, parents in _walk(data, at):
        if isinstance(node, list):
            if raws := _list(node, place):
                return Found(raws, make_page(len(raws), *parents))
            continue
        if (sigi := find_sigi(node, place)) is not None:
            return sigi
        if (raw := unwrap(node, place)) is not None:
            return Found([raw])
        if (found := _lists(node, place, parents)) is not None:
            return found
    return None


def _walk(data: object, at: str) -> Iterator[tuple[Any, str, tuple[Any, ...]]]:
    """Yield the objects and lists of *data*, the outer ones first, each with its place and its nearest parents."""
    queue: deque[tuple[object, str, tuple[Any, ...], int]] = deque([(data, at, (), 0)])
    for _ in range(_LIMIT):
        if not queue:
            return
        node, place, parents, depth = queue.popleft()
        yield node, place, parents
        if depth >= _DEPTH:
            continue
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in pairs:
            if isinstance(child, dict | list) and child and key not in _NOT_POSTS:
                queue.append((child, join(place, clean_text(str(key))), (node, *parents[:2]), depth + 1))


def _lists(node: object, at: str, parents: tuple[Any, ...]) -> Found | None:
    """Return the posts in the lists that *node* holds: the best known one, else all (``{uid: [...]}``)."""
    if not isinstance(node, dict):
        return None
    lists = {
        key: raws
        for key, value in node.items()
        if isinstance(value, list) and value and key not in _NOT_POSTS and (raws := _list(value, join(at, str(key))))
    }
    if not lists:
        return None
    known = next((key for key in LIST_KEYS if key in lists), None)
    raws = lists[known] if known is not None else [raw for group in lists.values() for raw in group]
    if known == "aweme_details" and len(raws) == 1:
        return Found(raws)
    return Found(raws, make_page(len(raws), node, *parents))


def _list(values: list[Any], at: str) -> list[Raw]:
    """Return the posts of a list; entries of another kind (users, live rooms, adverts) are not counted."""
    return [raw for index, value in enumerate(values) if (raw := unwrap(value, join(at, str(index)))) is not None]


def find_sigi(node: object, at: str = "") -> Found | None:
    """Return the posts of a SIGI state, in the order of its list."""
    module = peek(node, "ItemModule")
    if not isinstance(module, dict) or not module:
        return None
    order, source = _sigi_list(node, module)
    names = dict.fromkeys([name for name in order if isinstance(name, str) and name in module] + list(module))
    place = join(at, "ItemModule")
    raws = [Raw(Shape.WEB, module[name], join(place, name)) for name in names if isinstance(module[name], dict)]
    if not raws:
        return None
    main = peek(node, "ItemList.video.keyword")
    if isinstance(main, str) and isinstance(module.get(main), dict):
        return Found([Raw(Shape.WEB, module[main], join(place, main))])
    if len(raws) == 1 and (source is None or peek(node, "VideoPage") is not None):
        return Found(raws)
    return Found(raws, make_page(len(raws), source))


def _sigi_list(node: object, module: Mapping[str, Any]) -> tuple[list[Any], object]:
    """Return the ids that the page shows, and the object that says where the list stands."""
    lists = peek(node, "ItemList")
    for source in lists.values() if isinstance(lists, dict) else ():
        ids = peek(source, "list")
        if isinstance(ids, list) and any(isinstance(name, str) and name in module for name in ids):
            return ids, source
    return [], None


def find_empty(data: object) -> Page | None:
    """Return the page of a list without entries, None where there is no such list."""
    for node, _, parents in _walk(data, ""):
        if not isinstance(node, dict):
            continue
        named = [key for key in LIST_KEYS if key in node and not node[key] and isinstance(node[key], list | None)]
        said = any(key in place for key in _MORE for place in (node, *parents) if isinstance(place, dict))
        # the site leaves an empty list out and says only that there is no more
        ends = any(key in node for key in _MORE) and any(key in node for key in _CURSORS)
        if ends or (named and (said or set(named) & {"aweme_list", "itemList", "item_list"})):
            return make_page(0, node, *parents)
    return None


def make_page(n_items: int, *nodes: object) -> Page:
    """Return where a list stands, from the nearest of *nodes* that says so."""
    cursor = next(
        (value for node in nodes for key in _CURSORS if (value := _cursor(peek(node, key))) is not None), None
    )
    more = next((value for node in nodes for key in _MORE if (value := _flag(peek(node, key))) is not None), None)
    return Page(n_items=n_items, cursor=cursor, has_more=more)


def _cursor(value: object) -> int | str | None:
    if isinstance(value, str):
        return clean_text(value)[:500] or None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: object) -> bool | None:
    return bool(value) if value in (0, 1) and isinstance(value, int) else None
