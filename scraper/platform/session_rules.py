"""The rules that a platform declares for its sessions."""

from collections.abc import Mapping
from dataclasses import dataclass

from scraper.platform.page_state import PageScripts, PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """The rules of sessions that a browser creates."""

    mint_url: str
    """The page a browser opens to become a guest; also the warm page for in-page fetches."""
    wants: tuple[str, ...]
    """Names of the cookies that a session must have before use."""
    cookie_domains: tuple[str, ...]
    """Domains whose cookies the session keeps; others are dropped."""
    blocks: tuple[str, ...] = ()
    """Hosts (shell patterns) of the platform that the browser must not reach, e.g. its media servers."""
    cookies: tuple[tuple[str, str], ...] = ()
    """Names and values of cookies that a user's own choices would set on the site, e.g. those of its player."""
    state: PageState | PageScripts | None = None
    """The part of a page that is read; None = the whole page."""
    member_hosts: tuple[str, ...] = ()
    """Hosts that receive the cookies of a user's account in plain requests, too."""
    max_age: float = 6 * 3600
    """Seconds after which a session is no longer used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """The rules of sessions that need no browser: one POST returns a guest token."""

    url: str
    headers: Mapping[str, str]
    """Sent with every request of the guest, including the one for the token."""
    field: str
    """Key of the token in the JSON of the answer."""
    header: str
    """Request header that carries the token."""
    max_age: float
    """Seconds after which a token is no longer used."""
    member_headers: tuple[tuple[str, str], ...] = ()
    """Sent instead of the token with the cookies of a user's account."""
    member_echo: tuple[str, str] | None = None
    """A header, and the name of the account's cookie whose value it carries."""
