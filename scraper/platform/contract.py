"""
The contract of a platform: the files and attributes it provides, and the services it may use.

A platform is a folder ``spiders/NAME``. No other code names it, and it does not import another platform.

  links.py
    pure data: ``LINKS``, a tuple of LinkPattern (scraper/links/pattern.py), and ``IDS``, a tuple of BareId
  payload/
    pure: ``payload/answer.py`` has ``parse_answer(text) -> Answer``, which raises SeedError for an outcome and
    PayloadError for an unknown shape, and no other error. Most of it is declared: objects that are posts as a
    PostRecognition (scraper/posts/finder.py), the answers around them as an AnswerReader (scraper/posts/reader.py),
    fields as paths of a PostLoader (scraper/posts/loaders.py), status codes and words as Verdicts
    (scraper/posts/verdicts.py); scraper/posts/offers.py makes media
  platform.py
    a subclass of Platform, below: its declarations, its requests, its reading of answers
  spider.py
    a subclass of PlatformSpider (scraper/crawl/spider.py) with ``name``, ``platform`` (the class) and a docstring
    that is a form: Platform, Seeds, Session, Caveats. ``registry.load`` finds the platform by this class

Each crawl makes its own instance of each platform (services.py). Values learned during a crawl belong in ``self``,
never in a class or a module, so that other crawls of the process do not see them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from scrapy.http import Request, Response

from scraper.errors import ErrorCode
from scraper.links.pattern import BareId, LinkPattern
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import CdnRule, add_headers, add_media_headers
from scraper.platform.refusal import Refusal
from scraper.platform.session_rules import SessionRules, TokenRules
from scraper.posts.answer import Answer


class Web(Protocol):
    """The network for further requests about one post, sent with the session of the first answer."""

    async def fetch(self, request: Request) -> Response:
        """Send *request* through the engine, with its middlewares, slots and stats. Raise SeedError for no answer."""
        ...

    def read_from(self, response: Response) -> None:
        """Note that *response*, the answer to a further request, contains the post."""
        ...

    def setting(self, name: str) -> bool:
        """Return the bool setting *name* of the project."""
        ...


class Platform(ABC):
    """
    One site: its links, hosts and sessions, the reading of its answers, and the way from a ref to a Post.

    A subclass declares the attributes without a default, may override the others, and defines the abstract methods;
    the other methods have a default that fits most sites. Declared values never change.
    """

    name: ClassVar[str]
    """Name of the spider, of its folder, and in every record; lower case."""
    title: ClassVar[str]
    """Name for people, as the site itself writes it."""
    links: ClassVar[tuple[LinkPattern, ...]]
    """URL forms, the narrower ones first; no host may be in two platforms' tables."""
    domains: ClassVar[tuple[str, ...]]
    """Domains of the platform, including its media servers; no request goes to any other domain."""
    kinds: ClassVar[frozenset[str]]
    """Kinds of refs that ``post_request`` accepts; others end as ``unsupported_kind``."""
    slots: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    """
    Scrapy's DOWNLOAD_SLOTS: concurrent requests, and seconds between two.

    One for each slot that a request or a CdnRule names; ``NAME-short`` is for short links, ``NAME-mint`` for sessions.
    """
    canary: ClassVar[str] = ""
    """Link of a public post with media that is likely to stay, for ``scrapy doctor``."""

    ids: ClassVar[tuple[BareId, ...]] = ()
    """Ids that people write without a link."""
    rented: ClassVar[tuple[str, ...]] = ()
    """Members of *domains* that serve other sites as well: a link there belongs to no platform."""
    session: ClassVar[SessionRules | TokenRules | None] = None
    """Rules of its sessions, for requests through a page or as a guest (fetch/ask.py); None = it needs no session."""
    cdn: ClassVar[tuple[CdnRule, ...]] = ()
    """Recipes for media servers; the first rule for a host counts. Without a rule no header is added."""
    accounts: ClassVar[tuple[CookieService, ...]] = ()
    """Services for which a user may supply cookies, in order of preference."""
    ambiguous: ClassVar[frozenset[tuple[ErrorCode, str]]] = frozenset()
    """Outcomes, with the platform's own code, that it also sends to a blocked IP: the message names both reasons."""
    has_aweme: ClassVar[bool] = False
    """Whether its app calls a post aweme; such posts have a row in the summary."""

    @abstractmethod
    def post_request(self, ref: Ref) -> Request:
        """Return the request whose answer holds the post; its Ask says how to fetch it."""

    def last_request(self, ref: Ref) -> Request | None:
        """Return the last request to try after every session was refused; ``parse_post`` reads its answer, too."""
        return None

    @abstractmethod
    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """
        Return the post of *ref* from the answer to ``post_request``; *web* sends further requests.

        Every variant has the headers and cookies that its server requires (``add_headers``). Raise SeedError for an
        outcome, PayloadError for an unknown shape.
        """

    @abstractmethod
    def refusal(self, response: Response) -> Refusal | None:
        """Return the refusal of the session (a challenge page, an empty body), None for a real answer."""

    def logged_out(self, response: Response) -> Refusal | None:
        """Return the refusal if the answer says that a user's account is no longer logged in, else None."""
        return None

    def is_limited(self, response: Response) -> bool:
        """Whether the answer, not the status, says that too many requests were sent, by any session."""
        return False

    def subtitle(self, text: str) -> str | None:
        """Return a subtitle in the platform's own format as SRT, None for other formats; raise MediaError if bad."""
        return None

    @abstractmethod
    def raw(self, response: Response) -> tuple[str, str]:
        """Return the part of the answer to save, and its file extension; ``parse_answer`` must be able to read it."""

    @abstractmethod
    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape; raise SeedError if it has no post, PayloadError for an unknown shape."""

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the platform's own object of the post in a saved answer, None if it has none."""
        return None

    def complete_aweme(self, item: dict[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return *item*, a post in the form ``aweme_detail``, completed with values of *own*, from ``find_own``."""
        return item

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer again, and add the headers that its media servers require."""
        answer = self.read_answer(text)
        for post in answer.posts:
            add_headers(post, self.cdn, {})
        if answer.fragment is not None:
            add_media_headers(answer.fragment.media or (), self.cdn, f"https://www.{self.domains[0]}/", {})
        return answer

    def owns(self, host: str) -> bool:
        """Whether requests for this platform may go to *host*."""
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)
