"""api.bilibili.com: the answer to each call, and the codes of its refusals."""

from collections.abc import Callable
from typing import Any

from tests.lab.bilibili import bangumi, view
from tests.lab.bilibili.cdn import Cdn
from tests.lab.bilibili.dynamic import dynamic_item
from tests.lab.bilibili.files import Files
from tests.lab.bilibili.guests import Guests
from tests.lab.bilibili.play import Wish, build_play
from tests.lab.bilibili.posts import Posts, cid_of
from tests.lab.bilibili.visits import visit_of
from tests.lab.bilibili.wbi import Wbi
from tests.lab.catalog import LabPost
from tests.lab.messages import Ask, Reply, json_reply, page

GONE = "啥都木有"
_WORDS = {-400: "请求错误", -403: "访问权限不足", -404: GONE, -412: "请求被拦截", -799: "请求过于频繁，请稍后再试"}
LOCKED = {"code": 87008, "message": "专属视频，需开通包月充电观看", "ttl": 1}


class Api:
    """Answers the API's calls."""

    def __init__(self, posts: Posts, cdn: Cdn, guests: Guests) -> None:
        self.wbi = Wbi()
        self._posts = posts
        self._cdn = cdn
        self._guests = guests
        self._calls: dict[str, Callable[[Ask], Reply]] = {
            "/x/web-interface/nav": self._nav,
            "/x/frontend/finger/spi": lambda ask: _ok(self._guests.spi(ask)),
            "/x/web-interface/view": self._of_video(view.build_view),
            "/x/web-interface/view/detail": self._of_video(view.build_detail),
            "/x/web-interface/wbi/view/detail": self._signed(self._of_video(view.build_detail)),
            "/x/player/pagelist": self._of_video(view.build_pages),
            "/x/player/v2": self._player,
            "/x/player/wbi/v2": self._player,
            "/x/player/playurl": self._play,
            "/x/player/wbi/playurl": self._signed(self._play),
            "/x/stein/edgeinfo_v2": self._branch,
            "/pgc/view/web/season": self._season,
            "/pgc/web/season/section": self._section,
            "/pgc/player/web/playurl": self._episode_play,
            "/pgc/player/web/v2/playurl": self._episode_play,
            "/x/polymer/web-dynamic/v1/detail": self._dynamic,
        }

    def answer(self, ask: Ask) -> Reply:
        """Answer one call; scripts of the site's own pages may read it."""
        reply = self._route(ask)
        origin = ask.headers.get("Origin", "")
        if origin.endswith(".bilibili.com"):
            reply.headers += [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
        return reply

    def _route(self, ask: Ask) -> Reply:
        if ask.fault.startswith("code-"):
            return refuse(-int(ask.fault.removeprefix("code-")), ask)
        if ask.fault == "risk":
            return _voucher(ask, "risk")
        if ask.member == "dead" and not ask.path.startswith("/x/frontend/"):
            return refuse(-101, ask)
        call = self._calls.get(ask.path)
        return page("", 404, "no such call") if call is None else call(ask)

    def _nav(self, ask: Ask) -> Reply:
        data = {"isLogin": False, "wbi_img": self.wbi.image(ask.now)}
        return json_reply({"code": -101, "message": "账号未登录", "ttl": 1, "data": data})

    def _signed(self, call: Callable[[Ask], Reply]) -> Callable[[Ask], Reply]:
        """Return *call* with a check of its signature."""

        def answer(ask: Ask) -> Reply:
            reason = self.wbi.refuse(ask)
            if reason == "unsigned":
                return _voucher(ask, reason)
            return refuse(-403, ask, reason) if reason else call(ask)

        return answer

    def _of_video(self, build: Callable[[Files], Any]) -> Callable[[Ask], Reply]:
        """Return the call that answers with the result of *build* for the requested video."""

        def answer(ask: Ask) -> Reply:
            post = self._find_video(ask)
            return _unavailable(post, ask) or _ok(build(self._files(post, ask)))

        return answer

    def _player(self, ask: Ask) -> Reply:
        post = self._find_video(ask)
        if (refused := _unavailable(post, ask)) is not None:
            return refused
        files = self._files(post, ask)
        return _ok(view.build_player(files, _part_of(files, ask)))

    def _play(self, ask: Ask) -> Reply:
        post = self._find_video(ask)
        if (refused := _unavailable(post, ask)) is not None:
            return refused
        files = self._files(post, ask)
        if files.post.data.get("locked"):
            return json_reply(LOCKED, note="locked")
        return _ok(build_play(files, _part_of(files, ask), Wish.of_call(ask, files.post.data)))

    def _branch(self, ask: Ask) -> Reply:
        post = self._find_video(ask)
        if (refused := _unavailable(post, ask)) is not None:
            return refused
        edge = ask.query.get("edge_id") or "1"
        return _ok(view.build_branch(self._files(post, ask), int(edge)))

    def _season(self, ask: Ask) -> Reply:
        episodes = self._episodes(ask)
        return (
            json_reply({"code": 0, "message": "success", "result": bangumi.season(episodes)})
            if episodes
            else _no_season(ask)
        )

    def _section(self, ask: Ask) -> Reply:
        episodes = self._episodes(ask)
        return (
            json_reply({"code": 0, "message": "success", "result": bangumi.section(episodes)})
            if episodes
            else _no_season(ask)
        )

    def _episode_play(self, ask: Ask) -> Reply:
        post = self._posts.find("bangumi", f"ep{ask.query.get('ep_id', '')}")
        if post is None:
            return refuse(-404, ask)
        return json_reply(bangumi.episode_play(self._files(post, ask), Wish.of_call(ask, post.data)))

    def _dynamic(self, ask: Ask) -> Reply:
        post = self._posts.find("opus", ask.query.get("id", ""))
        if post is None or "answer" in post.data:
            return json_reply({"code": 4101128, "message": "动态不见了", "ttl": 1}, note="no such post")
        return _ok({"item": dynamic_item(self._files(post, ask))})

    def _episodes(self, ask: Ask) -> list[Files]:
        post = self._posts.find("bangumi", f"ep{ask.query.get('ep_id', '')}")
        season_id = ask.query.get("season_id", "") if post is None else str(post.data["season"]["id"])
        return [self._files(each, ask) for each in self._posts.season(season_id)]

    def _find_video(self, ask: Ask) -> LabPost | None:
        query = ask.query
        return self._posts.find_video(query.get("bvid") or query.get("aid") or query.get("avid") or "")

    def _files(self, post: LabPost | None, ask: Ask) -> Files:
        assert post is not None
        return Files(self._cdn, post, visit_of(ask, post))


def refuse(code: int, ask: Ask, note: str = "") -> Reply:
    """Return the API's answer with an error code instead of data."""
    if code == -352:
        return _voucher(ask, note or "risk", code)
    return json_reply({"code": code, "message": _WORDS.get(code, str(code)), "ttl": 1}, note=note or f"code {code}")


def voucher(ask: Ask) -> str:
    """Return the voucher that risk control gives instead of an answer."""
    return f"voucher_{int(ask.now):x}-0000-4000-8000-{len(ask.target):012x}"


def _voucher(ask: Ask, note: str, code: int = 0) -> Reply:
    return json_reply({"code": code, "message": str(code), "ttl": 1, "data": {"v_voucher": voucher(ask)}}, note=note)


def _unavailable(post: LabPost | None, ask: Ask) -> Reply | None:
    """Return the refusal for a missing video, or None."""
    if not any(ask.query.get(name) for name in ("bvid", "aid", "avid")):
        return refuse(-400, ask)
    if post is None:
        return refuse(-404, ask, "no such video")
    if (answer := post.data.get("answer")) is None:
        return None
    if answer["code"] == -352:
        return refuse(-352, ask)
    return json_reply({**answer, "ttl": 1}, note=f"code {answer['code']}")


def _no_season(ask: Ask) -> Reply:
    return refuse(-404, ask, "no such season")


def _part_of(files: Files, ask: Ask) -> int:
    """Return the part that the call's cid names; without a cid the first."""
    cid = ask.query.get("cid", "")
    return next((n for n in range(1, len(files.parts) + 1) if str(cid_of(files.post, n)) == cid), 1)


def _ok(data: Any) -> Reply:
    return json_reply({"code": 0, "message": "0", "ttl": 1, "data": data})
