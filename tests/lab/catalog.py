"""The lab's posts: one JSON file each in posts/, and as many more as a load test needs, made by arithmetic."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.lab.bilibili.ids import to_bvid

_FOLDER = Path(__file__).with_name("posts")
_MANY_FROM = 1_760_000_000
_MANY_STEP = 60
_MANY_USER = "lab.many"
_MANY_AID = 115_000_000_000_000
_MANY_MARK = 0x2A_0ADD
_MANY_TAILS = {"tiktok": 0x0ADD_0001, "douyin": 0x0ADD_0002}
_MANY_LEAD = 5
"""Seconds by which a post's id is older than its publication."""
SNOWFLAKE_EPOCH = 1_288_834_974_657
"""Unix milliseconds at which X's ids begin; the lowest 22 bits of an id hold no time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabPost:
    """One post, or a link to one."""

    name: str
    """Name of the post's file."""
    platform: str
    kind: str
    """Kind of link, as links.py of the platform names it: video, photo, short."""
    url: str
    """The link as a person pastes it."""
    outcome: str
    """``ok``, or the code of the error envelope."""
    id: str = ""
    """Empty for a link that only redirects."""
    created: int = 0
    """Unix seconds."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The content of the file."""

    @property
    def public(self) -> dict[str, str]:
        """The part of the post that the lab prints when it starts."""
        return {"url": self.url, "platform": self.platform, "kind": self.kind, "outcome": self.outcome}

    @property
    def hops(self) -> list[tuple[str, str]]:
        """Host and path of every hop of a link, each with its target."""
        chain = [self.url, *self.data.get("hops", ())]
        return [((parts := urlsplit(here)).netloc + parts.path, there) for here, there in itertools.pairwise(chain)]


@cache
def load_posts() -> tuple[LabPost, ...]:
    """Return every post of the folder, by file name."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.json")))


def many_post(index: int, platform: str = "tiktok") -> LabPost:
    """Return post *index* of the many of *platform*."""
    return MANY[platform](index)


def _many_tiktok(index: int) -> LabPost:
    created = _MANY_FROM + index * _MANY_STEP
    post_id = _many_id(created, "tiktok")
    data = {
        "author": {"id": "6800000000000000001", "uniqueId": _MANY_USER, "nickname": "Many"},
        "text": f"one of many, number {index} #load",
        "video": {"play": "tiny", "download": "", "cover": "avatar"},
        "music": {"media": "tune-aac", "title": "original sound", "authorName": "Lab"},
        "files": "many",
    }
    url = f"https://www.tiktok.com/@{_MANY_USER}/video/{post_id}"
    return LabPost(
        name=f"many-{index}",
        platform="tiktok",
        kind="video",
        url=url,
        outcome="ok",
        id=post_id,
        created=created,
        data=data,
    )


def _many_douyin(index: int) -> LabPost:
    created = _MANY_FROM + index * _MANY_STEP
    post_id = _many_id(created, "douyin")
    return LabPost(
        name=f"douyin-many-{index}",
        platform="douyin",
        kind="video",
        url=f"https://www.douyin.com/video/{post_id}",
        outcome="ok",
        id=post_id,
        created=created,
        data={
            "author": {"id": "58000000000000001", "handle": "lab_many", "name": "Many"},
            "text": f"one of many, number {index} #load",
            "video": {"film": "tiny"},
            "music": {"media": "tune", "title": "@Many创作的原声", "author": "Many"},
            "files": "many",
        },
    )


def _many_bilibili(index: int) -> LabPost:
    bvid = to_bvid(_MANY_AID + index)
    return LabPost(
        name=f"bilibili-many-{index}",
        platform="bilibili",
        kind="video",
        url=f"https://www.bilibili.com/video/{bvid}",
        outcome="ok",
        id=bvid,
        created=_MANY_FROM + index * _MANY_STEP,
        data={
            "author": {"mid": 3_546_000_000_000_001, "name": "Many"},
            "title": f"one of many, number {index}",
            "text": "load",
            "tags": ["load"],
            "cover": "avatar",
            "parts": [{"film": "tiny"}],
            "files": "many",
        },
    )


def _many_twitter(index: int) -> LabPost:
    created = _MANY_FROM + index * _MANY_STEP
    post_id = str((created * 1000 - SNOWFLAKE_EPOCH) << 22 | _MANY_MARK)
    return LabPost(
        name=f"twitter-many-{index}",
        platform="twitter",
        kind="post",
        url=f"https://x.com/lab_many/status/{post_id}",
        outcome="ok",
        id=post_id,
        created=created,
        data={
            "author": {"id": "1790000000000000001", "handle": "lab_many", "name": "Many"},
            "text": f"one of many, number {index} #load",
            "media": [{"type": "video", "film": "tiny"}],
            "files": "many",
        },
    )


MANY = {"tiktok": _many_tiktok, "douyin": _many_douyin, "bilibili": _many_bilibili, "twitter": _many_twitter}
"""Makers of load posts, by platform."""


def many_aid_index(aid: int) -> int | None:
    """Return the index of Bilibili's many post with this av number."""
    return aid - _MANY_AID if 0 <= aid - _MANY_AID < 10**9 else None


def many_status_index(post_id: str) -> int | None:
    """Return the index of X's many post with this id."""
    number = int(post_id)
    index, rest = divmod((number >> 22) + SNOWFLAKE_EPOCH - _MANY_FROM * 1000, _MANY_STEP * 1000)
    return index if number & 0x3F_FFFF == _MANY_MARK and rest == 0 and index >= 0 else None


def many_index(post_id: str, platform: str = "tiktok") -> int | None:
    """Return the index of TikTok's or Douyin's many post with this id."""
    number = int(post_id)
    if number & 0xFFFF_FFFF != _MANY_TAILS[platform]:
        return None
    index, rest = divmod((number >> 32) + _MANY_LEAD - _MANY_FROM, _MANY_STEP)
    return index if rest == 0 and index >= 0 else None


def _many_id(created: int, platform: str) -> str:
    return str(((created - _MANY_LEAD) << 32) | _MANY_TAILS[platform])


def _read(path: Path) -> LabPost:
    data = json.loads(path.read_text(encoding="utf-8"))
    known = {name: data[name] for name in ("platform", "kind", "url", "outcome", "id", "created") if name in data}
    return LabPost(name=path.stem, data=data, **known)
