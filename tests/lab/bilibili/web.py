"""www.bilibili.com: the pages, the 412 for clients that are not guests, and the audio service."""

import re
from typing import Any

from tests.lab.bilibili import bangumi, view
from tests.lab.bilibili.api import GONE, LOCKED, Api, refuse, voucher
from tests.lab.bilibili.audio import song_info, song_url
from tests.lab.bilibili.cdn import Cdn
from tests.lab.bilibili.dynamic import opus_detail
from tests.lab.bilibili.files import Files
from tests.lab.bilibili.guests import Guests
from tests.lab.bilibili.ids import to_aid
from tests.lab.bilibili.markup import banned_page, dump_state, plain_page, risk_page, state_page
from tests.lab.bilibili.play import Wish, build_play
from tests.lab.bilibili.posts import Posts, cid_of, number_of
from tests.lab.bilibili.visits import visit_of
from tests.lab.catalog import LabPost
from tests.lab.messages import Ask, Reply, json_reply, page, redirect

WWW = "https://www.bilibili.com"
_VIDEO = re.compile(r"/video/(BV1\w{9}|[aA][vV]\d+)/?")
_FESTIVAL = re.compile(r"/festival/(\w+)/?")
_BANGUMI = re.compile(r"/bangumi/play/(ep|ss)(\d+)/?")
_OPUS = re.compile(r"/opus/(\d+)/?")
_SONG = re.compile(r"/audio/au(\d+)/?")
_SERVICE = "/audio/music-service-c/web/"
_OPEN = re.compile(r"/|/index\.html|/v/.*|/read/.*|/audio/home/?")


