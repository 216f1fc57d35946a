"""The Ask of a request: how to send it, as one value, the only one of ours in its ``meta``."""

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
    """Ways to send a request."""

    HTTP = "http"
    PAGE = "page"
    """A fetch inside the warm page of its session."""
    NAVIGATE = "navigate"
    """A navigation in a page of its own."""
    MINT = "mint"
    """The visit that creates a guest."""

    @property
    def is_browser(self) -> bool:
        """Whether the browser sends it."""
        return self is not Via.HTTP

    @property
    def needs_session(self) -> bool:
        """Whether an open page of a session sends it."""
        return self in (Via.PAGE, Via.NAVIGATE)


class Capture(NamedTuple):
    """A navigation whose answer is one that the page's own scripts receive, not the page."""

    page: str
    """URL to open."""
    key: str
    """Key of the query whose value identifies the answer among others of the same path."""


class Refused(NamedTuple):
    """One refused attempt."""

    via: Via
    refusal: Refusal | SeedError
    """The refusal in the answer; an error if the platform's usual request ended with one."""

    def __str__(self) -> str:
        return f"{self.via}: {self.refusal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """
    The way to send a request, its session, and the outcome of its earlier attempts.

    It is immutable: a request with a new Ask shares nothing with earlier copies of the request.
    """

    platform: str = ""
    """Name of the platform; the engine adds it to requests made by a platform's own code."""
    via: Via = Via.HTTP
    is_guest: bool = False
    """Whether it is sent as a guest with a token (TokenRules)."""
    capture: Capture | None = None
    """For ``Via.NAVIGATE``."""
    is_list: bool = False
    """Whether it is for a seed list, which may be on any host."""
    sink: Sink | None = field(default=None, repr=False)
    """Target of a streamed body."""
    dont_retry: bool = False
    """Whether the caller handles all failures except rate limits."""
    session: Session | None = None
    scope: BrowserScope | None = field(default=None, repr=False)
    relay: str | None = None
    """The address to which the transport sends it: a proxy without credentials, or our relay in front of one."""
    refused: tuple[Refused, ...] = ()
    retries: Mapping[RetryCause, int] = field(default_factory=dict)
    """Number of retries for lack of an answer, by cause."""

    @property
    def tries(self) -> int:
        """Number of times it was sent, without refusals."""
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
        """Return a request for *url* in the download *slot*; *more* are Scrapy's own keys of ``meta``."""
        meta = {_KEY: self, **({} if slot is None else {"download_slot": slot}), **more}
        return Request(url, method=method, headers=headers, meta=meta, dont_filter=True)

    def renew(self, request: Request) -> Request:
        """Return a copy of *request* to send again, with this Ask instead of its own."""
        return request.replace(meta={**request.meta, _KEY: self}, dont_filter=True)

    def put_on(self, request: Request) -> None:
        """Give *request* itself, not its copies, this Ask."""
        request.meta[_KEY] = self

    def as_session(self, session: Session | None) -> "Ask":
        """Return the same Ask with *session*."""
        return replace(self, session=session)

    def without_session(self) -> "Ask":
        """Return the same Ask for the session that is current at the time of sending."""
        return replace(self, session=None, scope=None)

    def refused_by(self, refusal: Refusal | SeedError) -> "Ask":
        """Return the Ask after *refusal*: the same, for another session."""
        return replace(self.without_session(), refused=(*self.refused, Refused(self.via, refusal)))

    def retried(self, cause: RetryCause) -> "Ask":
        """
        Return the Ask after an attempt without an answer.

        In a page, the session is the one current at that time: one that was retired meanwhile has no page.
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
    """Return the Ask of a request, or of the request of a response; a default Ask if it has none."""
    ask: Ask = source.meta.get(_KEY, _PLAIN)
    return ask


def pause_name(request: Request) -> str:
    """Return the name of the pause that applies to *request*: a file's server, or for other requests the platform."""
    ask = ask_of(request)
    return ask.platform if ask.sink is None else str(request.meta["download_slot"])
