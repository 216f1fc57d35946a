"""
The contract of a platform: all that one provides, and what it may use.

A platform is a folder ``spiders/NAME``. Nothing else names it, and it imports no other one.

  links.py
    pure data: ``LINKS``, a tuple of LinkPattern (scraper/links/pattern.py), and ``IDS``, a tuple of BareId
  payload/
    pure: ``payload/answer.py`` has ``parse_answer(text) -> Answer``, which raises SeedError for an outcome and
    PayloadError for an unknown shape, whatever the text is. Most of it is declared: objects that are posts as a
    PostRecognition (scraper/posts/finder.py), the answers around them as an AnswerReader (scraper/posts/reader.py),
    fields as paths of a PostLoader (scraper/posts/loaders.py), status codes and words as Verdicts
    (scraper/posts/verdicts.py); scraper/posts/offers.py makes media
  platform.py
    a subclass of Platform, below: what it declares, how it asks, how it reads
  spider.py
    a subclass of PlatformSpider (scraper/crawl/spider.py) with ``name``, ``platform`` (the class) and a docstring
    that is a form: Platform, Seeds, Session, Caveats. By it ``registry.load`` finds the platform

A crawl makes an instance of its own of each platform (services.py): what one learns while it runs, it keeps in
``self``, never in a class or a module, and no other crawl of the process sees it.
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
    """The network as a platform sees it while it reads one post: as the session that got the first answer."""

    async def fetch(self, request: Request) -> Response:
        """Send *request* through the engine: middlewares, slots, proxy and stats apply. Raise SeedError for none."""
        ...

    def read_from(self, response: Response) -> None:
        """Note that the post stands in *response*, the answer to a further request."""
        ...

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* of the project's settings is on."""
        ...


class Platform(ABC):
    """
    One site: its links, its hosts, its sessions, how its answers are read, and how a ref becomes a Post.

    A subclass declares the first group of attributes, those of the second where it has something to say, and defines
    the abstract methods; the other methods have a default that fits most sites. What is declared never changes.
    """

    name: ClassVar[str]
    """In lower case: of the spider, of its folder, and in every record."""
    title: ClassVar[str]
    """As a person writes it."""
    links: ClassVar[tuple[LinkPattern, ...]]
    """URL forms, the narrower ones first; no host may be in two platforms' tables."""
    domains: ClassVar[tuple[str, ...]]
    """Domains the platform owns, its media servers included; nothing is ever sent elsewhere."""
    kinds: ClassVar[frozenset[str]]
    """Kinds of refs that ``post_request`` takes; others end as ``unsupported_kind``."""
    slots: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    """
    Scrapy's DOWNLOAD_SLOTS: how many requests at once, and the seconds between two.

    One for each that a request or a CdnRule names; ``NAME-short`` is that of short links, ``NAME-mint`` of sessions.
    """
    canary: ClassVar[str] = ""
    """Link of a public post with media that is likely to stay, for ``scrapy doctor``."""

    ids: ClassVar[tuple[BareId, ...]] = ()
    """Ids that people write without a link."""
    rented: ClassVar[tuple[str, ...]] = ()
    """Those of *domains* that serve other sites as well: a link there is nobody's."""
    session: ClassVar[SessionRules | TokenRules | None] = None
    """None = plain requests are enough. A request takes one that goes by a page, or as a guest (fetch/ask.py)."""
    cdn: ClassVar[tuple[CdnRule, ...]] = ()
    """What media servers want to see, the first rule that fits a host counts; without one nothing is added."""
    accounts: ClassVar[tuple[CookieService, ...]] = ()
    """Whose cookies a user may give, in the order in which they are looked for."""
    ambiguous: ClassVar[frozenset[tuple[ErrorCode, str]]] = frozenset()
    """Outcomes with the platform's own code that it also gives an IP that it does not like: the message says both."""
    has_aweme: ClassVar[bool] = False
    """Whether its app calls a post aweme: such posts have a row in the summary."""

    @abstractmethod
    def post_request(self, ref: Ref) -> Request:
        """Return the request whose answer holds the post; its Ask says how to fetch it."""

    def last_request(self, ref: Ref) -> Request | None:
        """Return what to ask when no session is believed any more; ``parse_post`` reads its answer, too."""
        return None

    @abstractmethod
    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """
        Return the post of *ref* from the answer to ``post_request``, with what further requests by *web* add.

        Every variant has what its server wants to see (``add_headers``). Raise SeedError for an outcome, PayloadError
        for an unknown shape.
        """

    @abstractmethod
    def refusal(self, response: Response) -> Refusal | None:
        """Return what says that the session is not believed (a challenge page, an empty body), None for an answer."""

    def logged_out(self, response: Response) -> Refusal | None:
        """Return why the answer says that a user's account is not logged in any more, else None."""
        return None

    def is_limited(self, response: Response) -> bool:
        """Whether not the status but the answer says that too much was asked, by whatever session."""
        return False

    def subtitle(self, text: str) -> str | None:
        """Return a subtitle of the platform's own format as SRT, None for any other; raise MediaError for a bad one."""
        return None

    @abstractmethod
    def raw(self, response: Response) -> tuple[str, str]:
        """Return the part of the answer worth keeping, and its file extension; ``parse_answer`` must read it again."""

    @abstractmethod
    def read_answer(self, text: str) -> Answer:
        """Read an answer of any shape; raise SeedError where it holds no post, PayloadError for an unknown shape."""

    def find_own(self, text: str, post_id: str) -> Mapping[str, Any] | None:
        """Return the platform's own object of the post in an answer that was kept, None where it has none."""
        return None

    def complete_aweme(self, item: dict[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return *item*, a post in the form ``aweme_detail``, with what *own*, from ``find_own``, says besides."""
        return item

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer again, with what its media servers want to see."""
        answer = self.read_answer(text)
        for post in answer.posts:
            add_headers(post, self.cdn, {})
        if answer.fragment is not None:
            add_media_headers(answer.fragment.media or (), self.cdn, f"https://www.{self.domains[0]}/", {})
        return answer

    def owns(self, host: str) -> bool:
        """Whether requests for this platform may go to *host*."""
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)
