"""Recognise posts in TikTok's answers by their shape."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from scraper.posts import aweme
from scraper.posts.fields import join, peek
from scraper.posts.finder import Candidate, Candidates, PostRecognition, make_page


class TikTokFormat(Enum):
    """The shapes of objects that describe a post."""

    WEB = "web"
    APP = "app"
    FLAT = "flat"
    OEMBED = "oembed"
    EMBED = "embed"


Raw = Candidate[TikTokFormat]
Found = Candidates[TikTokFormat]

_WEB_KEYS = frozenset(
    ("id", "desc", "createTime", "video", "imagePost", "author", "stats", "statsV2", "music", "textExtra", "challenges")
)
_FLAT_FILES = frozenset({"play", "wmplay", "hdplay", "images"})
_FLAT_KEYS = frozenset({"play_count", "digg_count", "create_time", "music_info", "region"})
_WRAPPERS = {  # key of a wrapper -> the shape of its post, None = any shape
    "itemStruct": TikTokFormat.WEB,
    "aweme_detail": TikTokFormat.APP,
    "aweme_info": TikTokFormat.APP,
    "awemeInfo": TikTokFormat.APP,
    "aweme": None,
    "item": None,
    "itemInfo": None,
}


def recognise(value: object) -> TikTokFormat | None:
    """Return the shape of the post object *value*, None if it is not one."""
    if not isinstance(value, dict):
        return None
    keys = value.keys()
    if aweme.is_item(value):
        return TikTokFormat.APP
    if isinstance(value.get("itemInfos"), dict) and ("authorInfos" in keys or "musicInfos" in keys):
        return TikTokFormat.EMBED
    if _FLAT_FILES & keys and _FLAT_KEYS & keys and {"id", "video_id", "aweme_id"} & keys:
        return TikTokFormat.FLAT
    if "cid" not in keys and len(_WEB_KEYS & keys) >= 4 and ("video" in keys or len(_WEB_KEYS & keys) >= 5):
        return TikTokFormat.WEB
    if aweme.is_item_without_id(value):
        return TikTokFormat.APP
    if "thumbnail_url" in keys and ("author_url" in keys or value.get("provider_name") == "TikTok"):
        return TikTokFormat.OEMBED
    return None


def find_sigi(node: object, at: str = "") -> Found | None:
    """Return the posts of a SIGI state, in the order of its list."""
    module = peek(node, "ItemModule")
    if not isinstance(module, dict) or not module:
        return None
    order, source = _sigi_list(node, module)
    names = dict.fromkeys([name for name in order if isinstance(name, str) and name in module] + list(module))
    place = join(at, "ItemModule")
    raws = [Raw(TikTokFormat.WEB, module[name], join(place, name)) for name in names if isinstance(module[name], dict)]
    if not raws:
        return None
    main = peek(node, "ItemList.video.keyword")
    if isinstance(main, str) and isinstance(module.get(main), dict):
        return Found([Raw(TikTokFormat.WEB, module[main], join(place, main))])
    if len(raws) == 1 and (source is None or peek(node, "VideoPage") is not None):
        return Found(raws)
    return Found(raws, make_page(len(raws), source))


def _sigi_list(node: object, module: Mapping[str, Any]) -> tuple[list[Any], object]:
    """Return the ids that the page shows, and the object with the cursor of the list."""
    lists = peek(node, "ItemList")
    for source in lists.values() if isinstance(lists, dict) else ():
        ids = peek(source, "list")
        if isinstance(ids, list) and any(isinstance(name, str) and name in module for name in ids):
            return ids, source
    return [], None


LOOK = PostRecognition(
    recognise=recognise,
    wrappers=_WRAPPERS,
    lists=("aweme_list", "itemList", "item_list", "aweme_details", "videos", "items", "search_item_list", "data"),
    details=frozenset({"aweme_details"}),
    empty=frozenset({"aweme_list", "itemList", "item_list"}),
    not_posts=frozenset({"comments", "commentList", "ItemModule", "webapp.app-context", "webapp.biz-context"}),
    id_keys=("aweme_id", "id"),
    container=find_sigi,
)
