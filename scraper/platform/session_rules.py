"""What a platform declares of its guests' sessions."""

from collections.abc import Mapping
from dataclasses import dataclass

from scraper.platform.page_state import PageScripts, PageState


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
    member_hosts: tuple[str, ...] = ()
    """Hosts that get the cookies of a user's account with plain requests, too."""
    max_age: float = 6 * 3600
    """Seconds after which a session is not used any more."""


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
    member_headers: tuple[tuple[str, str], ...] = ()
    """Sent in the place of the token with the cookies of a user's account."""
    member_echo: tuple[str, str] | None = None
    """A header and the name of the account's cookie whose value it repeats."""
