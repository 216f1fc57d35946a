"""URLs of Bilibili's open APIs. Pure."""

from urllib.parse import urlencode

from spiders.bilibili.wbi import sign

NAV = "https://api.bilibili.com/x/web-interface/nav"
_API = "https://api.bilibili.com"
_SONGS = "https://www.bilibili.com/audio/music-service-c/web"
_EVERYTHING = 4048
"""``fnval``: DASH, HDR, 4K, Dolby, 8K and AV1 together (docs/platforms.md)."""


def signed_play(bvid: str, cid: str, key: str, now: float) -> str:
    """Return the URL of the play data of a part, signed with the *key* of the day."""
    params: dict[str, str | int] = {"bvid": bvid, "cid": cid, "fnval": _EVERYTHING, "fnver": 0, "fourk": 1, "qn": 127}
    return f"{_API}/x/player/wbi/playurl?{sign({**params, 'try_look': 1}, key, now)}"


def simple_play(bvid: str, cid: str) -> str:
    """Return the URL of the play data for old players: one MP4 with sound, up to 720p."""
    params = {"bvid": bvid, "cid": cid, "platform": "html5", "qn": 64, "high_quality": 1}
    return f"{_API}/x/player/playurl?{urlencode(params)}"


def episode_play(ep_id: str) -> str:
    """Return the URL of the play data of an episode."""
    return (
        f"{_API}/pgc/player/web/v2/playurl?{urlencode({'ep_id': ep_id, 'fnval': _EVERYTHING, 'fourk': 1, 'qn': 127})}"
    )


def season(ep_id: str) -> str:
    """Return the URL of the description of an episode and its season, without play data."""
    return f"{_API}/pgc/view/web/season?{urlencode({'ep_id': ep_id})}"


def player(bvid: str, cid: str) -> str:
    """Return the URL of subtitles and chapters of a part."""
    return f"{_API}/x/player/v2?{urlencode({'bvid': bvid, 'cid': cid})}"


def view(bvid: str) -> str:
    """Return the URL of the description of a video, without play data."""
    return f"{_API}/x/web-interface/view?{urlencode({'bvid': bvid})}"


def dynamic(dynamic_id: str) -> str:
    """Return the URL of a dynamic or opus."""
    return f"{_API}/x/polymer/web-dynamic/v1/detail?{urlencode({'id': dynamic_id})}"


def song(sid: str) -> str:
    """Return the URL of the description of a song."""
    return f"{_SONGS}/song/info?{urlencode({'sid': sid})}"


def song_play(sid: str) -> str:
    """Return the URL of the play data of a song."""
    return f"{_SONGS}/url?{urlencode({'sid': sid, 'privilege': 2, 'quality': 2})}"
