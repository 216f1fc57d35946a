"""The answers about a post with pictures or text: the page's modules and the API's item."""

from typing import Any

from tests.lab.bilibili.files import Files
from tests.lab.bilibili.posts import counters
from tests.lab.recipes import RECIPES


def opus_detail(files: Files) -> dict[str, Any]:
    """Return ``detail`` of the page's state."""
    data = files.post.data
    pictures = _pictures(files)
    modules: list[dict[str, Any]] = []
    if pictures and data.get("album", True):
        album = {"pics": pictures, "style": 1}
        modules.append({"module_type": "MODULE_TYPE_TOP", "module_top": {"display": {"album": album, "type": 1}}})
    modules.append({"module_type": "MODULE_TYPE_TITLE", "module_title": {"text": data["title"]}})
    modules.append({"module_type": "MODULE_TYPE_AUTHOR", "module_author": _author(files)})
    if "blocked" in data:
        blocked = {"blocked_type": 1, "hint_message": data["blocked"], "button": {"text": "去充电"}}
        modules.append({"module_type": "MODULE_TYPE_BLOCKED", "module_blocked": blocked})
    else:
        paragraphs = [_paragraph(data["text"])] if data["text"] else []
        if not data.get("album", True):
            paragraphs.append({"align": 0, "para_type": 2, "pic": {"pics": pictures, "style": 1}})
        modules.append({"module_type": "MODULE_TYPE_CONTENT", "module_content": {"paragraphs": paragraphs}})
    modules.append({"module_type": "MODULE_TYPE_STAT", "module_stat": _stat(files)})
    basic = {
        "comment_id_str": files.post.id,
        "comment_type": 11,
        "title": f"{data['title']} - 哔哩哔哩",
        "uid": data["author"]["mid"],
    }
    return {"basic": basic, "id_str": files.post.id, "modules": modules, "type": 1}


def dynamic_item(files: Files) -> dict[str, Any]:
    """Return ``item`` of x/polymer/web-dynamic/v1/detail."""
    data = files.post.data
    major: dict[str, Any]
    if "video" in data:
        archive = {
            "bvid": data["video"],
            "jump_url": f"//www.bilibili.com/video/{data['video']}/",
            "title": data["title"],
        }
        kind, major = "DYNAMIC_TYPE_AV", {"type": "MAJOR_TYPE_ARCHIVE", "archive": archive}
    else:
        opus = {
            "jump_url": f"//www.bilibili.com/opus/{files.post.id}",
            "pics": _pictures(files),
            "summary": {"text": data["text"], "rich_text_nodes": []},
            "title": data["title"],
        }
        kind = "DYNAMIC_TYPE_DRAW" if opus["pics"] else "DYNAMIC_TYPE_WORD"
        major = {"type": "MAJOR_TYPE_OPUS", "opus": opus}
    basic = {
        "comment_id_str": files.post.id,
        "comment_type": 11,
        "jump_url": f"//www.bilibili.com/opus/{files.post.id}",
    }
    module = {"additional": None, "desc": None, "major": major, "topic": None}
    modules = {"module_author": _author(files), "module_dynamic": module, "module_stat": _stat(files)}
    return {"basic": basic, "id_str": files.post.id, "modules": modules, "type": kind, "visible": True}


def _pictures(files: Files) -> list[dict[str, Any]]:
    return [_picture(files, n, name) for n, name in enumerate(files.post.data.get("images", ()))]


def _picture(files: Files, number: int, name: str) -> dict[str, Any]:
    live = files.post.data.get("live", {}).get(str(number))
    recipe, scheme = RECIPES[name], "http:" if number == 1 else "https:"
    size = round(len(name) * 91.5, 2)
    picture = {
        "url": scheme + files.image(f"image-{number}", name, "new_dyn"),
        "width": recipe.width,
        "height": recipe.height,
    }
    return {
        **picture,
        "size": size,
        "live_url": live and f"https:{files.image(f'live-{number}', live, 'new_dyn')}",
        "aigc": None,
    }


def _paragraph(text: str) -> dict[str, Any]:
    word = {"words": text, "font_size": 17, "style": {}, "color": ""}
    return {"align": 0, "para_type": 1, "text": {"nodes": [{"type": "TEXT_NODE_TYPE_WORD", "word": word}]}}


def _author(files: Files) -> dict[str, Any]:
    author = files.post.data["author"]
    link = f"//space.bilibili.com/{author['mid']}/dynamic"
    face = f"https:{files.image('face', 'avatar', 'face')}"
    return {
        **author,
        "face": face,
        "jump_url": link,
        "pub_time": "2025年08月06日 18:00",
        "pub_ts": files.post.created,
        "type": 1,
    }


def _stat(files: Files) -> dict[str, Any]:
    stat = counters(files.post)
    names = {"like": "like", "comment": "reply", "forward": "share", "favorite": "favorite", "coin": "coin"}
    return {name: {"count": stat[ours], "forbidden": False} for name, ours in names.items()}
