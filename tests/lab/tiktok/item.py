"""The itemStruct of a played TikTok post, with signed URLs, for the desktop page and for the mobile one."""

import zlib
from collections.abc import Mapping
from typing import Any

from tests.lab.drafts import find_hashtags, overlay
from tests.lab.recipes import RECIPES
from tests.lab.tiktok.video import Files, VideoBuilder

_REFLOW_ITEM = [
    "id",
    "desc",
    "createTime",
    "video",
    "author",
    "music",
    "challenges",
    "stats",
    "warnInfo",
    "textExtra",
    "effectStickers",
    "authorStats",
    "stickersOnItem",
    "comments",
    "indexEnabled",
    "imagePost",
    "diversificationLabels",
    "locationCreated",
    "suggestedWords",
    "channelTags",
    "isContentClassified",
]
_REFLOW_VIDEO = [
    "id",
    "height",
    "width",
    "duration",
    "cover",
    "originCover",
    "dynamicCover",
    "playAddr",
    "shareCover",
    "reflowCover",
    "subtitleInfos",
]

# Fields that every real item has and no reader needs.
_NO = (
    "originalItem",
    "officalItem",
    "secret",
    "forFriend",
    "digged",
    "privateItem",
    "isAd",
    "collected",
    "isReviewing",
)
_YES = ("duetEnabled", "stitchEnabled", "shareEnabled", "indexEnabled", "textTranslatable")
_ZERO = ("itemCommentStatus", "takeDown", "duetDisplay", "stitchDisplay")
_EMPTY = ("warnInfo", "effectStickers", "stickersOnItem", "comments", "channelTags", "anchors")


