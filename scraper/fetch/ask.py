"""What the parts of the engine know of one request: a value beside it, the only thing of ours in its ``meta``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.http import Response

from scraper.errors import ErrorCode, SeedError
from scraper.fetch.backoff import RetryCause
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session
from scraper.fetch.sink import Sink
from scraper.platform.refusal import Refusal

_KEY = "ask"


class Via(StrEnum):
    """How a request is sent."""

    HTTP = "http"
    PAGE = "page"
    """By a fetch inside the warm page of its session."""
    NAVIGATE = "navigate"
    """By opening a page of its own."""
    MINT = "mint"
    """By the visit that makes a guest."""

    @property
    def is_browser(self) -> bool:
        """Whether the browser sends it."""
        return self is not Via.HTTP

    @property
    def needs_session(self) -> bool:
        """Whether it is sent from a page that a session has open."""
        return self in (Via.PAGE, Via.NAVIGATE)


class Capture(NamedTuple):
    """A navigation whose answer is what the page's own scripts get, not the page."""

    page: str
    """URL to open."""
    key: str
    """Key of the query whose value tells the answer from others of the same address."""


class Refused(NamedTuple):
    """One attempt that found no belief."""

    via: Via
    refusal: Refusal | SeedError
    """What the answer said; an error where a platform's usual way ended with it."""

    def __str__(self) -> str:
        return f"{self.via}: {self.refusal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """
    How a request is to be sent, as whom, and what became of its earlier attempts.

    It never changes: a request that gets another one shares nothing with those that were copied from it before.
    """

    platform: str = ""
    """Name; the engine fills it in where a platform's own code made the request."""
    via: Via = Via.HTTP
    is_guest: bool = False
    """Whether it is sent as a guest with a token (TokenRules)."""
    capture: Capture | None = None
    """For ``Via.NAVIGATE``."""
    is_list: bool = False
    """Whether it is for a seed list, which may stand on any host."""
    sink: Sink | None = field(default=None, repr=False)
    """Where the body is streamed to."""
    dont_retry: bool = False
    """Whether all but rate limits is left to the caller."""
    session: Session | None = None
    scope: BrowserScope | None = field(default=None, repr=False)
    relay: str | None = None
    """Where the transport sends it: a proxy without credentials, or one of ours in front of it."""
    refused: tuple[Refused, ...] = ()
    retries: Mapping[RetryCause, int] = field(default_factory=dict)
    """How often it was sent again for want of an answer, by cause."""

    @property
    def tries(self) -> int:
        """How often it has been sent, refusals apart."""
        return 1 + sum(self.retries.values())

    def request(
        self,
        url: str,
        *,
        slot: str | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Request:
        """Return a request for *url* in the download *slot*; *more* is what Scrapy itself reads in ``meta``."""
        meta = {_KEY: self, **({} if slot is None else {"download_slot": slot}), **more}
        return Request(url, method=method, headers=headers, meta=meta, dont_filter=True)

    def renew(self, request: Request) -> Request:
        """Return *request* to be sent again, with this Ask in the place of its own."""
        return request.replace(meta={**request.meta, _KEY: self}, dont_filter=True)

    def put_on(self, request: Request) -> None:
        """Let *request* itself, not those copied from it, have this Ask."""
        request.meta[_KEY] = self

    def as_session(self, session: Session | None) -> "Ask":
        """Return the same, as *session*."""
        return replace(self, session=session)

    def without_session(self) -> "Ask":
        """Return the same, as whoever is current when it is sent."""
        return replace(self, session=None, scope=None)

    def refused_by(self, refusal: Refusal | SeedError) -> "Ask":
        """Return what to ask after *refusal*: the same, as somebody else."""
        return replace(self.without_session(), refused=(*self.refused, Refused(self.via, refusal)))

    def retried(self, cause: RetryCause) -> "Ask":
        """
        Return what to ask after an attempt without an answer.

        In a page the session is whichever is current then: one that was retired meanwhile has no page any more.
        """
        again = self.without_session() if self.via.needs_session else self
        return replace(again, retries={**self.retries, cause: self.retries.get(cause, 0) + 1})


class RequestError(SeedError):
    """A request ended without an answer about its post; *ask* is that of its last attempt."""

    def __init__(self, code: ErrorCode, ask: Ask, **facts: Any) -> None:
        super().__init__(code, **facts)
        self.ask = ask


_PLAIN = Ask()


def ask_of(source: Request | Response) -> Ask:
    """Return the Ask of a request, or of the request that a response answers; one of no wishes where it has none."""
    ask: Ask = source.meta.get(_KEY, _PLAIN)
    return ask


def pause_name(request: Request) -> str:
    """Return whose pause holds *request* back: a file's is that of its server, any other's that of its platform."""
    ask = ask_of(request)
    return ask.platform if ask.sink is None else str(request.meta["download_slot"])
