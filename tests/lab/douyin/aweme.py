"""The item of a played post, with signed URLs, as ``aweme_detail`` holds it."""

import zlib
from typing import Any

from tests.lab.catalog import LabPost
from tests.lab.douyin.files import Files
from tests.lab.douyin.noise import AUTHOR, AUTHOR_NULLS, ITEM, ITEM_NULLS, MUSIC
from tests.lab.douyin.note import build_images, build_sound
from tests.lab.douyin.video import WRONG_SIZE, build_video
from tests.lab.drafts import find_hashtags, overlay
from tests.lab.recipes import RECIPES

SHARE = "https://www.iesdouyin.com/share"
_FLAGS = {"is_delete": False, "is_prohibited": False, "in_reviewing": False, "allow_share": True}


def build_item(files: Files, *, stills: bool = False) -> dict[str, Any]:
    """Return the item; with *stills* the pictures of a note do not move."""
    post, data = files.post, files.post.data
    seconds = files.film.shape.seconds if files.film is not None else 0
    share_url = f"{SHARE}/{form_of(post)}/{post.id}/?region=CN&mid={_number(post.id, 'music')}&u_code=0&did=MS4wLjABlab"
    item: dict[str, Any] = {
        **dict.fromkeys(ITEM_NULLS),
        **ITEM,
        "aweme_id": post.id,
        "aweme_type": data.get("type", 68 if files.images else 0),
        "desc": data["text"],
        "caption": data["text"],
        "item_title": data.get("title", ""),
        "create_time": post.created,
        "duration": int(seconds * 1000),
        "group_id": post.id,
        "comment_gid": int(post.id),
        "author_user_id": int(data["author"]["id"]),
        "author": _author(files),
        "music": _music(files),
        "statistics": _statistics(post),
        "status": {**_FLAGS, "listen_video_status": 0, "part_see": 0, "private_status": 0} | data.get("status", {}),
        "text_extra": [_text_extra(*tag) for tag in find_hashtags(data["text"])],
        "share_url": share_url,
        "share_info": {"share_url": share_url, "share_link_desc": "0.99 Lab:/ %s 复制此链接，打开Dou音搜索！"},
        "images": build_images(files, stills=stills) or None,
        "video": _video(files),
        "video_control": {"allow_download": data.get("video", {}).get("download", True), "share_type": 0},
    }
    return overlay(item, data.get("item", {}))


def form_of(post: LabPost) -> str:
    """Return the platform's word for the post in links: video, note or slides."""
    return str(post.data.get("form", "note" if "images" in post.data else "video"))


def _video(files: Files) -> dict[str, Any]:
    if files.images:
        return build_sound(files)
    return {} if files.film is None else build_video(files, files.uri(), files.film)


def _author(files: Files) -> dict[str, Any]:
    author = files.post.data["author"]
    thing = files.picture("avatar", "avatar")
    face = {"uri": f"100x100/aweme-avatar/{thing.key}", "url_list": [files.cdn.avatar_url(thing)], **WRONG_SIZE}
    return {
        **dict.fromkeys(AUTHOR_NULLS),
        **AUTHOR,
        "uid": author["id"],
        "short_id": author.get("short_id", "0"),
        "unique_id": author["handle"],
        "nickname": author["name"],
        "sec_uid": sec_uid(author["id"]),
        "avatar_thumb": face,
    }


def sec_uid(uid: str) -> str:
    """Return the id in the address of a person's page."""
    return f"MS4wLjABAAAA{zlib.crc32(uid.encode()):08x}Lab_user-{int(uid):032x}"


def _music(files: Files) -> dict[str, Any] | None:
    thing = files.music()
    if thing is None:
        return None
    spec, number = files.post.data["music"], _number(files.post.id, "music")
    urls = files.cdn.music_urls(thing)
    seconds = int(RECIPES[thing.medium].seconds)
    return {
        **MUSIC,
        "id": int(number),
        "id_str": number,
        "mid": number,
        "title": spec["title"],
        "author": spec["author"],
        "owner_nickname": spec["author"],
        "duration": seconds,
        "audition_duration": seconds,
        "shoot_duration": seconds,
        "play_url": {"uri": urls[0], "url_list": urls, **WRONG_SIZE, "url_key": number},
    }


def _statistics(post: LabPost) -> dict[str, Any]:
    """Return counters that follow from the id; the number of plays is always 0."""
    likes = 100 + zlib.crc32(post.id.encode()) % 900_000
    parts = {"digg_count": 1, "comment_count": 60, "share_count": 12, "collect_count": 9, "admire_count": 20_000}
    return {"aweme_id": post.id, **{name: likes // part for name, part in parts.items()}, "play_count": 0}


def _text_extra(tag: str, start: int, end: int) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "type": 1,
        "hashtag_name": tag,
        "hashtag_id": _number(tag, "tag"),
        "is_commerce": False,
        "caption_start": start,
        "caption_end": end,
    }


def _number(of: str, what: str) -> str:
    return str(7_400_000_000_000_000_000 + zlib.crc32(f"{of}/{what}".encode()))