class ItemBuilder:
    """Turns the post of *files* into an itemStruct."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def desktop(self) -> dict[str, Any]:
        """Return the item of ``webapp.video-detail``."""
        post, data = self._files.post, self._files.post.data
        stats = self._stats()
        tags = find_hashtags(data["text"])
        item: dict[str, Any] = {
            "id": post.id,
            "desc": data["text"],
            "createTime": post.created if data.get("created_as") == "int" else str(post.created),
            "scheduleTime": 0,
            "video": VideoBuilder(self._files).build(),
            "author": self._author(),
            "music": self._music(),
            "challenges": [self._challenge(tag) for tag, _, _ in tags],
            "stats": {**stats, "collectCount": str(stats["collectCount"])},
            "statsV2": {**{name: str(value) for name, value in stats.items()}, "repostCount": "0"},
            "textExtra": [_text_extra(*tag) for tag in tags],
            **self._rest(),
        }
        if "images" in data:
            item["imagePost"] = self._image_post()
        if item["music"] is None:
            del item["music"]
        return overlay(item, data.get("item", {}))

    def reflow(self) -> dict[str, Any]:
        """Return the item of the mobile page: fewer fields, no bitrateInfo, no watermarked URL."""
        item = self.desktop()
        small = {name: item[name] for name in _REFLOW_ITEM if name in item}
        if "video" in item:
            small["video"] = {name: item["video"][name] for name in _REFLOW_VIDEO if name in item["video"]}
            small["video"]["downloadAddr"] = ""
        small["stats"] = {name: int(value) for name, value in item["stats"].items()}
        return small

    def _author(self) -> dict[str, Any]:
        avatar = self._files.cdn.image_url(
            self._files.thing("avatar", "avatar"), self._files.visit, shape="tplv-tiktokx-cropcenter:100:100.jpeg"
        )
        flags = [
            "verified",
            "ftc",
            "openFavorite",
            "privateAccount",
            "secret",
            "isADVirtual",
            "ttSeller",
            "isEmbedBanned",
            "canExpPlaylist",
        ]
        numbers = [
            "relation",
            "commentSetting",
            "duetSetting",
            "stitchSetting",
            "uniqueIdModifyTime",
            "downloadSetting",
            "UserStoryStatus",
        ]
        return {
            **self._files.post.data["author"],
            "secUid": f"MS4wLjABAAAA{zlib.crc32(self._files.post.id.encode()):064x}",
            "shortId": "",
            "avatarLarger": avatar,
            "avatarMedium": avatar,
            "avatarThumb": avatar,
            "signature": "Test cards, daily\nNo camera needed",
            "createTime": 1608061074,
            **dict.fromkeys(flags, False),
            **dict.fromkeys(numbers, 0),
            "roomId": "",
        }

    def _music(self) -> dict[str, Any] | None:
        spec = self._files.post.data.get("music")
        if spec is None:
            return None
        thing = self._files.thing("music", spec)
        seconds = RECIPES[thing.medium].seconds
        cover = self._files.cdn.image_url(
            self._files.thing("avatar", "avatar"), self._files.visit, shape="tplv-tiktokx-cropcenter:720:720.jpeg"
        )
        return {
            "id": str(7_600_000_000_000_000_000 + zlib.crc32(thing.key.encode())),
            "title": spec["title"],
            "playUrl": self._files.cdn.music_url(thing),
            "coverLarge": cover,
            "coverMedium": cover,
            "coverThumb": cover,
            "authorName": spec["authorName"],
            "original": spec.get("original", False),
            "private": False,
            "album": spec.get("album", ""),
            "duration": int(seconds),
            "preciseDuration": {"preciseDuration": seconds, "preciseVideoDuration": seconds},
            "isCopyrighted": False,
        }

    def _image_post(self) -> dict[str, Any]:
        images = [self._image(f"image-{n}", spec) for n, spec in enumerate(self._files.post.data["images"])]
        return {
            "images": images,
            "cover": images[0],
            "shareCover": images[0],
            "title": self._files.post.data.get("title", ""),
        }

    def _image(self, slot: str, spec: str | Mapping[str, Any]) -> dict[str, Any]:
        thing = self._files.thing(slot, spec)
        recipe = RECIPES[thing.medium]
        urls = [
            self._files.cdn.image_url(thing, self._files.visit, shape=f"tplv-photomode-image{shape}.{recipe.ext}")
            for shape in ("", "-v1")
        ]
        return {"imageURL": {"urlList": urls}, "imageWidth": recipe.width, "imageHeight": recipe.height}

    def _challenge(self, tag: str) -> dict[str, Any]:
        return {
            "id": _tag_id(tag),
            "title": tag,
            "desc": "",
            "profileLarger": "",
            "coverLarger": "",
            "stats": {"videoCount": 1907},
        }

    def _stats(self) -> dict[str, int]:
        """Return counters that follow from the id."""
        plays = 1000 + zlib.crc32(self._files.post.id.encode()) % 3_000_000
        return {
            "diggCount": plays // 9,
            "shareCount": plays // 70,
            "commentCount": plays // 500,
            "playCount": plays,
            "collectCount": plays // 25,
        }

    def _rest(self) -> dict[str, Any]:
        """Return the rest of a real item."""
        followers = {
            "followerCount": 931000,
            "followingCount": 485,
            "heart": 17400000,
            "heartCount": 17400000,
            "videoCount": 601,
        }
        return {
            **dict.fromkeys(_NO, False),
            **dict.fromkeys(_YES, True),
            **dict.fromkeys(_ZERO, 0),
            **{name: [] for name in _EMPTY},
            "authorStats": followers,
            "authorStatsV2": {name: str(value) for name, value in followers.items()},
            "diversificationLabels": ["Technology", "Education"],
            "diversificationId": 10040,
            "locationCreated": "GB",
            "suggestedWords": ["test card", "colour bars", "sine wave"],
            "contents": [{"desc": self._files.post.data["text"], "textExtra": []}],
            "item_control": {"can_share": True, "can_comment": True, "can_repost": True},
            "CategoryType": 111,
            "textLanguage": "en",
            "AIGCDescription": "",
        }


def _text_extra(tag: str, start: int, end: int) -> dict[str, Any]:
    return {
        "awemeId": "",
        "start": start,
        "end": end,
        "hashtagId": _tag_id(tag),
        "hashtagName": tag,
        "type": 1,
        "subType": 0,
        "isCommerce": False,
    }


def _tag_id(tag: str) -> str:
    return str(zlib.crc32(tag.encode()))
