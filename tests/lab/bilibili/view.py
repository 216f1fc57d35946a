"""The answers about a video: x/web-interface/view and similar calls, pagelist, player/v2."""

import zlib
from typing import Any

from tests.lab.bilibili.files import Files
from tests.lab.bilibili.ids import to_aid
from tests.lab.bilibili.posts import cid_of, counters

_NO = ("bp", "elec", "movie", "pay", "ugc_pay", "is_cooperation", "ugc_pay_preview", "no_background", "clean_mode")
_NO_MORE = ("is_360", "no_share", "arc_pay", "free_watch")
_FALSE = ("is_chargeable_season", "is_story", "is_upower_play", "is_upower_exclusive_with_qa", "no_cache")
_LATER = ("is_season_display", "need_jump_bv", "disable_show_up_info", "is_view_self")


def build_view(files: Files) -> dict[str, Any]:
    """Return ``videoData``; x/web-interface/view answers the same."""
    post, data = files.post, files.post.data
    aid = to_aid(post.id)
    stat = {"aid": aid, **counters(post), "now_rank": 0, "his_rank": 0, "dislike": 0, "evaluation": "", "vt": 0}
    parts = build_pages(files)
    view: dict[str, Any] = {
        "bvid": post.id,
        "aid": aid,
        "videos": data.get("videos", len(parts)),
        "tid": 122,
        "tid_v2": 2096,
        "tname": "野生技术协会",
        "tname_v2": "测试卡",
        "copyright": 1,
        "pic": f"http:{files.image('cover', data.get('cover', 'cover-wide'))}",
        "title": data["title"],
        "pubdate": post.created,
        "ctime": post.created - 60,
        "desc": data["text"],
        "desc_v2": [{"raw_text": data["text"], "type": 1, "biz_id": 0}] if data["text"] else None,
        "state": 0,
        "duration": data.get("duration", sum(part["duration"] for part in parts)),
        "rights": _rights(files),
        "owner": {**data["author"], "face": f"https:{files.image('face', 'avatar', 'face')}"},
        "stat": stat,
        "argue_info": {"argue_msg": "", "argue_type": 0, "argue_link": ""},
        "dynamic": "",
        "cid": parts[0]["cid"],
        "dimension": parts[0]["dimension"],
        "premiere": None,
        "teenage_mode": 0,
        **dict.fromkeys(_FALSE, False),
        "is_upower_exclusive": bool(data.get("locked") or data.get("preview")),
        "is_upower_preview": bool(data.get("preview")),
        "enable_vt": 0,
        "vt_display": "",
        "pages": parts,
        "subtitle": {"allow_submit": False, "list": []},
        **dict.fromkeys(_LATER, False),
        "user_garb": {"url_image_ani_cut": ""},
        "honor_reply": {},
        "like_icon": "",
    }
    if "redirect" in data:
        view["redirect_url"] = data["redirect"]
    return view


def build_pages(files: Files) -> list[dict[str, Any]]:
    """Return the parts, as pagelist answers them; an interactive video shows only its first."""
    shown = files.parts[:1] if "choices" in files.post.data else files.parts
    return [
        {
            "cid": cid_of(files.post, n),
            "page": n,
            "from": "vupload",
            "part": part.get("title", files.post.data["title"]),
            "duration": round(files.film(n).seconds),
            "vid": "",
            "weblink": "",
            "dimension": dict(zip(("width", "height"), files.film(n).size, strict=True)) | {"rotate": 0},
            "first_frame": f"http:{files.image(f'frame-{n}', 'thumb', 'storyff')}",
            "ctime": files.post.created - 60,
        }
        for n, part in enumerate(shown, 1)
    ]


def build_tags(files: Files) -> list[dict[str, Any]]:
    """Return the tags of a video."""
    return [
        {"tag_id": zlib.crc32(tag.encode()), "tag_name": tag, "music_id": "", "tag_type": "old_channel", "jump_url": ""}
        for tag in files.post.data.get("tags", ())
    ]


