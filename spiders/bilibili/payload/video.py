"""Parse the object that describes a video (``view``, ``videoData``, the festival page's ``videoInfo``)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.model.post import Kind, Part, Post
from scraper.posts.answer import PostFragment
from scraper.posts.fields import Fields, read_id, read_int, read_seconds, read_size, read_text, type_name
from scraper.posts.loaders import Paths, PostLoader
from scraper.posts.offers import NO_MEDIA
from spiders.bilibili.payload.play import INTERACTIVE, SUPPORTERS
from spiders.bilibili.payload.values import (
    HOME,
    CountLoader,
    find_bvid,
    read_author,
    read_cover,
    read_description,
    read_flag,
    read_names,
    read_web_url,
)

POST: Paths = {"title": "title", "created_at": ("pubdate", "ctime")}
STATS: Paths = {
    "plays": ("stat.view", "viewCount", "stat.viewseo"),
    "likes": "stat.like",
    "comments": "stat.reply",
    "shares": "stat.share",
    "saves": "stat.favorite",
    "coins": "stat.coin",
    "danmaku": "stat.danmaku",
}
PAID = "paid"
_FLAGS = {
    "rights.is_stein_gate": INTERACTIVE,
    "is_stein_gate": INTERACTIVE,
    "is_upower_exclusive": SUPPORTERS,
    "rights.pay": PAID,
    "rights.ugc_pay": PAID,
    "rights.arc_pay": PAID,
    "is_chargeable_season": PAID,
}
_VIEW_KEYS = frozenset(("title", "pic", "desc", "owner", "stat", "pages", "pubdate", "dimension", "cid", "rights"))


def is_view(value: object) -> bool:
    """Whether *value* describes a video with its parts; an entry of a list has fewer keys."""
    if not isinstance(value, Mapping) or len(_VIEW_KEYS & value.keys()) < 4:
        return False
    return ("bvid" in value or "aid" in value) and ("pages" in value or "dimension" in value)


def parse_view(raw: Mapping[str, Any], at: str, beside: Fields | None = None) -> Post:
    """Turn a video into a Post without media; *beside* has other values of the page (``upData``, ``tags``)."""
    fields = Fields(raw, at)
    beside = Fields({}, "", fields.odd) if beside is None else Fields(beside.raw, beside.at, fields.odd)
    loader = start_video(fields)
    loader.add_paths(fields, POST)
    loader.add_value("text", fields.get(read_description, "desc"))
    author = read_author(fields, ("owner.mid", "upMid"), ("owner.name", "upName"))
    if author.id is None:
        author = read_author(beside, ("upData.mid",), ("upData.name",))
    loader.add_value("author", author)
    stats = CountLoader()
    stats.add_paths(fields, STATS)
    stats.add_paths(beside, {name: f"videoStatus.{key}" for name, key in _STATUS.items()})
    loader.add_value("stats", stats.load_item())
    loader.add_value("cover", read_cover(fields, "pic", "cover"))
    loader.add_value("parts", read_parts(fields, "pages") or list(_only_part(fields)))
    loader.add_value("restrictions", read_restrictions(fields))
    loader.add_value("hashtags", [*read_names(beside, "tags", "tag_name"), *read_names(beside, "Tags", "tag_name")])
    loader.add_value("warnings", [NO_MEDIA, *fields.warnings()])
    return loader.load_item()


_STATUS = {
    "plays": "view",
    "likes": "like",
    "comments": "reply",
    "shares": "share",
    "saves": "favorite",
    "coins": "coin",
    "danmaku": "danmaku",
}


def start_video(fields: Fields) -> PostLoader:
    """Return a loader for the video that *fields* names; raise PayloadError if there is no id."""
    bvid = find_bvid(fields)
    if bvid is None:
        raise PayloadError(fields.path("bvid"), f"expected BV id, got {type_name(fields.raw.get('bvid'))}")
    return PostLoader(platform="bilibili", kind=Kind.VIDEO, id=bvid, url=f"{HOME}/video/{bvid}")


def read_restrictions(fields: Fields) -> list[str]:
    """Return the audience to which a video is restricted, and whether it is interactive."""
    return [word for path, word in _FLAGS.items() if fields.get(read_flag, path)]


def read_parts(fields: Fields, path: str) -> list[Part]:
    """Return the parts in the list at *path*; one without an id cannot be played and is noted as odd."""
    parts: list[Part] = []
    for index, entry in enumerate(fields.children(path), start=1):
        cid = entry.get(read_id, "cid")
        if cid is None:
            entry.note("cid")
            continue
        page = entry.get(read_int, "page") or index
        parts.append(make_part(entry, cid, page, entry.get(read_text, "part")))
    return parts


def _only_part(fields: Fields) -> Iterator[Part]:
    cid = fields.get(read_id, "cid")
    if cid is not None:
        yield make_part(fields, cid, 1, None)


def make_part(fields: Fields, cid: str, page: int, title: str | None) -> Part:
    """Return the record of one part; *rotate* 1 means that players must turn its picture."""
    return {
        "cid": cid,
        "page": page,
        "title": title,
        "duration": fields.get(read_seconds, "duration"),
        "width": fields.get(read_size, "dimension.width"),
        "height": fields.get(read_size, "dimension.height"),
        "rotate": fields.get(read_int, "dimension.rotate"),
    }


def read_pagelist(entries: list[Any], at: str) -> PostFragment:
    """Return the parts of a video, from the answer that lists only them."""
    fields = Fields({at: entries})
    parts = read_parts(fields, at)
    if entries and not parts:
        raise PayloadError(f"{at}.0.cid", "expected id, got nothing")
    return PostFragment(parts=parts, warnings=fields.warnings())


def find_redirect(raw: Mapping[str, Any]) -> str | None:
    """Return the URL to which the site redirects from this video, usually an episode's page."""
    return Fields(raw).get(read_web_url, "redirect_url")
