"""Bilibili as the lab plays it: the answers of each host."""

import re

from tests.lab.bilibili.api import Api
from tests.lab.bilibili.cdn import DEAD, Cdn
from tests.lab.bilibili.cdn import HOSTS as CDN_HOSTS
from tests.lab.bilibili.danmaku import danmaku
from tests.lab.bilibili.guests import Guests
from tests.lab.bilibili.markup import plain_page
from tests.lab.bilibili.mobile import Mobile
from tests.lab.bilibili.posts import Posts
from tests.lab.bilibili.web import WWW, Web
from tests.lab.messages import Ask, Reply, page, redirect

_SHORT_HOSTS = ("b23.tv", "bili2233.cn", "bili22.cn", "bili23.cn", "bili33.cn")
_NUMBER = re.compile(r"/((?:BV1\w{9})|(?:av\d+))/?")
_EPISODE = re.compile(r"/((?:ep|ss)\d+)/?")
_APPS = ("space.bilibili.com", "t.bilibili.com")
_STATIC_HOST = "s1.hdslb.com"
_DANMAKU_HOST = "comment.bilibili.com"


class Bilibili:
    """Answers for every host of the platform."""

    hosts = (
        "www.bilibili.com", "bilibili.com", "m.bilibili.com", "api.bilibili.com", *_APPS, *_SHORT_HOSTS, *CDN_HOSTS,
        _STATIC_HOST, _DANMAKU_HOST,
    )  # fmt: skip
    dead = DEAD

    def __init__(self, *, many: int = 0) -> None:
        posts = Posts(many)
        guests = Guests()
        self._cdn = Cdn()
        self._api = Api(posts, self._cdn, guests)
        self._web = Web(posts, self._cdn, guests, self._api)
        self._mobile = Mobile(posts, self._cdn, guests)
        self._hops = dict(hop for post in posts.all for hop in post.hops)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.host in CDN_HOSTS:
            return self._cdn.answer(ask)
        if ask.host == "api.bilibili.com":
            return self._api.answer(ask)
        if ask.host in _SHORT_HOSTS:
            return self._short(ask)
        if ask.host == "bilibili.com":
            return redirect(f"{WWW}{ask.target}", 301)
        if ask.host == "m.bilibili.com":
            return self._mobile.answer(ask)
        if ask.host in _APPS:
            return page(plain_page("哔哩哔哩"))
        if ask.host == _STATIC_HOST:
            return Reply(headers=[("Content-Type", "application/javascript"), ("Access-Control-Allow-Origin", "*")])
        return danmaku(ask) if ask.host == _DANMAKU_HOST else self._web.answer(ask)

    def _short(self, ask: Ask) -> Reply:
        """Answer a short link; a link with a number in it needs no code."""
        if (target := self._hops.get(ask.host + ask.path)) is not None:
            return redirect(target)
        if (found := _NUMBER.fullmatch(ask.path)) is not None:
            return redirect(f"{WWW}/video/{found[1]}")
        if (found := _EPISODE.fullmatch(ask.path)) is not None:
            return redirect(f"{WWW}/bangumi/play/{found[1]}")
        return page(plain_page("出错啦"), 404, "no such code")
