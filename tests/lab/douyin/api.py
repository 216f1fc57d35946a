"""The web API: an answer for guests whose page signed the call, an empty body for all others."""

from typing import Any

from tests.lab.catalog import LabPost
from tests.lab.douyin.aweme import build_item
from tests.lab.douyin.guests import Guests
from tests.lab.douyin.markup import captcha_page
from tests.lab.douyin.posts import Posts
from tests.lab.douyin.script import DETAIL
from tests.lab.messages import Ask, Reply, json_reply, page

_WEB, _OPEN = "6383", "1128"
"""Values of ``aid``: the site; an app that gets no live photos."""
_GONE = {
    "filter_reason": "",
    "detail_msg": "因作品权限或已被删除，无法观看，去看看其他作品吧",
    "notice": "抱歉，作品不见了",
}
_LOGIN = {"status_code": 8, "status_msg": "用户未登录"}
_NO_IMAGES = {"filter_reason": "images_base", "detail_msg": "暂不支持查看", "notice": ""}


class Api:
    """Answers calls below ``/aweme/v1/web/``."""

    def __init__(self, posts: Posts, guests: Guests) -> None:
        self._posts = posts
        self._guests = guests

    def answer(self, ask: Ask) -> Reply:
        """Answer one call."""
        if ask.path.rstrip("/") != DETAIL.rstrip("/"):
            return page("", 404, "no such call")
        if ask.fault == "captcha":
            return page(captcha_page())
        query = ask.query
        reason = self._guests.refuse(ask) or ("" if query.get("aid") in (_WEB, _OPEN) else "aid")
        if reason or ask.fault == "firewall":
            return _empty(reason)
        post_id = query.get("aweme_id", "")
        post = self._posts.find(post_id)
        if post is None:
            return _filtered(post_id, _GONE)
        answer = post.data.get("answer")
        if ask.member == "dead":
            return json_reply(_LOGIN)
        if ask.member == "live" and answer == _LOGIN:
            answer = None
        if answer == "empty":
            return _empty("answers nobody")
        if answer == "captcha":
            return page(captcha_page(), note="captcha")
        if answer is not None:
            return json_reply(answer)
        return self._detail(ask, post, query["aid"])

    def _detail(self, ask: Ask, post: LabPost, aid: str) -> Reply:
        if aid == _OPEN and post.data.get("images_base"):
            return _filtered(post.id, _NO_IMAGES)
        files = self._posts.files(post, ask)
        item = build_item(files, stills=aid == _OPEN)
        return json_reply({"aweme_detail": item, "log_pb": {"impr_id": files.visit.log_id}, "status_code": 0})


def _filtered(post_id: str, why: dict[str, str]) -> Reply:
    """Return the answer for a post that is filtered."""
    body: dict[str, Any] = {"aweme_detail": None, "filter_detail": {"aweme_id": post_id, **why}, "status_code": 0}
    return json_reply(body, note=why["filter_reason"] or "gone")


def _empty(reason: str) -> Reply:
    return Reply(headers=[("Content-Type", "application/json; charset=utf-8")], note=reason)
