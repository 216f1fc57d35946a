"""TikTok: requests, session rules, media servers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.fetch.ask import Ask, Via, ask_of
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import POST_PAGE, CdnRule, add_headers
from scraper.platform.contract import Platform, Web
from scraper.platform.page_state import PageState
from scraper.platform.refusal import Refusal
from scraper.platform.session_rules import SessionRules
from scraper.posts.answer import Answer
from spiders.tiktok.links import IDS, LINKS
from spiders.tiktok.payload.answer import POST_SCOPES, SCOPE, SCRIPTS, find_own, parse_answer, parse_post
from spiders.tiktok.payload.as_app_item import complete
from spiders.tiktok.payload.kept_state import KEPT, find_state
from spiders.tiktok.payload.outcome import find_empty_state, find_refusal

_CHAIN = "tt_chain_token"


class TikTok(Platform):
    """Posts come from the page's own state, fetched inside a browser page: a plain client gets the firewall page."""

    name = "tiktok"
    title = "TikTok"
    links = LINKS
    ids = IDS
    domains = (
        "tiktok.com",
        "tiktokv.com",
        "tiktokcdn.com",
        "tiktokcdn-us.com",
        "tiktokcdn-eu.com",
        "ttwstatic.com",
        "tiktokv.eu",
        "muscdn.com",
        "ibyteimg.com",
        "byteoversea.com",
        "ibytedtos.com",
    )
    kinds = frozenset({"video", "photo"})
    session = SessionRules(
        mint_url="https://www.tiktok.com/",
        wants=("ttwid", "msToken", _CHAIN),
        cookie_domains=("tiktok.com",),
        state=PageState(script=SCRIPTS[0], scope=SCOPE, needed=POST_SCOPES, kept=KEPT),
        blocks=("*-webapp-prime*.tiktok.com", "*.tiktokcdn*.com"),
    )
    cdn = (
        CdnRule(slot="tiktok-video", hosts=("*-webapp-prime*.tiktok.com",), referer=POST_PAGE, cookies=(_CHAIN,)),
        CdnRule(slot="tiktok-cdn", hosts=("*.tiktokcdn*.com", "*.tiktokv.com"), referer="https://www.tiktok.com/"),
    )
    canary = "https://www.tiktok.com/@/video/6832324357851778309"
    accounts = (
        CookieService(name="tiktok_web", path="tiktok_web/config.yaml", domains=("tiktok.com",), marker="sessionid"),
        CookieService(name="tiktok_app", path="tiktok_app/config.yaml", domains=("tiktok.com",), marker="sessionid"),
    )
    has_aweme = True
    ambiguous = frozenset({(ErrorCode.REMOVED, "10204")})
    slots = {
        "www.tiktok.com": {"concurrency": 16, "delay": 0.25},
        "tiktok-short": {"concurrency": 8, "delay": 0.1},
        "tiktok-mint": {"concurrency": 1, "delay": 0},
        "tiktok-video": {"concurrency": 8, "delay": 0},
        "tiktok-cdn": {"concurrency": 8, "delay": 0},
    }

    def post_request(self, ref: Ref) -> Request:
        """Request a photo as ``/video/ID``, too: only that page has the detail object."""
        return Ask(via=Via.PAGE).request(ref.url.replace("/photo/", "/video/"), slot="www.tiktok.com")

    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """Read the post page; its media URLs belong to the cookie of this very answer."""
        if response.status in (404, 410):
            raise SeedError(ErrorCode.REMOVED, raw_code=str(response.status))
        if urlsplit(response.url).path.startswith("/login"):
            raise SeedError(ErrorCode.LOGIN_REQUIRED, raw_message="the post leads to the login page")
        post = parse_post(response.text, ref.id)
        add_headers(post, self.cdn, _jar(response))
        return post

    def refusal(self, response: Response) -> Refusal | None:
        """Return the refusal in a firewall page, a captcha answer or an empty body; a rate limit is not a refusal."""
        if response.status in (404, 410, 429) or response.status >= 500:
            return None
        if response.status in (401, 403):
            return Refusal.of_status(response.status)
        # A page with a state is a real answer, unless the state is empty.
        return find_empty_state(response.text) if SCRIPTS[0] in response.text else find_refusal(response.text)

    def logged_out(self, response: Response) -> Refusal | None:
        """Return the refusal in a redirect to the login page: guests get one for some posts, members for none."""
        leads_to_login = urlsplit(response.url).path.startswith("/login")
        return Refusal(cause=Cause.SESSION, words="login redirect") if leads_to_login else None

    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape."""
        return parse_answer(text)

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the site's own item, unchanged."""
        return find_own(text, post_id)

    def complete_aweme(self, item: dict[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
        """Add the values of the web item that the record does not have."""
        return complete(item, own)

    def raw(self, response: Response) -> tuple[str, str]:
        """Save only the state of the page, if there is one."""
        state = find_state(response.text)
        return (state, ".json") if state is not None else (response.text, ".html")


def _jar(response: Response) -> dict[str, str]:
    """Return the chain token that this answer set, else the session's."""
    for line in response.headers.getlist("Set-Cookie"):
        name, _, value = line.decode("latin-1").partition(";")[0].partition("=")
        if name.strip() == _CHAIN:
            return {_CHAIN: value.strip()}
    session = ask_of(response).session
    return {} if session is None else {k: v for k, v in session.cookies_for("www.tiktok.com", 0).items() if k == _CHAIN}
