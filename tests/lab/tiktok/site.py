"""TikTok as the lab plays it: its web hosts, its short links and its post pages."""

import re
from typing import Any
from urllib.parse import quote

from tests.lab.catalog import LabPost, load_posts, many_index, many_post
from tests.lab.faults import lifetime
from tests.lab.messages import Ask, Reply, page, redirect
from tests.lab.tiktok.cdn import HOSTS as CDN_HOSTS
from tests.lab.tiktok.cdn import Cdn, Visit
from tests.lab.tiktok.guests import Guests
from tests.lab.tiktok.item import ItemBuilder
from tests.lab.tiktok.pages import firewall_page, is_mobile, seo_scope, state_page
from tests.lab.tiktok.video import Files

_SHORT_HOSTS = ("vm.tiktok.com", "vt.tiktok.com")
_POST = re.compile(r"/@[^/]*/(video|photo)/(\d{1,20})/?")
_BARE = re.compile(
    r"/(?:v|video|embed|embed/v2|player/v1|share/video|share/photo|i18n/share/video)/(\d{1,20})(?:\.html)?/?"
)
_PAGES = re.compile(r"/|/foryou/?|/explore/?|/login/?|/@[^/]*/?|/en/?")


class TikTok:
    """Answers for every host of the platform."""

    hosts = ("www.tiktok.com", "tiktok.com", "m.tiktok.com", *_SHORT_HOSTS, "www.tiktokv.com", *CDN_HOSTS)

    def __init__(self, *, chain_token: str = "page", many: int = 0) -> None:
        self._cdn = Cdn()
        self._guests = Guests(chain_token)
        self._many = many
        posts = [post for post in load_posts() if post.platform == "tiktok"]
        self._posts = {post.id: post for post in posts if post.id}
        self._hops = dict(hop for post in posts for hop in post.hops)

    def answer(self, ask: Ask) -> Reply:
        """Answer one request."""
        if ask.host in CDN_HOSTS:
            return self._cdn.answer(ask)
        if (target := self._hops.get(ask.host + ask.path)) is not None:
            return redirect(target, 301 if ask.host == "www.tiktok.com" else 302)
        if ask.host in _SHORT_HOSTS or ask.path.startswith("/t/"):
            return redirect("https://www.tiktok.com/?_r=1")
        if ask.host == "tiktok.com":
            return redirect(f"https://www.tiktok.com{ask.target}", 301)
        if (bare := _BARE.fullmatch(ask.path)) is not None:
            return self._lead_on(bare[1])
        return self._web(ask)

    def _web(self, ask: Ask) -> Reply:
        """Answer the addresses that www.tiktok.com and m.tiktok.com serve themselves."""
        if (found := _POST.fullmatch(ask.path)) is not None:
            return self._post(ask, found[1], found[2])
        if not _PAGES.fullmatch(ask.path):
            return page("", 404, "no such page")
        welcome = self._guests.welcome(ask)
        scopes: dict[str, Any] = {"seo.abtest": seo_scope(f"https://www.tiktok.com{ask.path}")}
        if ask.path.startswith("/@"):
            scopes["webapp.user-detail"] = {"statusCode": 10221, "statusMsg": "user doesn't exist", "userInfo": {}}
        reply = page(state_page(scopes, ask, welcome.nonce))
        reply.headers += welcome.cookies
        return reply

    def _post(self, ask: Ask, form: str, post_id: str) -> Reply:
        """Answer the page of a post: the firewall first, then the post or its error."""
        if ask.fault == "firewall" or not self._guests.is_guest(ask):
            welcome = self._guests.welcome(ask)
            reply = page(firewall_page(welcome.nonce), note="firewall")
            reply.headers += welcome.cookies
            return reply
        post = self._find(post_id)
        is_closed = post is not None and post.data.get("answer") == "login" and ask.member != "live"
        if is_closed or ask.member == "dead":
            return redirect(f"/login?redirect_url={quote(ask.url, safe='')}&lang=en")
        welcome = self._guests.welcome(ask, post=True)
        if ask.fault == "key-empty":
            return page(state_page({"seo.abtest": seo_scope(ask.url), "webapp.video-detail": {}}, ask, welcome.nonce))
        visit = Visit(
            chain_token=welcome.chain_token,
            user_agent=ask.user_agent,
            now=ask.now,
            lifetime=lifetime(ask.fault),
        )
        scopes, extra = self._scopes(ask, form, post_id, post, visit)
        reply = page(state_page(scopes, ask, welcome.nonce, extra=extra))
        reply.headers += welcome.cookies
        return reply

    def _scopes(
        self, ask: Ask, form: str, post_id: str, post: LabPost | None, visit: Visit
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the scopes of a post page, and the scripts beside its state."""
        mobile = is_mobile(ask)
        canonical = f"https://www.tiktok.com/@/{form}/{post_id}" if post is None else _canonical(post, mobile)
        scopes: dict[str, Any] = {"seo.abtest": seo_scope(canonical)}
        if post is not None and post.data.get("answer") == "no-item":
            return scopes, {}
        is_photo = post is not None and "images" in post.data
        if mobile:
            detail = self._detail(post, visit, mobile=True)
            if is_photo:
                return scopes, {"api-data": {"videoDetail": detail, "commentList": {"comments": [], "total": 0}}}
            scopes["webapp.reflow.video.detail"] = detail
        elif form == "video":  # the desktop page of a photo contains only the name of its post
            scopes["webapp.video-detail"] = self._detail(post, visit, mobile=False)
        return scopes, {}

    def _detail(self, post: LabPost | None, visit: Visit, *, mobile: bool) -> dict[str, Any]:
        """Return the scope that holds the item, or the reason why there is no item."""
        message = "statusMessage" if mobile else "statusMsg"
        if post is None:
            return {"statusCode": 10204, message: "item doesn't exist"}
        if (answer := post.data.get("answer")) not in (None, "login"):
            return {"statusCode": answer["statusCode"], message: answer["statusMsg"]}
        builder = ItemBuilder(Files(self._cdn, post, visit))
        item = builder.reflow() if mobile else builder.desktop()
        share = {"title": f"{post.data['author']['nickname']} on TikTok", "desc": post.data["text"]}
        return {"itemInfo": {"itemStruct": item}, "shareMeta": share, "statusCode": 0, message: ""}

    def _lead_on(self, post_id: str) -> Reply:
        """Redirect an address without a user to the post's page."""
        post = self._find(post_id)
        target = f"https://www.tiktok.com/@/video/{post_id}" if post is None else _canonical(post, mobile=False)
        return redirect(f"{target}?_r=1", 301)

    def _find(self, post_id: str) -> LabPost | None:
        index = many_index(post_id)
        if index is not None and index < self._many:
            return many_post(index)
        return self._posts.get(post_id)


def _canonical(post: LabPost, mobile: bool) -> str:
    """Return the post's own URL; a mobile page omits the name."""
    form = "photo" if "images" in post.data else "video"
    handle = "" if mobile else post.data.get("author", {}).get("uniqueId", "")
    return f"https://www.tiktok.com/@{handle}/{form}/{post.id}"
