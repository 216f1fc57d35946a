"""m.bilibili.com: the mobile page for phones, a redirect to the desktop page for all others."""

import re

from tests.lab.bilibili import view
from tests.lab.bilibili.cdn import Cdn
from tests.lab.bilibili.files import Files
from tests.lab.bilibili.guests import Guests
from tests.lab.bilibili.markup import banned_page, plain_page, state_page
from tests.lab.bilibili.play import Wish, build_play
from tests.lab.bilibili.posts import Posts
from tests.lab.bilibili.visits import visit_of
from tests.lab.messages import Ask, Reply, page, redirect

_VIDEO = re.compile(r"/video/(BV1\w{9}|[aA][vV]\d+)/?")
_PHONES = ("iPhone", "Android")


class Mobile:
    """Answers for the mobile site."""

    def __init__(self, posts: Posts, cdn: Cdn, guests: Guests) -> None:
        self._posts = posts
        self._cdn = cdn
        self._guests = guests

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if not any(phone in ask.user_agent for phone in _PHONES):
            target = ask.target.replace("/dynamic/", "/opus/", 1)
            return redirect(f"https://www.bilibili.com{target}")
        found = _VIDEO.fullmatch(ask.path)
        post = self._posts.find_video(found[1]) if found else None
        if post is None or "parts" not in post.data:
            return page(plain_page("出错啦"), 404, "no such page")
        if reason := self._guests.refuse(ask):
            return page(banned_page(), 412, reason)
        files = Files(self._cdn, post, visit_of(ask, post))
        play = build_play(files, 1, Wish(html5=True))
        video = {
            "bvid": post.id,
            "viewInfo": view.build_view(files),
            "upInfo": {"card": view.build_uploader(files)},
            "playUrlInfo": [
                {"url": part["url"], "size": part["size"], "quality": play["quality"]} for part in play["durl"]
            ],
        }
        return page(state_page({"error": {}, "video": video}, None, title=post.data["title"]))
