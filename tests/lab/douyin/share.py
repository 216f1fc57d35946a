"""The pages for phones: a state in the markup, if it still has one."""

from typing import Any
from urllib.parse import quote

from tests.lab.douyin.aweme import build_item
from tests.lab.douyin.files import Files
from tests.lab.douyin.video import WRONG_SIZE

PLAY_HOST = "aweme.snssdk.com"
_ITEM = (
    "aweme_id", "desc", "create_time", "author", "music", "cha_list", "video", "statistics", "text_extra",
    "video_labels", "aweme_type", "image_infos", "risk_infos", "comment_list", "geofencing", "video_text",
    "label_top_text", "promotions", "long_video", "images", "chapter_list", "interaction_stickers", "img_bitrate",
)  # fmt: skip
_VIDEO = ("cover", "height", "width", "duration", "big_thumbs")
_MUSIC = ("mid", "title", "author", "cover_hd", "cover_large", "cover_medium", "cover_thumb", "duration", "status")


def build_state(files: Files, user_agent: str) -> dict[str, Any]:
    """Return ``_ROUTER_DATA`` of the post's share page."""
    form = "note" if files.images else "video"
    info = {
        "status_code": 0,
        "item_list": [_reduce(build_item(files, stills=True))],
        "filter_list": [],
        "is_oversea": 0,
        "extra": {"logid": files.visit.log_id, "now": int(files.visit.now * 1000)},
    }
    shown = {
        "ua": user_agent,
        "isSpider": False,
        "query": {"region": "CN", "from_ssr": "1", "from_aid": "1128"},
        "lastPath": files.post.id,
        "host": "www.iesdouyin.com",
        "itemId": files.post.id,
        "videoInfoRes": info,
    }
    return {"loaderData": {f"{form}_layout": None, f"{form}_(id)/page": shown}, "errors": None}


def _reduce(item: dict[str, Any]) -> dict[str, Any]:
    """Return the item of a share page: only the address with the watermark."""
    small: dict[str, Any] = {name: item.get(name) for name in _ITEM}
    video, uri = item["video"], item["video"]["play_addr"]["uri"]
    lead = f"https://{PLAY_HOST}/aweme/v1/playwm/?video_id={quote(uri, safe=':/')}&ratio=720p&line=0"
    small["video"] = {name: video[name] for name in _VIDEO}
    small["video"] |= {"play_addr": {"uri": uri, "url_list": [lead], **WRONG_SIZE}, "bit_rate": None}
    if item["music"] is not None:
        small["music"] = {name: item["music"][name] for name in _MUSIC}
    return small
