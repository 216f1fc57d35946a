"""Answers of the audio service: songs that are posts of their own."""

from typing import Any

from tests.lab.bilibili.files import Files
from tests.lab.bilibili.posts import counters, number_of
from tests.lab.recipes import RECIPES


def song_info(files: Files) -> dict[str, Any]:
    """Return ``data`` of song/info."""
    data, stat = files.post.data, counters(files.post)
    return {
        "id": number_of(files.post),
        "uid": data["author"]["mid"],
        "uname": data["author"]["name"],
        "author": data["artist"],
        "title": data["title"],
        "cover": f"http:{files.image('cover', 'photo-3', 'music')}",
        "intro": data["text"],
        "lyric": "",
        "crtype": 1,
        "duration": round(RECIPES[data["media"]].seconds),
        "passtime": files.post.created,
        "curtime": int(files.visit.now),
        "aid": 0,
        "bvid": "",
        "cid": 0,
        "msid": 0,
        "attr": 0,
        "limit": 0,
        "activityId": 0,
        "ctime": None,
        "statistic": {
            "sid": number_of(files.post),
            "play": stat["view"],
            "collect": stat["favorite"],
            "comment": stat["reply"],
        }
        | {"share": stat["share"]},
        "vipInfo": {"type": 0, "status": 0, "due_date": 0, "vip_pay_type": 0},
        "collectIds": [],
        "is_cooper": 0,
        "coin_num": stat["coin"],
    }


def song_url(files: Files) -> dict[str, Any]:
    """Return ``data`` of url."""
    thing, url = files.song(files.post.data["media"])
    return {
        "sid": number_of(files.post),
        "type": 2,
        "info": "",
        "timeout": files.visit.deadline - int(files.visit.now),
        "size": thing.size,
        "cdns": [url],
        "qualities": None,
        "title": files.post.data["title"],
        "cover": f"http:{files.image('cover', 'photo-3', 'music')}",
    }
