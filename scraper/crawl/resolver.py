"""The resolver of links: used by the callbacks of a crawl step by step, and by other code for one whole post."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.utils.response import get_meta_refresh

from scraper.crawl.web import ResolverWeb
from scraper.errors import ErrorCode, PayloadError, SeedError, to_bug
from scraper.fetch.ask import Ask, RequestError, ask_of
from scraper.fetch.exchange import Exchange
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe, find_cause
from scraper.links.recogniser import Recogniser
from scraper.links.shortlinks import next_hop
from scraper.model.post import Post, Provenance
from scraper.model.ref import Ref
from scraper.platform.contract import Platform
from scraper.runtime.engine import Send

_ABOUT_POSTS = frozenset(
    {ErrorCode.REMOVED, ErrorCode.PRIVATE, ErrorCode.GEO_BLOCKED, ErrorCode.USER_GONE, ErrorCode.LOGIN_REQUIRED}
)
"""Errors that describe the post itself: another session would get the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request on the way from a link to its post."""

    ref: Ref
    request: Request
    hops: int = 0
    """Number of the hop of a short link, from 1; 0 = the request for the post."""
    first: SeedError | None = None
    """The error that made this the platform's last try; None = an earlier try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A post, and the answers that it was read from, with the session that got them."""

    ref: Ref
    post: Post
    exchange: Exchange


class Resolver:
    """
    Resolves a link to its post, one Step at a time: short hops, the request, the last try, the reading.

    ``resolve`` takes all steps itself. A crawl sends each step's request through its scheduler: ``begin`` returns the
    first step, ``follow`` the step after a hop, ``recover`` the step after a request without an answer, and ``read``
    returns the post.
    """

    def __init__(
        self,
        *,
        send: Send,
        platforms: Mapping[str, Platform],
        recogniser: Recogniser,
        switch: Callable[[str], bool],
    ) -> None:
        """*switch* returns whether the setting of a name is on; platforms ask through it."""
        self._send = send
        self._platforms = platforms
        self._recogniser = recogniser
        self._switch = switch

    async def resolve(self, link: str | Ref) -> Resolved:
        """Return the post of *link*, a ref or a text with a link in it; raise SeedError or PayloadError."""
        step = self.begin(link if isinstance(link, Ref) else self.find(link))
        while True:
            try:
                response = await self._send(step.request)
            except (SeedError, PayloadError, IgnoreRequest, *NETWORK_ERRORS) as error:
                step = self.recover(step, error)
                continue
            if not step.hops:
                exchange = Exchange(response)
                return Resolved(ref=step.ref, post=await self.read(step, exchange), exchange=exchange)
            target = self.follow(step, response)
            step = self.begin(target) if isinstance(target, Ref) else target

    def find(self, text: str) -> Ref:
        """Return the first ref in *text*; raise SeedError if it holds no ref, with the reason for its first link."""
        reason: ErrorCode | None = None
        for found in self._recogniser.find(text):
            if isinstance(found, Ref):
                return found
            reason = reason or found.reason
        raise SeedError(reason or ErrorCode.NO_URL)

    def begin(self, ref: Ref) -> Step:
        """Return the first step for *ref*; raise SeedError(unsupported_kind)."""
        if ref.kind == "short":
            return _hop(ref, ref.url, 1)
        self.check(ref)
        platform = self._platforms[ref.platform]
        request = platform.post_request(ref)
        replace(ask_of(request), platform=platform.name).put_on(request)
        return Step(ref=ref, request=request)

    def check(self, ref: Ref) -> None:
        """Raise SeedError(unsupported_kind) for a *ref* that no platform of this crawl can fetch."""
        platform = self._platforms.get(ref.platform)
        if platform is None or ref.kind not in platform.kinds:
            raise SeedError(ErrorCode.UNSUPPORTED_KIND, raw_message=ref.kind)

    def follow(self, step: Step, response: Response) -> Step | Ref:
        """Return the ref of the post that a hop's answer leads to, or one more hop; raise SeedError."""
        target = next_hop(self._recogniser, response.url, response.status, _location(response), step.hops)
        return target if isinstance(target, Ref) else _hop(step.ref, target, step.hops + 1)

    async def read(self, step: Step, exchange: Exchange) -> Post:
        """Return the post in the first answer of *exchange*, and note further ones; raise SeedError or PayloadError."""
        try:
            return await self._read_post(step.ref, exchange)
        except (SeedError, PayloadError) as error:
            if step.first is None:
                raise
            raise _join(step.first, error, exchange.first.url) from error

    def recover(self, step: Step, problem: BaseException | None) -> Step:
        """Return the platform's last try after a *step* without an answer; without one left, raise the link's error."""
        error = _to_error(problem)
        if step.first is not None:
            raise _join(step.first, error, step.request.url) from problem
        last = self._last_step(step, error) if isinstance(error, SeedError) else None
        if last is None:
            raise error
        return last

    async def _read_post(self, ref: Ref, exchange: Exchange) -> Post:
        platform, first = self._platforms[ref.platform], exchange.first
        web = ResolverWeb(self._send, platform.name, exchange, self._switch)
        post = await platform.parse_post(ref, first, web)
        ask, session = ask_of(first), exchange.session
        post.provenance = Provenance(
            session=session.id if session is not None else None,
            via=ask.via,
            tries=len(ask.refused) + ask.tries,
            seconds={"fetch": round(float(first.meta.get("download_latency", 0.0)), 3)},
        )
        return post

    def _last_step(self, step: Step, error: SeedError) -> Step | None:
        """Return the platform's last try after *error*; None if it has no last try, or no session was refused."""
        platform = self._platforms.get(step.ref.platform)
        before = error.ask if isinstance(error, RequestError) else ask_of(step.request)
        if platform is None or step.hops or not (before.refused or error.code is ErrorCode.CHALLENGE):
            return None
        request = platform.last_request(step.ref)
        if request is None:
            return None
        refused = before.refused_by(error).refused
        replace(ask_of(request), platform=platform.name, refused=refused).put_on(request)
        return Step(ref=step.ref, request=request, first=error)


def _hop(ref: Ref, url: str, hops: int) -> Step:
    request = Ask(platform=ref.platform).request(url, slot=f"{ref.platform}-short")
    return Step(ref=ref, request=request, hops=hops)


def _location(response: Response) -> str:
    """Return the target of a redirect: from the header or, as some short links redirect, from a tag in the page."""
    header = (response.headers.get("Location") or b"").decode("latin-1")
    if header or response.status != 200 or not isinstance(response, TextResponse):
        return header
    try:
        return get_meta_refresh(response, ignore_tags=())[1] or ""
    except ValueError:  # not a URL
        return ""


def _join(first: SeedError, last: SeedError | PayloadError, url: str) -> SeedError:
    """Return the *last* try's error if it describes the post, else the *first* error with the messages of both."""
    if isinstance(last, SeedError) and last.code in _ABOUT_POSTS:
        return last
    words = last.raw_message or last.code if isinstance(last, SeedError) else str(last)
    message = f"{first.raw_message or first.code}; {urlsplit(url).hostname}: {words}"
    return SeedError(first.code, raw_code=first.raw_code, raw_message=message, cause=first.cause)


def _to_error(problem: BaseException | None) -> SeedError | PayloadError:
    """Return the failure of a request as the error of its link."""
    if isinstance(problem, SeedError | PayloadError):
        return problem
    if isinstance(problem, NETWORK_ERRORS):
        name, cause = type(problem).__name__, find_cause(problem)
        return SeedError(ErrorCode.TIMEOUT, raw_code=name, raw_message=describe(problem), cause=cause)
    return to_bug(problem)
