"""Parse dynamics (``item``, old and new modules) and opus pages (``detail``)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Kind, Media, Post, Role, Variant
from scraper.posts.answer import Answer
from scraper.posts.expiry import expires_at
from scraper.posts.fields import Fields, peek, read_id, read_size, read_text, type_name
from scraper.posts.loaders import Paths, PostLoader, unique
from scraper.posts.offers import NO_MEDIA, image_variant, make_image, number
from spiders.bilibili.payload.play import SUPPORTERS
from spiders.bilibili.payload.streams import PREVIEW
from spiders.bilibili.payload.values import (
    HOME,
    CountLoader,
    find_bvid,
    read_author,
    read_cover,
    read_image,
    read_web_url,
)

_TAG = "RICH_TEXT_NODE_TYPE_TOPIC"
_GONE = "DYNAMIC_TYPE_NONE"
_STATS = {
    "likes": "module_stat.like.count",
    "comments": "module_stat.comment.count",
    "reposts": "module_stat.forward.count",
    "coins": "module_stat.coin.count",
    "saves": "module_stat.favorite.count",
}
_MAJOR = "module_dynamic.major"
POST: Paths = {
    "title": (f"{_MAJOR}.opus.title", "module_title.text", f"{_MAJOR}.archive.title"),
    "created_at": "module_author.pub_ts",
}
_PARAGRAPHS = "module_content.paragraphs"
_PICTURES = (f"{_MAJOR}.opus.pics", f"{_MAJOR}.draw.items", "module_top.display.album.pics")
_BLOCKS = (f"{_MAJOR}.blocked", "module_blocked")
_CARRIED = ("archive", "pgc", "ugc_season", "article", "live", "music", "courses")
_EPISODE_LINK = re.compile(r"/bangumi/play/(ep\d+)", re.ASCII)


def is_dynamic(value: object) -> bool:
    """Whether *value* is a dynamic or an opus, in the old or in the new form."""
    return isinstance(value, Mapping) and isinstance(value.get("modules"), dict | list)


def read_dynamic(raw: Mapping[str, Any], at: str) -> Answer:
    """Read a dynamic; the answer of one with a video leads to that video."""
    post = parse_dynamic(raw, at)
    return Answer(posts=[post], leads_to=_find_carried(Fields(_modules(raw))))


def parse_dynamic(raw: Mapping[str, Any], at: str) -> Post:
    """Turn a dynamic into a Post; raise SeedError for one that is gone, or shown only to supporters."""
    fields = Fields(raw, at)
    if not is_dynamic(raw):
        raise PayloadError(fields.path("modules"), f"expected dict, got {type_name(raw.get('modules'))}")
    modules = Fields(_modules(raw), fields.path("modules"), fields.odd)
    post_id = fields.get(read_id, "id_str")
    if post_id is None:
        raise PayloadError(fields.path("id_str"), f"expected id, got {type_name(raw.get('id_str'))}")
    if fields.get(read_text, "type") == _GONE:
        raise SeedError(ErrorCode.REMOVED, raw_code=_GONE, raw_message=modules.get(read_text, f"{_MAJOR}.none.tips"))
    media = number(_images(modules), post_id)
    blocked = next((words for path in _BLOCKS if (words := _blocked(modules.child(path))) is not None), None)
    if blocked is not None and not media:
        raise SeedError(ErrorCode.PAID, raw_code="module_blocked", raw_message=blocked)
    kind = Kind.IMAGE if media else Kind.VIDEO if _find_carried(modules) is not None else Kind.TEXT
    loader = PostLoader(platform="bilibili", kind=kind, id=post_id, url=f"{HOME}/opus/{post_id}")
    loader.add_paths(modules, POST)
    loader.add_value("text", _text(modules))
    loader.add_value("author", read_author(modules, ("module_author.mid",), ("module_author.name",)))
    stats = CountLoader()
    stats.add_paths(modules, _STATS)
    loader.add_value("stats", stats.load_item())
    loader.add_value("hashtags", list(_tags(modules)))
    loader.add_value("cover", read_cover(modules, *(f"{_MAJOR}.{name}.cover" for name in _CARRIED)))
    loader.add_value("quoted_id", _quoted(fields, modules))
    loader.add_value("media", media)
    loader.add_value("restrictions", [] if blocked is None else [SUPPORTERS])
    loader.add_value("warnings", [] if blocked is None else [PREVIEW])
    loader.add_value("warnings", [*([NO_MEDIA] if kind is Kind.VIDEO else []), *fields.warnings()])
    return loader.load_item()


def _modules(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the modules by name; the newer form is a list of objects, each with the module under its name."""
    modules = raw.get("modules")
    if isinstance(modules, dict):
        return modules
    entries = [entry for entry in modules if isinstance(entry, dict)] if isinstance(modules, list) else []
    return {key: value for entry in entries for key, value in entry.items() if isinstance(value, dict)}


