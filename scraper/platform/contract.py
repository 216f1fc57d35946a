"""What a platform provides and what it may use. ``load`` collects them, so that nothing names one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from scrapy.http import Request, Response

from scraper.links.pattern import BareId, LinkPattern
from scraper.model.post import Post
from scraper.model.ref import Ref
from scraper.platform.accounts import CookieService
from scraper.platform.cdn import CdnRule, dress, dress_media
from scraper.platform.refusal import Refusal
from scraper.platform.session_rules import SessionRules, TokenRules
from scraper.posts.answer import Answer
from scraper.posts.aweme_form import to_aweme


class Web(Protocol):
    """The network as a platform sees it."""

    async def fetch(self, request: Request) -> Response:
        """Send *request* through the engine: middlewares, slots, proxy and stats apply."""
        ...

    def read_from(self, response: Response) -> None:
        """Note that the post stands in *response*, the answer to a further request."""
        ...

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* of the project's settings is on."""
        ...


class Platform(ABC):
    """One site: its links, its hosts, its sessions, how its answers are read, and how a ref becomes a Post."""

    name: ClassVar[str]
    title: ClassVar[str]
    """As a person writes it."""
    links: ClassVar[tuple[LinkPattern, ...]]
    ids: ClassVar[tuple[BareId, ...]] = ()
    """Ids that people write without a link."""
    domains: ClassVar[tuple[str, ...]]
    """Domains the platform owns, its media servers included; nothing is ever sent elsewhere."""
    rented: ClassVar[tuple[str, ...]] = ()
    """Those of *domains* that serve other sites as well: a link there is nobody's."""
    kinds: ClassVar[frozenset[str]]
    """Kinds of refs that ``post_request`` takes; others end as ``unsupported_kind``."""
    session: ClassVar[SessionRules | TokenRules | None] = None
    """None = plain requests are enough. A request takes one that goes by a page, or as a guest (fetch/ask.py)."""
    cdn: ClassVar[tuple[CdnRule, ...]] = ()
    canary: ClassVar[str] = ""
    """Link of a public post with media that is likely to stay, for ``scrapy doctor``."""
    accounts: ClassVar[tuple[CookieService, ...]] = ()
    """Whose cookies a user may give, in the order in which they are looked for."""
    has_aweme: ClassVar[bool] = False
    """Whether its app calls a post aweme: such posts have a row in the summary."""
    slots: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    """Scrapy's DOWNLOAD_SLOTS: how many requests at once, and the seconds between two."""

    @abstractmethod
    def post_request(self, ref: Ref) -> Request:
        """Return the request whose answer holds the post; its Ask says how to fetch it."""

    def last_request(self, ref: Ref) -> Request | None:
        """Return what to ask when no session is believed any more; ``parse_post`` reads its answer, too."""
        return None

    @abstractmethod
    async def parse_post(self, ref: Ref, response: Response, web: Web) -> Post:
        """Read the answer; raise SeedError for an outcome, PayloadError for an unknown shape."""

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

    def to_aweme(self, own: Mapping[str, Any] | None, post: Post) -> dict[str, Any]:
        """Return *post* in the form of the app of TikTok and Douyin; *own* is what ``find_own`` found."""
        return to_aweme(post, own)

    def parse_answer(self, text: str) -> Answer:
        """Read a saved answer again, with what its media servers want to see."""
        answer = self.read_answer(text)
        for post in answer.posts:
            dress(post, self.cdn, {})
        if answer.fragment is not None:
            dress_media(answer.fragment.media or (), self.cdn, f"https://www.{self.domains[0]}/", {})
        return answer

    def owns(self, host: str) -> bool:
        """Whether requests for this platform may go to *host*."""
        return any(host == domain or host.endswith("." + domain) for domain in self.domains)
