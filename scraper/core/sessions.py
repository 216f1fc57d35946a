"""A session: cookies, User-Agent and proxy that belong together for life. Plain objects; time is passed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """Where a page keeps what is read of it: the rest of a page need not leave the browser."""

    script: str
    """Id of the script with the JSON."""
    scope: str
    """Key of the object in it."""
    needed: tuple[str, ...]
    """Keys of that object, of which one must be there; else the page is handed on whole."""
    kept: tuple[str, ...]
    """Keys that are handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScripts:
    """Which scripts of a page are read, where what they hold is no JSON of its own."""

    marks: tuple[str, ...]
    """Texts of which a script that is handed on has one; a page without such a script is handed on whole."""
    unless: tuple[str, ...] = ()
    """Texts with one of which a page is handed on whole."""
    kept: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names of globals that a script assigns an object to, and the keys of it that are handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """What a platform wants of a guest session."""

    mint_url: str
    """The page a browser opens to become a guest; also the warm page for in-page fetches."""
    wants: tuple[str, ...]
    """Cookie names that must be there before the session is used."""
    cookie_domains: tuple[str, ...]
    """Domains whose cookies the session keeps; anything else is dropped."""
    blocks: tuple[str, ...] = ()
    """Hosts (shell patterns) of the platform that the browser never reaches, e.g. its media servers."""
    cookies: tuple[tuple[str, str], ...] = ()
    """Names and values a person's own choices would set on the site, e.g. those of its player."""
    state: PageState | PageScripts | None = None
    """None = pages are handed on whole."""
    max_age: float = 6 * 3600
    """Seconds after which a session on disk is not reused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a platform wants whose guests need no browser: a token that one POST gives."""

    url: str
    headers: Mapping[str, str]
    """Sent with every request of the guest, that for the token included."""
    field: str
    """Key of the token in the JSON of the answer."""
    header: str
    """Request header that carries the token."""
    max_age: float
    """Seconds after which a token is not used any more."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One guest, or one user's own account."""

    id: str
    platform: str
    user_agent: str
    proxy: str | None
    storage: dict[str, Any] = field(repr=False)
    """Playwright's storage state: cookies and local storage. Secret."""
    born: float
    """Unix seconds."""
    uses: int = 0
    token: str | None = field(default=None, repr=False)
    """Of a guest without a browser. Secret."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Session":
        """Read a saved session; raise ValueError for anything that is none."""
        session: Any = cls(**data)
        texts = (session.id, session.platform, session.user_agent, session.proxy or "", session.token or "")
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ValueError("id, platform, user_agent, proxy, token: expected texts")
        if not isinstance(session.born, int | float) or not isinstance(session.uses, int):
            raise ValueError("born, uses: expected numbers")
        cookies = session.storage["cookies"] if session.storage else []
        if not isinstance(cookies, list) or not all(_is_cookie(cookie) for cookie in cookies):
            raise ValueError("storage.cookies: expected cookies")
        return cls(**data)

    def cookies_for(self, host: str, now: float) -> dict[str, str]:
        """Return name to value of the live cookies that a browser would send to https://*host*/."""
        return {
            cookie["name"]: cookie["value"]
            for cookie in self.storage.get("cookies", ())
            if _covers(cookie["domain"], host) and not 0 < cookie.get("expires", -1) <= now
        }

    @property
    def secrets(self) -> set[str]:
        """What must not be seen anywhere."""
        values = {cookie["value"] for cookie in self.storage.get("cookies", ())}
        return values if self.token is None else {*values, self.token}

    def is_stale(self, rules: SessionRules | TokenRules, now: float) -> bool:
        """Whether the session is too old, or what *rules* want is not there or about to go (10 minutes)."""
        if not 0 <= now - self.born <= rules.max_age:
            return True
        if isinstance(rules, TokenRules):
            return self.token is None
        live = {
            cookie["name"]
            for cookie in self.storage.get("cookies", ())
            if cookie["value"] and not 0 < cookie.get("expires", -1) <= now + 600
        }
        return not live.issuperset(rules.wants)


def _is_cookie(cookie: object) -> bool:
    if not isinstance(cookie, dict) or not isinstance(cookie.get("expires", -1), int | float):
        return False
    return all(isinstance(cookie.get(name), str) for name in ("name", "value", "domain", "path"))


def _covers(domain: str, host: str) -> bool:
    """Whether a cookie of *domain* goes to *host* (RFC 6265, 5.1.3)."""
    if domain.startswith("."):
        return host == domain[1:] or host.endswith(domain)
    return host == domain
