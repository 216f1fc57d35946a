"""The posts by the ids in requests, and numbers that follow from an id."""

import zlib

from tests.lab.bilibili.ids import to_aid
from tests.lab.catalog import LabPost, load_posts, many_aid_index, many_post


class Posts:
    """Every post of the platform, and *many* more."""

    def __init__(self, many: int) -> None:
        self._many = many
        self.all = [post for post in load_posts() if post.platform == "bilibili"]
        self._known = {(post.kind, post.id): post for post in self.all if post.id}
        self._videos = {to_aid(post.id): post for post in self.all if post.id.startswith("BV")}

    def find(self, kind: str, post_id: str) -> LabPost | None:
        """Return the post of *kind* with this id."""
        return self._known.get((kind, post_id))

    def find_video(self, number: str) -> LabPost | None:
        """Return the video of a BV id, an ``av`` number or a plain one."""
        try:
            aid = to_aid(number) if number.startswith("BV1") else int(number.lower().removeprefix("av"))
        except ValueError:
            return None
        index = many_aid_index(aid)
        if index is not None and index < self._many:
            return many_post(index, "bilibili")
        return self._videos.get(aid)

    def season(self, season_id: str) -> list[LabPost]:
        """Return the episodes of a season, in order."""
        episodes = [post for post in self.all if str(post.data.get("season", {}).get("id")) == season_id]
        return sorted(episodes, key=lambda post: int(post.data["number"]))


def cid_of(post: LabPost, part: int = 1) -> int:
    """Return the number of a part of *post*, counted from 1."""
    return 30_000_000_000 + zlib.crc32(f"{post.id}/{part}".encode())


def number_of(post: LabPost) -> int:
    """Return the number in the id of an episode or a song."""
    return int(post.id[2:])


def counters(post: LabPost) -> dict[str, int]:
    """Return counters that follow from the id."""
    views = 1000 + zlib.crc32(post.id.encode()) % 3_000_000
    parts = {"danmaku": 300, "reply": 400, "favorite": 25, "coin": 60, "share": 90, "like": 18}
    return {"view": views, **{name: views // part for name, part in parts.items()}}
