"""Recognise posts in Douyin's answers by their shape."""

from enum import Enum

from scraper.posts import aweme
from scraper.posts.finder import Candidate, Candidates, PostRecognition


class DouyinFormat(Enum):
    """The shapes of objects that describe a post."""

    AWEME = "aweme"
    DESKTOP = "desktop"
    """The aweme with the names of the old desktop page: ``awemeId``, ``authorInfo``."""


Raw = Candidate[DouyinFormat]
Found = Candidates[DouyinFormat]

_DESKTOP_KEYS = frozenset(("desc", "createTime", "video", "images", "authorInfo", "stats", "music", "textExtra"))


def recognise(value: object) -> DouyinFormat | None:
    """Return the shape of the post object *value*, None if it is not one."""
    if not isinstance(value, dict):
        return None
    if aweme.is_item(value) or aweme.is_item_without_id(value):
        return DouyinFormat.AWEME
    return DouyinFormat.DESKTOP if "awemeId" in value and len(_DESKTOP_KEYS & value.keys()) >= 3 else None


LOOK = PostRecognition(
    recognise=recognise,
    wrappers={
        "aweme_detail": DouyinFormat.AWEME,
        "aweme_info": DouyinFormat.AWEME,
        "videoInfoRes": None,
        "videoDetail": None,
        "aweme": None,
        "detail": None,
        "item": None,
    },
    lists=("aweme_list", "aweme_details", "item_list", "items", "search_item_list", "data"),
    details=frozenset({"aweme_details", "item_list"}),
    empty=frozenset({"aweme_list"}),
    not_posts=frozenset({"comments", "commentListData", "comment_list", "user"}),
    id_keys=("aweme_id", "id"),
)
