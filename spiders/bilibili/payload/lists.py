"""Parse lists: a space's videos and dynamics, collections, series, folders of favourites, albums of songs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Answer, Page, collect
from scraper.posts.fields import Fields, join, peek, read_id, read_int, read_text, type_name
from scraper.posts.loaders import Paths
from scraper.posts.offers import NO_MEDIA
from spiders.bilibili.payload.audio import parse_song
from spiders.bilibili.payload.opus import parse_dynamic
from spiders.bilibili.payload.play import INTERACTIVE, SUPPORTERS
from spiders.bilibili.payload.values import CountLoader, read_author, read_cover, read_description, read_flag
from spiders.bilibili.payload.video import PAID, start_video

ENTRY: Paths = {"title": "title", "created_at": ("created", "pubdate", "pubtime", "ctime")}
STATS: Paths = {
    "plays": ("play", "stat.view", "cnt_info.play"),
    "comments": ("comment", "stat.reply"),
    "danmaku": ("video_review", "stat.danmaku", "cnt_info.danmaku"),
    "likes": ("stat.like",),
    "saves": ("stat.favorite", "cnt_info.collect"),
    "coins": ("stat.coin",),
    "shares": ("stat.share", "cnt_info.share"),
}
_FLAGS = {
    "is_steins_gate": INTERACTIVE,
    "is_charging_arc": SUPPORTERS,
    "is_upower_exclusive": SUPPORTERS,
    "is_pay": PAID,
    "rights.is_stein_gate": INTERACTIVE,
    "rights.pay": PAID,
    "rights.ugc_pay": PAID,
}
_GONE_TITLE = "已失效视频"
_NUMBERS = ("page.pn", "page.num", "page.page_num", "curPage")
_SIZES = ("page.ps", "page.size", "page.page_size", "pageSize")
_TOTALS = ("page.count", "page.total", "totalSize")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListFormat:
    entries: str
    beside: tuple[str, ...]
    """Keys, one of which must be beside the list; otherwise it is a list of another kind."""
    parse: Callable[[Mapping[str, Any], str], Post]
    id: tuple[str, ...] = ()
    title: tuple[str, ...] = ()


def parse_entry(raw: Mapping[str, Any], at: str) -> Post:
    """Turn an entry of a list of videos into a Post without parts and media."""
    fields = Fields(raw, at)
    if fields.get(read_text, "title") == _GONE_TITLE:
        raise SeedError(ErrorCode.REMOVED, raw_message=_GONE_TITLE)
    loader = start_video(Fields({"aid": raw.get("id"), **raw} if "upper" in raw else raw, at, fields.odd))
    loader.add_paths(fields, ENTRY)
    loader.add_value("text", fields.get(read_description, "description", "desc", "intro"))
    loader.add_value(
        "author", read_author(fields, ("mid", "owner.mid", "upper.mid"), ("author", "owner.name", "upper.name"))
    )
    stats = CountLoader()
    stats.add_paths(fields, STATS)
    loader.add_value("stats", stats.load_item())
    loader.add_value("cover", read_cover(fields, "pic", "cover"))
    loader.add_value("restrictions", [word for path, word in _FLAGS.items() if fields.get(read_flag, path)])
    loader.add_value("warnings", [NO_MEDIA, *fields.warnings()])
    return loader.load_item()


_SHAPES = (
    _ListFormat(entries="list.vlist", beside=("page", "list.tlist"), parse=parse_entry),
    _ListFormat(
        entries="archives",
        beside=("aids", "page", "meta"),
        parse=parse_entry,
        id=("meta.season_id", "meta.series_id"),
        title=("meta.name",),
    ),
    _ListFormat(
        entries="medias", beside=("info", "has_more"), parse=parse_entry, id=("info.id",), title=("info.title",)
    ),
    _ListFormat(entries="data", beside=("pageCount", "curPage"), parse=parse_song),
    _ListFormat(entries="items", beside=("offset", "has_more"), parse=parse_dynamic),
)


def find_list(data: object) -> _ListFormat | None:
    """Return the shape of the list in *data*, None if there is none."""
    if not isinstance(data, Mapping):
        return None
    for shape in _SHAPES:
        holds = isinstance(peek(data, shape.entries), list) or (shape.entries in data and data[shape.entries] is None)
        if holds and any(peek(data, key) is not None for key in shape.beside):
            return shape
    return None


def parse_list(shape: _ListFormat, raw: Mapping[str, Any], at: str) -> Answer:
    """Read a list; skip entries that are gone or odd, but count them in the page."""
    fields = Fields(raw, at)
    entries = fields.items(shape.entries)
    page = Page(n_items=len(entries), id=fields.get(read_id, *shape.id), title=fields.get(read_text, *shape.title))
    _set_cursor(page, fields)

    def parse(pair: tuple[int, object]) -> Post:
        place = join(at, shape.entries, str(pair[0]))
        if not isinstance(pair[1], Mapping):
            raise PayloadError(place, f"expected dict, got {type_name(pair[1])}")
        return shape.parse(pair[1], place)

    return collect(enumerate(entries), parse, page)


def _set_cursor(page: Page, fields: Fields) -> None:
    """Set the cursor of the next page: the stated offset, else the number of the next page."""
    number, size, total = (fields.get(read_int, *paths) for paths in (_NUMBERS, _SIZES, _TOTALS))
    page.has_more = fields.get(read_flag, "has_more")
    if page.has_more is None and number is not None and size and total is not None:
        page.has_more = number * size < total
    if page.has_more:
        page.cursor = fields.get(read_text, "offset") or (None if number is None else number + 1)


def is_id_list(data: object) -> bool:
    """Whether *data* is a list of only the ids of a folder."""
    return isinstance(data, list) and bool(data) and peek(data, "0.bvid") is not None and peek(data, "0.title") is None


def parse_id_list(entries: list[Any], at: str) -> Answer:
    """Read the ids of a folder: each becomes a Post with only its id."""

    def parse(pair: tuple[int, object]) -> Post:
        place = join(at, str(pair[0]))
        if not isinstance(pair[1], Mapping):
            raise PayloadError(place, f"expected dict, got {type_name(pair[1])}")
        loader = start_video(Fields(pair[1], place))
        loader.add_value("warnings", [NO_MEDIA])
        return loader.load_item()

    return collect(enumerate(entries), parse, Page(n_items=len(entries), has_more=False))
