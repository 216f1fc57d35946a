"""Bilibili: requests, session rules, media servers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from scraper.errors import Cause, ErrorCode, PayloadError, SeedError
from scraper.model.post import Post, Role
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import CdnRule, add_headers
from scraper.platform.contract import Platform, Web
from scraper.platform.page_state import PageScripts
from scraper.platform.refusal import Refusal
from scraper.platform.responses import text_of
from scraper.platform.session_rules import SessionRules
from scraper.posts.answer import Answer, PostFragment
from scraper.posts.scripts import load_json
from spiders.bilibili import api
from spiders.bilibili.links import IDS, LINKS
from spiders.bilibili.payload.answer import parse_answer, parse_post
from spiders.bilibili.payload.merge import MISSING_PARTS, join
from spiders.bilibili.payload.outcome import LOGGED_OUT, NOTICES, find_outcome, find_refusal
from spiders.bilibili.payload.own_object import find_own
from spiders.bilibili.payload.page import INITIAL, KEPT, STATES, find_state, without_viewer
from spiders.bilibili.payload.subtitle import to_srt
from spiders.bilibili.video_parts import Parts, api_request, page_request

_HOME = "https://www.bilibili.com/"
_FILES = frozenset({Role.VIDEO, Role.AUDIO, Role.IMAGE})
_LEADS = 2
_LONGEST_REFUSAL = 1000
"""Longest answer with only a code and a message, in bytes."""
DETAILS_FAILED = "details_failed"
"""Warning, with an error code: title, author and counters of an episode are unknown."""


class Bilibili(Platform):
    """Posts come from the states of the site's own pages, fetched inside a browser page."""

    name = "bilibili"
    title = "Bilibili"
    links = LINKS
    ids = IDS
    domains = (
        "bilibili.com",
        "b23.tv",
        "bili2233.cn",
        "bili22.cn",
        "bili23.cn",
        "bili33.cn",
        "bilivideo.com",
        "bilivideo.cn",
        "hdslb.com",
        "biliimg.com",
        "akamaized.net",
        "bilibili.tv",
        "biliintl.com",
    )
    rented = ("akamaized.net",)
    kinds = frozenset({"video", "bangumi", "audio", "opus"})
    session = SessionRules(
        mint_url=_HOME,
        wants=("buvid3", "buvid4", "b_lsid", "_uuid"),
        cookie_domains=("bilibili.com",),
        cookies=(("CURRENT_FNVAL", "4048"),),
        state=PageScripts(marks=tuple(sorted(STATES)), unless=NOTICES, kept=((INITIAL, tuple(sorted(KEPT))),)),
        member_hosts=("api.bilibili.com", "www.bilibili.com"),
        blocks=("*.bilivideo.com", "*.bilivideo.cn", "*.akamaized.net"),
    )
    cdn = (
        CdnRule(slot="bilibili-video", hosts=("*.bilivideo.com", "*.bilivideo.cn", "*.akamaized.net"), referer=_HOME),
        CdnRule(slot="bilibili-images", hosts=("*.hdslb.com", "*.biliimg.com")),
    )
    canary = "https://www.bilibili.com/video/BV1Bt411J7C4"
    accounts = (
        CookieService(name="bilibili", path="bilibili/config.yaml", domains=("bilibili.com",), marker="SESSDATA"),
    )
    slots = {
        "www.bilibili.com": {"concurrency": 16, "delay": 0.25},
        "api.bilibili.com": {"concurrency": 8, "delay": 0.1},
        "bilibili-short": {"concurrency": 8, "delay": 0.1},
        "bilibili-mint": {"concurrency": 1, "delay": 0},
        "bilibili-video": {"concurrency": 8, "delay": 0},
        "bilibili-images": {"concurrency": 8, "delay": 0},
    }

    def __init__(self) -> None:
        self._parts = Parts()

    def post_request(self, ref: Ref) -> Request:
        """Request the page; a song has an API answer instead, and the page of a dynamic may be on another host."""
        if ref.kind == "audio":
            return api_request(api.song(ref.id.removeprefix("au")))
        return page_request(api.dynamic(ref.id) if ref.kind == "opus" else ref.url)

    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """Read the page, follow it to another one if necessary, and add the media of the parts."""
        if response.status in (404, 410):
            raise SeedError(ErrorCode.REMOVED, raw_code=str(response.status))
        post = await self._read(ref, response, web)
        if ref.kind == "video" and post.id.startswith("BV") and post.id != ref.id:
            raise PayloadError("bvid", f"expected {ref.id}, got {post.id}")
        post = await self._complete(ref, post, web)
        if not any(medium.role in _FILES for medium in post.media):
            raise SeedError(ErrorCode.NO_MEDIA, raw_message=f"{post.kind} without a file")
        add_headers(post, self.cdn, {})
        return post

    def refusal(self, response: Response) -> Refusal | None:
        """Return the refusal in a page of risk control."""
        if self.is_limited(response):
            return None
        if response.status == 412:
            return Refusal.of_status(412)
        outcome = _judge(response)
        if outcome is not None and outcome.code is ErrorCode.CHALLENGE:
            words = f"risk control ({outcome.raw_code or outcome.raw_message})"
            return Refusal(cause=Cause.SESSION, words=words, code=outcome.raw_code)
        return find_refusal(text_of(response)) if response.status == 200 else None

    def logged_out(self, response: Response) -> Refusal | None:
        """Return the refusal if the API's code says that the account is not logged in."""
        outcome = _judge(response)
        return LOGGED_OUT if outcome is not None and outcome.raw_code == LOGGED_OUT.code else None

    def is_limited(self, response: Response) -> bool:
        """Whether the API's code says that it received too many requests."""
        outcome = _judge(response)
        return outcome is not None and outcome.code is ErrorCode.RATE_LIMITED

    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape."""
        return parse_answer(text)

    def subtitle(self, text: str) -> str | None:
        """Return one of the site's own subtitles as SRT."""
        return to_srt(text)

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the site's own object of the video, episode, song or dynamic, unchanged."""
        return find_own(text)

    def raw(self, response: Response) -> tuple[str, str]:
        """Save only the states of the page, if there are any."""
        text = text_of(response)
        if not text.lstrip().startswith("<"):
            return without_viewer(text), ".json"
        state = find_state(text)
        return (text, ".html") if state is None else (state, ".json")

    async def _read(self, ref: Ref, response: Response, web: Web) -> Post:
        """Return the post of *response* or of the page to which it leads; the API may add missing values."""
        try:
            answer = parse_answer(text_of(response))
        except PayloadError:
            if ref.kind != "video":
                raise
            response = await web.fetch(api_request(api.view(ref.id)))
            answer = parse_answer(text_of(response))
        if ref.kind == "opus" and answer.leads_to is None and not (answer.posts and answer.posts[0].media):
            response = await web.fetch(page_request(ref.url))  # the page says whether the post is only for supporters
            answer = parse_answer(text_of(response))
        for _ in range(_LEADS):
            if answer.leads_to is None:
                break
            response = await web.fetch(page_request(answer.leads_to))
            answer = parse_answer(text_of(response))
        if not answer.posts:
            raise PayloadError("__INITIAL_STATE__", "expected a post, got a list")
        web.read_from(response)
        return answer.posts[0]

    async def _complete(self, ref: Ref, post: Post, web: Web) -> Post:
        """Return *post* with its media: of the requested part, else of all parts."""
        if post.id.startswith("BV"):
            return await self._complete_video(ref, post, web)
        if not post.id.startswith(("ep", "au")):
            return post
        number = post.id[2:]
        if not any(medium.role in _FILES for medium in post.media):
            request = api_request(api.song_play(number) if post.id.startswith("au") else api.episode_play(number))
            fragment = parse_answer(text_of(await web.fetch(request))).fragment
            post = post if fragment is None else join(post, fragment)
        is_bare = post.id.startswith("ep") and post.title is None
        return await _describe(post, number, web) if is_bare else post

    async def _complete_video(self, ref: Ref, post: Post, web: Web) -> Post:
        pages = [part["page"] for part in post.parts]
        if ref.part is not None and ref.part not in pages:
            raise SeedError(ErrorCode.REMOVED, raw_message=f"the link names part {ref.part}, the post has {len(pages)}")
        wanted = [page for page in pages if isinstance(page, int) and ref.part in (None, page)]
        post = await self._parts.complete(post, wanted, web)
        if ref.part is not None:
            post.media = [medium for medium in post.media if medium.part in (None, ref.part)]
            post.warnings = [word for word in post.warnings if not word.startswith(MISSING_PARTS)]
        return post


def _judge(response: Response) -> SeedError | None:
    """Return the outcome that a short answer of the API states."""
    text = text_of(response) if len(response.body) < _LONGEST_REFUSAL else ""
    try:
        return find_outcome(load_json(text)) if text.startswith("{") else None
    except PayloadError:
        return None


async def _describe(post: Post, number: str, web: Web) -> Post:
    """Return an episode with values from the answer about its season, or with a warning."""
    try:
        described = parse_post(text_of(await web.fetch(api_request(api.season(number)))), post.id)
    except (SeedError, PayloadError) as error:
        code = error.code if isinstance(error, SeedError) else ErrorCode.PARSE_ERROR
        return replace(post, warnings=[*post.warnings, f"{DETAILS_FAILED}:{code}"])
    return join(described, PostFragment(media=post.media, warnings=post.warnings, restrictions=post.restrictions))
