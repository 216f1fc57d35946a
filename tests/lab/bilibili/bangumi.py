"""The answers about an episode: its season, and its play data or the reasons why there are none."""

from collections.abc import Sequence
from typing import Any

from tests.lab.bilibili.files import Files
from tests.lab.bilibili.ids import to_aid
from tests.lab.bilibili.play import Wish, build_play
from tests.lab.bilibili.posts import cid_of, counters, number_of

_TEXTS = {"area": "抱歉您所在地区不可观看！", "member": "大会员专享限制"}
_DETAILS = {"whole": "PLAY_WHOLE", "preview": "PLAY_PREVIEW"}


def episode_play(files: Files, wish: Wish) -> dict[str, Any]:
    """Return the answer of pgc/player/web/v2/playurl: an envelope with a code, and ``result``."""
    how = files.post.data.get("play", "whole")
    if how in _TEXTS and not files.post.data.get("panel"):
        return {"code": -10403, "message": _TEXTS[how]}
    panel = {"is_block": how == "area", "style": 1, "content": "您所在的地区无法观看本片" if how == "area" else ""}
    result: dict[str, Any] = {
        "exp_info": {},
        "play_check": {"can_play": how in _DETAILS, "play_detail": _DETAILS.get(how, "PLAY_NONE")},
        "play_video_type": how if how in _DETAILS else "none",
        "plugins": [{"name": "AreaLimitPanel", "config": panel}, {"name": "Toasts", "config": {"auto_hide": True}}],
        "view_info": {
            "report": {"ep_id": str(number_of(files.post)), "ep_status": "13", "season_type": "1", "vip_status": "0"}
        },
    }
    if how in _DETAILS:
        result["video_info"] = build_play(files, 1, wish) | {"is_preview": int(how == "preview"), "has_paid": False}
    return {"code": 0, "message": "success", "result": result}


def season(files: Sequence[Files]) -> dict[str, Any]:
    """Return the ``result`` of pgc/view/web/season for the season of these episodes."""
    first = files[0]
    spec = first.post.data["season"]
    cover = f"http:{first.image('season', 'cover', 'bangumi/image')}"
    stat = counters(first.post)
    return {
        "activity": {"head_bg_url": "", "id": 0, "title": ""},
        "actors": "彩条：自己\n正弦波：自己",
        "alias": "",
        "areas": [{"id": 2, "name": "实验室"}],
        "cover": cover,
        "episodes": [_episode(each) for each in files],
        "evaluate": "关于测试卡的动画",
        "link": f"http://www.bilibili.com/bangumi/media/md{spec['id'] + 9_000_000}/",
        "media_id": spec["id"] + 9_000_000,
        "mode": 2,
        "new_ep": {"desc": "连载中", "id": number_of(files[-1].post), "is_new": 0, "title": str(len(files))},
        "publish": {"is_finish": 0, "is_started": 1, "pub_time": "2025-08-06 18:00:00", "weekday": 3},
        "rating": {"count": 17, "score": 9.6},
        "rights": {"allow_download": 0, "area_limit": 0, "can_watch": 1, "copyright": "bilibili", "is_preview": 1},
        "season_id": spec["id"],
        "season_title": spec["title"],
        "seasons": [{"season_id": spec["id"], "season_title": spec["title"], "season_type": 1, "cover": cover}],
        "section": [],
        "series": {"display_type": 0, "series_id": 4321, "series_title": spec["title"]},
        "share_url": f"https://www.bilibili.com/bangumi/play/ss{spec['id']}",
        "square_cover": cover,
        "stat": {
            "coins": stat["coin"],
            "danmakus": stat["danmaku"],
            "favorites": stat["favorite"],
            "likes": stat["like"],
        }
        | {"reply": stat["reply"], "share": stat["share"], "views": stat["view"]},
        "status": 2,
        "styles": ["科幻"],
        "subtitle": "",
        "title": spec["title"],
        "total": -1,
        "type": 1,
        "up_info": {"mid": 928_123, "uname": "哔哩哔哩番剧", "avatar": cover.replace("http:", "https:"), "follower": 9},
        "user_status": {"area_limit": 0, "follow": 0, "login": 0, "pay": 0, "sponsor": 0},
    }


def section(files: Sequence[Files]) -> dict[str, Any]:
    """Return the ``result`` of pgc/web/season/section."""
    return {
        "main_section": {"episodes": [_episode(each) for each in files], "id": 81, "title": "正片", "type": 0},
        "section": [],
    }


def _episode(files: Files) -> dict[str, Any]:
    post, data = files.post, files.post.data
    film = files.film(1)
    return {
        "aid": to_aid(data["bvid"]),
        "badge": "会员" if data.get("play") == "member" else "",
        "badge_info": {"bg_color": "#FB7299", "bg_color_night": "#BB5B76", "text": ""},
        "badge_type": 0,
        "bvid": data["bvid"],
        "cid": cid_of(post),
        "cover": f"http:{files.image('cover', 'cover-wide')}",
        "dimension": {"height": film.size[1], "rotate": 0, "width": film.size[0]},
        "duration": round(film.seconds * 1000),
        "enable_vt": False,
        "from": "bangumi",
        "id": number_of(post),
        "link": f"https://www.bilibili.com/bangumi/play/{post.id}",
        "long_title": data["title"],
        "pub_time": post.created,
        "rights": {"allow_demand": 0, "allow_dm": 1, "allow_download": 0, "area_limit": 0},
        "share_copy": f"《{data['season']['title']}》{data['title']}",
        "share_url": f"https://www.bilibili.com/bangumi/play/{post.id}",
        "short_link": f"https://b23.tv/{post.id}",
        "status": 13 if data.get("play") == "member" else 2,
        "subtitle": "",
        "title": str(data["number"]),
        "vid": "",
    }
