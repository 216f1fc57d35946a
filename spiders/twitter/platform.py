"""Twitter/X: requests, guest token, media servers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.fetch.ask import Ask
from scraper.model.post import Kind, Post
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import CdnRule, add_headers
from scraper.platform.contract import Platform, Web
from scraper.platform.refusal import Refusal
from scraper.platform.responses import text_of
from scraper.platform.session_rules import TokenRules
from scraper.posts.answer import Answer
from spiders.twitter.graphql import ACTIVATE, BEARER, missing_features, post_url
from spiders.twitter.links import LINKS, ONION
from spiders.twitter.payload.answer import find_own, parse_answer, parse_post
from spiders.twitter.syndication_token import syndication_token

_EMBED = "https://cdn.syndication.twimg.com/tweet-result"
_UNDECIDED = frozenset({ErrorCode.CHALLENGE, ErrorCode.RATE_LIMITED, ErrorCode.TIMEOUT, ErrorCode.PARSE_ERROR})
"""Outcomes that say nothing about the post."""
_MOST_LEARNED = 50
"""Most features that answers have demanded: they become part of a URL, whose length is limited."""


class Twitter(Platform):
    """Posts come from the embed's open answer; a guest token is requested only if that answer is not enough."""

    name = "twitter"
    title = "Twitter/X"
    links = LINKS
    domains = ("twitter.com", "x.com", "t.co", "twimg.com", ONION)
    kinds = frozenset({"post"})
    session = TokenRules(
        url=ACTIVATE,
        headers={"Authorization": f"Bearer {BEARER}"},
        field="guest_token",
        header="x-guest-token",
        max_age=3600,
        member_headers=(("x-twitter-auth-type", "OAuth2Session"), ("x-twitter-active-user", "yes")),
        member_echo=("x-csrf-token", "ct0"),
    )
    cdn = (
        CdnRule(  # refuses a foreign Referer
            slot="twitter-video", hosts=("video.twimg.com",), refusal="not shown in this country, or taken down"
        ),
        CdnRule(slot="twitter-images", hosts=("pbs.twimg.com",)),
    )
    canary = "https://x.com/starwars/status/665052190608723968"
    accounts = (
        CookieService(
            name="twitter",
            path="twitter/config.yaml",
            domains=("x.com", "twitter.com"),
            marker="auth_token",
            needs=("ct0",),
        ),
    )
    slots = {
        "cdn.syndication.twimg.com": {"concurrency": 16, "delay": 0.1},
        "api.x.com": {"concurrency": 4, "delay": 0.5},
        "twitter-short": {"concurrency": 8, "delay": 0.1},
        "twitter-mint": {"concurrency": 1, "delay": 0},
        "twitter-playlist": {"concurrency": 8, "delay": 0},
        "twitter-video": {"concurrency": 8, "delay": 0},
        "twitter-images": {"concurrency": 8, "delay": 0},
    }

    def __init__(self) -> None:
        self._learned: tuple[str, ...] = ()

    def post_request(self, ref: Ref) -> Request:
        """Request the answer that an embedded post requests."""
        url = f"{_EMBED}?id={ref.id}&lang=en&token={syndication_token(ref.id)}"
        return Ask().request(url, slot="cdn.syndication.twimg.com")

    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """Read the embed's answer; request GraphQL's if that has no post or may be incomplete."""
        try:
            post = _read(response, ref)
        except (SeedError, PayloadError) as error:
            post = await self._ask_instead(ref, response, web, error)
        else:
            if _misses_media(post) or web.setting("TWITTER_COUNTERS"):
                post = await self._ask_again(ref, response, web, post)
        if ref.part is not None:
            _keep_part(post, ref.part)
        if not post.media:
            raise SeedError(ErrorCode.NO_MEDIA, raw_message="a post of text alone")
        add_headers(post, self.cdn, {})
        return post

    def refusal(self, response: Response) -> Refusal | None:
        """Return the refusal of a guest token or of an account's cookies."""
        if response.status not in (401, 403):
            return None
        return replace(Refusal.of_status(response.status), words=f"not let in, status {response.status}")

    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape."""
        return parse_answer(text)

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the site's own item, unchanged."""
        return find_own(text, post_id)

    def raw(self, response: Response) -> tuple[str, str]:
        """Save the answer from which the post was read."""
        return text_of(response), ".json"

    async def _ask_instead(self, ref: Ref, response: Response, web: Web, first: SeedError | PayloadError) -> Post:
        """Return the post from GraphQL; raise its error, or *first* if its error says nothing about the post."""
        try:
            return await self._ask(ref, response, web)
        except SeedError as error:
            is_first = error.code in _UNDECIDED and isinstance(first, SeedError) and first.code not in _UNDECIDED
            raise (first if is_first else error) from error
        except PayloadError as error:
            raise first from error

    async def _ask_again(self, ref: Ref, response: Response, web: Web, post: Post) -> Post:
        """Return the fuller post, or *post* with a warning; raise if it is unknown whether the post has media."""
        try:
            return await self._ask(ref, response, web)
        except (SeedError, PayloadError) as error:
            if not post.media:
                raise
            web.read_from(response)
            code = error.code if isinstance(error, SeedError) else ErrorCode.PARSE_ERROR
            post.warnings.append(f"counters_incomplete:{code}")
            return post

    async def _ask(self, ref: Ref, response: Response, web: Web) -> Post:
        answer = await web.fetch(_query(ref, self._learned))
        missing = missing_features(text_of(answer)) if answer.status == 400 else ()
        if missing:
            self._learned = tuple(dict.fromkeys([*missing, *self._learned]))[:_MOST_LEARNED]
            answer = await web.fetch(_query(ref, self._learned))
        web.read_from(answer)
        return _read(answer, ref)


def _query(ref: Ref, learned: tuple[str, ...]) -> Request:
    return Ask(is_guest=True).request(post_url(ref.id, learned), slot="api.x.com")


def _read(response: Response, ref: Ref) -> Post:
    text = text_of(response)
    if not text.strip():
        code = ErrorCode.REMOVED if response.status in (404, 410) else ErrorCode.CHALLENGE
        raise SeedError(code, raw_code=str(response.status), raw_message="an empty answer")
    return parse_post(text, ref.id)


def _misses_media(post: Post) -> bool:
    """Whether the embed's answer may lack media: it silently omits those of reposts and cards."""
    return post.kind is Kind.TEXT or not all(medium.variants for medium in post.media)


def _keep_part(post: Post, part: int) -> None:
    """Keep only the medium that the link names; raise SeedError if the post has fewer."""
    own = [medium for medium in post.media if medium.owner_id != post.quoted_id]
    named = [medium for medium in own if medium.index == part]
    if not named:
        raise SeedError(ErrorCode.NO_MEDIA, raw_message=f"the link names medium {part}, the post has {len(own)}")
    post.media = named