class Web:
    """Answers for the site's pages."""

    def __init__(self, posts: Posts, cdn: Cdn, guests: Guests, api: Api) -> None:
        self._posts = posts
        self._cdn = cdn
        self._guests = guests
        self._api = api
        self._pages = (
            (_VIDEO, self._video),
            (_FESTIVAL, self._festival),
            (_BANGUMI, self._bangumi),
            (_OPUS, self._opus),
            (_SONG, self._song_page),
        )

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.path.startswith(_SERVICE):
            return self._service(ask)
        reply = self._page(ask)
        if reply.status != 412:
            reply.headers += self._guests.welcome(ask)
        return reply

    def _page(self, ask: Ask) -> Reply:
        """Answer with a page; only guests get the pages of posts."""
        for form, show in self._pages:
            if (found := form.fullmatch(ask.path)) is not None:
                reason = "firewall" if ask.fault == "firewall" else self._guests.refuse(ask)
                if reason:
                    return page(banned_page(), 412, reason)
                return page(risk_page(voucher(ask)), note="risk") if ask.fault == "risk" else show(ask, found)
        if _OPEN.fullmatch(ask.path):
            return page(plain_page("哔哩哔哩 (゜-゜)つロ 干杯~"))
        return page(plain_page("出错啦"), 404, "no such page")

    def _video(self, ask: Ask, found: re.Match[str]) -> Reply:
        post = self._posts.find_video(found[1])
        if post is None:
            return self._error(-404, GONE)
        if (answer := post.data.get("answer")) is not None:
            if answer["code"] == -352:
                return page(risk_page(voucher(ask)), note="risk")
            return self._error(answer["code"], answer["message"])
        if "festival" in post.data:
            return redirect(f"{WWW}/festival/{post.data['festival']}?bvid={post.id}")
        if "redirect" in post.data:
            if post.data.get("redirect_as") == "http":
                return redirect(post.data["redirect"])
            return page(plain_page(post.data["title"]), note="a page without state")
        files = Files(self._cdn, post, visit_of(ask, post))
        wanted = ask.query.get("p", "1")
        part = int(wanted) if wanted.isdigit() and 0 < int(wanted) <= len(files.parts) else 1
        return page(state_page(self._video_state(files, part), _playinfo(files, part, ask), title=post.data["title"]))

    def _video_state(self, files: Files, part: int) -> dict[str, Any]:
        """Return the state of a video page."""
        post, data = files.post, files.post.data
        aid, cids = to_aid(post.id), {str(n): cid_of(post, n) for n in range(1, len(files.parts) + 1)}
        numbers = {"aid": aid, "bvid": post.id, "cids": cids}
        high = {"title": "开通「包月充电」", "sub_title": "可看专属视频", "show_button": True}
        return {
            **_state_head({}),
            "aid": aid,
            "bvid": post.id,
            "cid": cid_of(post, part),
            "p": part,
            "cidMap": {str(aid): numbers, post.id: numbers},
            "premiereInfo": None,
            "videoData": view.build_view(files) | {"embedPlayer": {"p": part, "aid": aid, "cid": cid_of(post, part)}},
            "upData": view.build_uploader(files),
            "staffData": [],
            "elecFullInfo": {"show_info": {"show": True, "state": 3, "high_level": high if data.get("locked") else {}}},
            "tags": view.build_tags(files),
        }

    def _error(self, code: int, message: str) -> Reply:
        """Return the page of a video that cannot be shown."""
        error = {"code": 404, "trueCode": code, "message": message, "fromSpider": False, "traceId": "lab"}
        return page(state_page(_state_head(error), None, title="视频去哪了呢？"), note=f"code {code}")

    def _festival(self, ask: Ask, found: re.Match[str]) -> Reply:
        post = self._posts.find_video(ask.query.get("bvid", ""))
        if post is None or post.data.get("festival") != found[1]:
            return page(plain_page("出错啦"), 404, "no such page")
        files = Files(self._cdn, post, visit_of(ask, post))
        shown = view.build_view(files)
        author, stat = post.data["author"], shown["stat"]
        episode = {
            "aid": shown["aid"],
            "bvid": post.id,
            "cid": shown["cid"],
            "title": shown["title"],
            "cover": shown["pic"],
        }
        state = {
            **_state_head({}),
            "videoInfo": {
                **{name: shown[name] for name in ("aid", "bvid", "cid", "title", "desc", "pubdate", "pages")},
                "upName": author["name"],
                "upMid": author["mid"],
                "viewCount": stat["view"],
                "danmakuCount": stat["danmaku"],
            },
            "videoStatus": {
                "like": stat["like"],
                "coin": stat["coin"],
                "favorite": stat["favorite"],
                "share": stat["share"],
            },
            "sectionEpisodes": [episode],
            "activityKey": found[1],
        }
        return page(state_page(state, _playinfo(files, 1, ask), title=post.data["title"]))

    def _bangumi(self, ask: Ask, found: re.Match[str]) -> Reply:
        form, number = found.groups()
        season = self._posts.season(number) if form == "ss" else []
        post = season[0] if season else self._posts.find("bangumi", form + number) if form == "ep" else None
        if post is None:
            return page(plain_page("出错啦"), 404, "no such episode")
        files = Files(self._cdn, post, visit_of(ask, post))
        wish = Wish(fnval=4048, limit=post.data.get("guest", 32))
        head = f'<link rel="canonical" href="{WWW}/bangumi/play/{post.id}">'
        if post.data.get("ssr", True):
            answer = bangumi.episode_play(files, wish)
            text = dump_state({"code": answer["code"], "message": answer["message"], "data": answer})
            head += f"<script>const playurlSSRData = {text}\n</script>"
        words = {"member": "开通大会员观看"}.get(post.data.get("play", ""), "")
        state = {**_state_head({}), "epInfo": {"ep_id": number_of(post)}, "notice": words}
        return page(state_page(state, None, title=post.data["title"], head=head))

    def _opus(self, ask: Ask, found: re.Match[str]) -> Reply:
        post = self._posts.find("opus", found[1])
        if post is None:
            return page(plain_page("出错啦"), 404, "no such post")
        if "video" in post.data:
            return redirect(f"https://t.bilibili.com/{post.id}")
        files = Files(self._cdn, post, visit_of(ask, post))
        state = {**_state_head({}), "id": post.id, "detail": opus_detail(files), "isPC": True}
        return page(state_page(state, None, title=post.data["title"]))

    def _song_page(self, ask: Ask, found: re.Match[str]) -> Reply:
        post = self._posts.find("audio", f"au{found[1]}")
        return page(plain_page("出错啦" if post is None else post.data["title"]), 404 if post is None else 200)

    def _service(self, ask: Ask) -> Reply:
        """Answer the audio service."""
        builds = {"song/info": song_info, "url": song_url}
        build = builds.get(ask.path.removeprefix(_SERVICE))
        post: LabPost | None = self._posts.find("audio", f"au{ask.query.get('sid', '')}")
        if ask.fault.startswith("code-"):
            return refuse(-int(ask.fault.removeprefix("code-")), ask)
        if build is None:
            return page("", 404, "no such call")
        if post is None:
            return json_reply({"code": 72000000, "msg": "不存在的音频", "data": None}, note="no such song")
        return json_reply({"code": 0, "msg": "success", "data": build(Files(self._cdn, post, visit_of(ask, post)))})


def _state_head(error: dict[str, Any]) -> dict[str, Any]:
    """Return the first keys of every state."""
    return {
        "spmidPrefix": "333.788",
        "inWechat": False,
        "isClient": False,
        "isPrVideo": False,
        "isModern": True,
        "error": error,
    }


def _playinfo(files: Files, part: int, ask: Ask) -> dict[str, Any]:
    """Return ``__playinfo__`` of a page."""
    if files.post.data.get("locked"):
        return LOCKED
    play = build_play(files, part, Wish.of_page(ask, files.post.data))
    return {"code": 0, "message": "0", "ttl": 1, "data": play, "session": f"{cid_of(files.post, part):032x}"}
