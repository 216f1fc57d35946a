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
class SessionRules:
    """What a platform wants of a guest session."""

    mint_url: str
    """The page a browser opens to become a guest; also the warm page for in-page fetches."""
    wants: tuple[str, ...]
    """Cookie names that must be there before the session is used."""
    cookie_domains: tuple[str, ...]
    """Domains whose cookies the session keeps; anything else is dropped."""
    blocks: tuple[str, ...] = ()
    """URL patterns (URLPattern syntax) that the browser never loads, e.g. the platform's own media servers."""
    state: PageState | None = None
    """None = pages are handed on whole."""
    max_age: float = 6 * 3600
    """Seconds after which a session on disk is not reused."""


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

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Session":
        """Read a saved session; raise ValueError for anything that is none."""
        session: Any = cls(**data)
        texts = (session.id, session.platform, session.user_agent, session.proxy or "")
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ValueError("id, platform, user_agent, proxy: expected texts")
        if not isinstance(session.born, int | float) or not isinstance(session.uses, int):
            raise ValueError("born, uses: expected numbers")
        cookies = session.storage["cookies"]
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

    def is_stale(self, rules: SessionRules, now: float) -> bool:
        """Whether the session is too old, or a wanted cookie is gone or about to go (10 minutes)."""
        if not 0 <= now - self.born <= rules.max_age:
            return True
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