def _blocked(block: Fields) -> str | None:
    return block.get(read_text, "hint_message", "title") or ("blocked" if block else None)


def _images(modules: Fields) -> Iterator[Media | None]:
    """Yield the pictures, each followed by its live photo, if any."""
    pictures = [picture for path in _PICTURES for picture in modules.children(path)]
    for paragraph in modules.children(_PARAGRAPHS):
        pictures += paragraph.children("pic.pics")
    seen: set[str] = set()
    for picture in pictures:
        url = picture.get(read_image, "url", "src")
        if url is None or url in seen:
            continue
        seen.add(url)
        width, height = picture.get(read_size, "width"), picture.get(read_size, "height")
        yield make_image([image_variant([url], "pics", watermark="none")], width, height)
        yield _live_photo(picture, width, height)


def _live_photo(picture: Fields, width: int | None, height: int | None) -> Media | None:
    url = picture.get(read_web_url, "live_url")
    if url is None:
        return None
    variant = Variant(url=url, watermark="none", width=width, height=height, expires_at=expires_at(url))
    return Media(index=0, role=Role.LIVE_PHOTO, width=width, height=height, variants=[variant])


def _nodes(modules: Fields) -> Iterator[Fields]:
    for path in ("module_dynamic.desc.rich_text_nodes", f"{_MAJOR}.opus.summary.rich_text_nodes"):
        yield from modules.children(path)
    for paragraph in modules.children(_PARAGRAPHS):
        for node in paragraph.children("text.nodes"):
            yield node.child("rich") or node.child("word")


def _text(modules: Fields) -> str | None:
    whole = modules.get(read_text, "module_dynamic.desc.text", f"{_MAJOR}.opus.summary.text")
    if whole is not None:
        return whole
    lines = [
        "".join(
            node.get(read_text, "word.words", "rich.text", "rich.orig_text") or ""
            for node in paragraph.children("text.nodes")
        )
        for paragraph in modules.children(_PARAGRAPHS)
    ]
    return "\n".join(line for line in lines if line) or modules.get(read_text, f"{_MAJOR}.archive.desc")


def _tags(modules: Fields) -> list[str]:
    named = modules.get(read_text, "module_dynamic.topic.name", "module_topic.name")
    marked = [node.get(read_text, "text") for node in _nodes(modules) if node.raw.get("type") == _TAG]
    return unique([*(text.strip("# ") for text in marked if text), *([named] if named else [])])


def _quoted(fields: Fields, modules: Fields) -> str | None:
    """Return the id of the forwarded dynamic, or of the video that the dynamic announces."""
    original = fields.get(read_id, "orig.id_str")
    return original or find_bvid(modules, f"{_MAJOR}.archive.bvid", f"{_MAJOR}.archive.aid")


def _find_carried(modules: Fields) -> str | None:
    """Return the page of the video or episode that a dynamic announces."""
    bvid = find_bvid(modules, f"{_MAJOR}.archive.bvid", f"{_MAJOR}.archive.aid")
    if bvid is not None:
        return f"{HOME}/video/{bvid}"
    link = peek(modules.raw, f"{_MAJOR}.pgc.jump_url")
    found = _EPISODE_LINK.search(link) if isinstance(link, str) else None
    return None if found is None else f"{HOME}/bangumi/play/{found[1]}"
