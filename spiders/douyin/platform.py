"""Douyin: requests, session rules, media servers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from scraper.errors import PayloadError
from scraper.fetch.ask import Ask, Capture, Via
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import CdnRule, add_headers
from scraper.platform.contract import Platform, Web
from scraper.platform.refusal import Refusal
from scraper.platform.responses import text_of
from scraper.platform.session_rules import SessionRules
from scraper.posts.answer import Answer
from scraper.posts.scripts import load_json
from spiders.douyin.links import LINKS
from spiders.douyin.payload.answer import find_own, parse_answer, parse_post
from spiders.douyin.payload.outcome import A_PAGE, LOGGED_OUT, find_refusal, is_logged_out

_HOME = "https://www.douyin.com/"
_DETAIL = "https://www.douyin.com/aweme/v1/web/aweme/detail/"
_WEB_APP = {"device_platform": "webapp", "aid": "6383", "channel": "channel_pc_web"}
"""Parameters of the site's own page; with another aid notes lose the clips of their pictures (docs/platforms.md)."""
_LONGEST_REFUSAL = 4000
"""Longest answer without a post, in bytes."""
_SHARED = "https://www.iesdouyin.com/share/video/"


class Douyin(Platform):
    """Posts come from the site's own API, requested from inside its page, whose scripts sign the requests."""

    name = "douyin"
    title = "Douyin"
    links = LINKS
    domains = (
        "douyin.com",
        "iesdouyin.com",
        "douyinvod.com",
        "douyinpic.com",
        "amemv.com",
        "douyincdn.com",
        "douyinstatic.com",
        "zjcdn.com",
        "snssdk.com",
        "byteimg.com",
        "pstatp.com",
    )
    rented = ("snssdk.com", "byteimg.com", "pstatp.com")
    kinds = frozenset({"video", "photo"})
    session = SessionRules(
        mint_url=_HOME,
        wants=("ttwid", "s_v_web_id", "msToken"),
        cookie_domains=("douyin.com",),
        blocks=("*.douyinvod.com", "*.douyinpic.com"),
    )
    cdn = (
        CdnRule(
            slot="douyin-video",
            hosts=("*.douyinvod.com", "*.zjcdn.com", "www.douyin.com", "*.snssdk.com", "*.amemv.com"),
            referer=_HOME,
        ),
        CdnRule(
            slot="douyin-cdn",
            hosts=("*.douyinpic.com", "*.douyinstatic.com", "*.byteimg.com", "*.pstatp.com"),
            referer=_HOME,
        ),
    )
    canary = "https://www.douyin.com/video/7591145475174424575"
    accounts = (
        CookieService(name="douyin", path="douyin_web/config.yaml", domains=("douyin.com",), marker="sessionid"),
    )
    has_aweme = True
    slots = {
        "www.douyin.com": {"concurrency": 8, "delay": 0.25},
        "www.iesdouyin.com": {"concurrency": 4, "delay": 0.25},
        "douyin-short": {"concurrency": 8, "delay": 0.1},
        "douyin-mint": {"concurrency": 1, "delay": 0},
        "douyin-video": {"concurrency": 8, "delay": 0},
        "douyin-cdn": {"concurrency": 8, "delay": 0},
    }

    def post_request(self, ref: Ref) -> Request:
        """Request the API inside the page; the fallback captures the answer that the post's own page requests."""
        url = f"{_DETAIL}?{urlencode({**_WEB_APP, 'aweme_id': ref.id})}"
        return Ask(via=Via.PAGE, capture=Capture(ref.url, "aweme_id")).request(url, slot="www.douyin.com")

    def last_request(self, ref: Ref) -> Request | None:
        """Request the share page, which contained the post until August 2026."""
        return Ask().request(f"{_SHARED}{ref.id}/", slot="www.iesdouyin.com")

    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """Read the answer about one post."""
        if response.status != 200:
            raise PayloadError("status", f"expected 200, got {response.status}")
        post = parse_post(text_of(response), ref.id)
        add_headers(post, self.cdn, {})
        return post

    def refusal(self, response: Response) -> Refusal | None:
        """Return the refusal in an empty body, a captcha, or any other page instead of the API's JSON."""
        if response.status in (401, 403):
            return Refusal.of_status(response.status)
        text = text_of(response) if response.status == 200 else "{}"
        return find_refusal(text) or (A_PAGE if text.lstrip().startswith("<") else None)

    def logged_out(self, response: Response) -> Refusal | None:
        """Return the refusal in an answer that demands a login."""
        return LOGGED_OUT if is_logged_out(_read(response)) else None

    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape."""
        return parse_answer(text)

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the site's own item, unchanged."""
        return find_own(text, post_id)

    def raw(self, response: Response) -> tuple[str, str]:
        """Save the answer unchanged."""
        text = text_of(response)
        return text, ".html" if text.lstrip().startswith("<") else ".json"


def _read(response: Response) -> object:
    """Return a short JSON answer, None for any other: one with a post is long."""
    if response.status != 200 or len(response.body) > _LONGEST_REFUSAL:
        return None
    try:
        return load_json(text_of(response))
    except PayloadError:
        return None
