"""Douyin as the lab plays it: the answers of each host."""

import re

from tests.lab.douyin.cdn import HOME, Cdn
from tests.lab.douyin.cdn import HOSTS as CDN_HOSTS
from tests.lab.douyin.guests import Guests
from tests.lab.douyin.markup import share_page
from tests.lab.douyin.posts import Posts
from tests.lab.douyin.share import PLAY_HOST, build_state
from tests.lab.douyin.web import Web
from tests.lab.messages import Ask, Reply, page, redirect

_WWW, _SHARE = "www.douyin.com", "www.iesdouyin.com"
_SHORT_HOSTS = ("v.douyin.com", "jx.douyin.com")
_LEADING = {"douyin.com": _WWW, "iesdouyin.com": _SHARE, "m.douyin.com": _SHARE, "jingxuan.douyin.com": _SHARE}
_POST = re.compile(r"/(?:share|m)/(video|note|slides)/(\d{1,20})/?")
_USER = re.compile(r"/share/user/([\w\-]+)/?")


class Douyin:
    """Answers for every host of the platform."""

    hosts = (_WWW, _SHARE, *_LEADING, *_SHORT_HOSTS, PLAY_HOST, *CDN_HOSTS)

    def __init__(self, *, many: int = 0) -> None:
        self._cdn = Cdn()
        self._posts = Posts(self._cdn, many)
        self._web = Web(self._posts, self._cdn, Guests())

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.host in CDN_HOSTS:
            return self._cdn.answer(ask)
        if ask.host in _SHORT_HOSTS:
            return self._short(ask)
        if ask.host in _LEADING:
            return self._lead_on(ask)
        if ask.host == _SHARE:
            return self._share(ask)
        if ask.host == PLAY_HOST and not ask.path.startswith("/aweme/v1/play"):
            return page("", 404, "no such call")
        return self._web.answer(ask)

    def _short(self, ask: Ask) -> Reply:
        """Answer a short link; an unknown code leads to the home page, or to an error message."""
        if (target := self._posts.hops.get(ask.host + ask.path.rstrip("/"))) is not None:
            return redirect(target)
        return redirect(HOME) if ask.host == _SHORT_HOSTS[0] else page("", 404, "no such code")

    def _lead_on(self, ask: Ask) -> Reply:
        """Redirect the other names of the site to their targets."""
        if (found := _POST.fullmatch(ask.path)) is not None:
            return redirect(f"https://{_SHARE}/share/{found[1]}/{found[2]}/")
        if ask.host in ("douyin.com", "iesdouyin.com"):
            return redirect(f"https://{_LEADING[ask.host]}{ask.target}", 301)
        return redirect(HOME)

    def _share(self, ask: Ask) -> Reply:
        """Answer the page for phones; redirect a desktop to the site, unless the page holds the post."""
        if (person := _USER.fullmatch(ask.path)) is not None:
            return redirect(f"{HOME}user/{person[1]}")
        found = _POST.fullmatch(ask.path)
        if found is None:
            return page("", 404, "no such page")
        post = self._posts.find(found[2])
        if post is not None and post.data.get("share_state"):
            return page(share_page(build_state(self._posts.files(post, ask), ask.user_agent)))
        if "Mobile" in ask.user_agent:
            return page(share_page(None), note="a page without state")
        form = "video" if found[1] == "video" else "note"
        return redirect(f"{HOME}{form}/{found[2]}?previous_page=app_code_link")
