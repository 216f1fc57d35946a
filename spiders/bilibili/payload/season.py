"""Parse series, films and courses: seasons into lists of episodes, an episode into a Post."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import PayloadError
from scraper.model.post import Author, Kind, Part, Post
from scraper.posts.answer import Answer, Page, collect
from scraper.posts.fields import Fields, dig, join, peek, read_id, read_milliseconds, read_seconds, read_text, type_name
from scraper.posts.loaders import PostLoader
from scraper.posts.offers import NO_MEDIA
from spiders.bilibili.payload.values import (
    HOME,
    CountLoader,
    as_line,
    find_bvid,
    read_author,
    read_cover,
    read_flag,
    read_prefixed,
)
from spiders.bilibili.payload.video import PAID, make_part

MEMBERS = "members_only"
AREA = "area_limited"

_BADGES = {"付费": PAID, "会员": MEMBERS, "大会员": MEMBERS, "会员专享": MEMBERS, "限免": None}
_STATS = {"plays": "play"}
_IDS = ("id", "ep_id", "episode_id")
_TITLES = ("title", "index_title", "titleFormat")
_LONG_TITLES = ("long_title", "longTitle")


def is_season(value: object) -> bool:
    """Whether *value* is a season, or the answer that lists its sections."""
    if not isinstance(value, Mapping):
        return False
    return ("episodes" in value and "season_id" in value) or "main_section" in value


def is_media_card(value: object) -> bool:
    """Whether *value* is the card of a season, which does not name its episodes."""
    return peek(value, "media.media_id") is not None and peek(value, "media.season_id") is not None


def parse_season(raw: Mapping[str, Any], at: str) -> Answer:
    """Read the episodes of a season; trailers and other sections beside the main one are not part of the list."""
    fields = Fields(raw, at)
    place = "episodes" if "episodes" in raw else "main_section.episodes"
    entries = dig(raw, place, list, at)
    is_course = at.endswith("data")  # the API for courses uses the wrapper of those for videos
    page = Page(
        n_items=len(entries),
        has_more=False,
        id=read_prefixed(fields, "ss", "season_id"),
        title=fields.get(read_text, "title", "season_title"),
    )
    author = read_author(fields, ("up_info.mid",), ("up_info.uname",))
    places = [(entry, join(at, place, str(index))) for index, entry in enumerate(entries)]
    return collect(places, lambda pair: parse_episode(*pair, author=author, is_course=is_course), page)


def parse_media_card(raw: Mapping[str, Any], at: str) -> Answer:
    """Read the card of a season; its answer leads to the season's own page."""
    fields = Fields(dig(raw, "media", dict, at), join(at, "media"))
    season = read_prefixed(fields, "ss", "season_id")
    if season is None:
        raise PayloadError(fields.path("season_id"), f"expected id, got {type_name(fields.raw.get('season_id'))}")
    page = Page(n_items=0, id=read_prefixed(fields, "md", "media_id"), title=fields.get(read_text, "title"))
    return Answer(page=page, leads_to=f"{HOME}/bangumi/play/{season}")


def parse_episode(raw: object, at: str, *, author: Author | None = None, is_course: bool = False) -> Post:
    """Turn an episode into a Post without media."""
    if not isinstance(raw, Mapping):
        raise PayloadError(at, f"expected dict, got {type_name(raw)}")
    fields = Fields(raw, at)
    post_id = read_prefixed(fields, "ep", *_IDS)
    if post_id is None:
        raise PayloadError(fields.path("id"), f"expected id, got {type_name(raw.get('id'))}")
    form = "cheese" if is_course else "bangumi"
    loader = PostLoader(platform="bilibili", kind=Kind.VIDEO, id=post_id, url=f"{HOME}/{form}/play/{post_id}")
    loader.add_value("title", as_line(fields.get(read_text, *_TITLES), fields.get(read_text, *_LONG_TITLES)))
    loader.add_paths(fields, {"text": "share_copy", "created_at": ("pub_time", "pubTime", "release_date")})
    loader.add_value("author", author)
    stats = CountLoader()
    stats.add_paths(fields, _STATS if is_course else {})
    loader.add_value("stats", stats.load_item())
    loader.add_value("cover", read_cover(fields, "cover"))
    loader.add_value("parts", _parts(fields, is_course=is_course))
    loader.add_value("restrictions", _restrictions(fields))
    loader.add_value("warnings", [NO_MEDIA, *fields.warnings()])
    return loader.load_item()


def _parts(fields: Fields, *, is_course: bool) -> list[Part]:
    """Return the one part of an episode; durations are in ms, those of a course in seconds."""
    cid = fields.get(read_id, "cid")
    if cid is None:
        return []
    part = make_part(fields, cid, 1, fields.get(read_text, *_LONG_TITLES))
    part["duration"] = fields.get(read_seconds if is_course else read_milliseconds, "duration")
    return [{**part, "bvid": find_bvid(fields)}]


def _restrictions(fields: Fields) -> list[str]:
    badge = _BADGES.get(fields.get(read_text, "badge", "badge_info.text") or "")
    words = [badge] if badge else []
    return [*words, AREA] if fields.get(read_flag, "rights.area_limit") else words