def build_uploader(files: Files) -> dict[str, Any]:
    """Return ``upData``: here the number is text."""
    author = files.post.data["author"]
    face = f"https:{files.image('face', 'avatar', 'face')}"
    return {
        "mid": str(author["mid"]),
        "name": author["name"],
        "approve": False,
        "sex": "保密",
        "rank": "10000",
        "face": face,
        "face_nft": 0,
        "DisplayRank": "0",
        "regtime": 0,
        "fans": 1765,
        "friend": 55,
        "attention": 55,
        "sign": "测试卡，每日一张",
        "level_info": {"current_level": 5, "current_min": 0, "current_exp": 0, "next_exp": 0},
        "Official": {"role": 0, "title": "", "desc": "", "type": -1},
        "official_verify": {"type": -1, "desc": ""},
        "vip": {"type": 1, "status": 0, "due_date": 0, "vip_pay_type": 0, "theme_type": 0, "role": 0},
        "archiveCount": 147,
    }


def build_detail(files: Files) -> dict[str, Any]:
    """Return the answer of x/web-interface/view/detail."""
    card = {"card": build_uploader(files), "following": False, "archive_count": 147, "follower": 1765, "like_num": 931}
    return {
        "View": build_view(files),
        "Card": card,
        "Tags": build_tags(files),
        "Reply": {"page": None, "replies": []},
        "Related": [],
        "Spec": None,
        "hot_share": {"show": False, "list": []},
        "elec": None,
        "emergency": {"no_like": False, "no_coin": False, "no_fav": False, "no_share": False},
        "participle": None,
    }


def build_player(files: Files, part: int) -> dict[str, Any]:
    """Return the answer of x/player/v2: subtitles and chapters."""
    data = files.post.data
    subtitles = [
        {
            "id": 1_900_000_000_000_000_000 + n,
            "lan": spec["lan"],
            "lan_doc": spec["name"],
            "is_lock": False,
            "subtitle_url": files.subtitle(n, spec),
            "type": int(spec["lan"].startswith("ai-")),
            "id_str": str(1_900_000_000_000_000_000 + n),
            "ai_type": 0,
            "ai_status": 2 if spec["lan"].startswith("ai-") else 0,
        }
        for n, spec in enumerate(data.get("subtitles", ()))
    ]
    points = [
        {"type": 2, "imgUrl": "", "logoUrl": "", "team_type": "", "team_name": "", **point}
        for point in data.get("chapters", ())
    ]
    player: dict[str, Any] = {
        "aid": to_aid(files.post.id),
        "bvid": files.post.id,
        "allow_bp": False,
        "no_share": False,
        "cid": cid_of(files.post, part),
        "page_no": part,
        "has_next": part < len(files.parts),
        "login_mid": 0,
        "is_owner": False,
        "name": "",
        "permission": "0",
        "level_info": {"current_level": 0, "current_min": 0, "current_exp": 0, "next_exp": 0, "level_up": 0},
        "answer_status": 0,
        "last_play_time": 0,
        "last_play_cid": 0,
        "now_time": int(files.visit.now),
        "online_count": 1,
        "need_login_subtitle": bool(data.get("login_subtitles")),
        "subtitle": {"allow_submit": False, "lan": "", "lan_doc": "", "subtitles": subtitles},
        "view_points": points,
        "preview_toast": "",
        "options": {"is_360": False, "without_vip": False},
        "is_upower_exclusive": bool(data.get("locked") or data.get("preview")),
    }
    if "choices" in data:
        player["interaction"] = {"graph_version": 1_262_000, "history_node": None, "mark": 0}
    return player


def build_branch(files: Files, edge: int) -> dict[str, Any]:
    """Return the answer of x/stein/edgeinfo_v2: the choices after a segment of an interactive video."""
    texts = files.post.data["choices"]
    titles = [files.post.data["title"], *texts]
    story = [
        {"node_id": n, "edge_id": n, "title": titles[n - 1], "cid": cid_of(files.post, n)} for n in sorted({1, edge})
    ]
    choices = [
        {"id": n, "platform_action": f"JUMP {n} {cid_of(files.post, n)}", "option": text, "cid": cid_of(files.post, n)}
        for n, text in enumerate(texts, 2)
    ]
    questions = [{"id": 0, "type": 2, "duration": -1, "choices": choices}] if edge == 1 else []
    return {"title": titles[edge - 1], "edge_id": edge, "story_list": story, "edges": {"questions": questions}}


def _rights(files: Files) -> dict[str, int]:
    flags = dict.fromkeys((*_NO, *_NO_MORE), 0)
    return {
        **flags,
        "download": 1,
        "hd5": 1,
        "no_reprint": 1,
        "autoplay": 1,
        "is_stein_gate": int("choices" in files.post.data),
    }
