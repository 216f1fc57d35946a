"""A session: cookies, User-Agent and proxy that belong together for life. Pure: the caller passes the time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from scraper.platform.session_rules import SessionRules, TokenRules

NEAR_END = 600.0
"""Seconds before the expiry of a wanted cookie at which a session is renewed."""
_FIRST_COOLING, _LONGEST_COOLING = 60.0, 6 * 3600.0
_GAIN, _COST, _DOUBT = 0.1, 0.4, 0.1
_GOOD = 0.5
"""A session with a lower score is degraded: used only if there is no better one."""
_UNSAVED = frozenset({"busy"})


class SessionState(StrEnum):
    """The trust of the platform in a session."""

    FRESH = "fresh"
    """Never used with success."""
    ACTIVE = "active"
    COOLING = "cooling"
    """Refused: it rests for a while, longer each time."""
    DEGRADED = "degraded"
    """Less trusted than others."""
    RETIRED = "retired"
    """Never used again."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One guest, or one user's own account."""

    id: str
    platform: str
    user_agent: str
    proxy: str | None = field(repr=False)
    """URL, with credentials. Secret."""
    storage: dict[str, Any] = field(repr=False)
    """Playwright's storage state: cookies and local storage. Secret."""
    born: float
    """Time of creation in Unix seconds."""
    uses: int = 0
    token: str | None = field(default=None, repr=False)
    """Token of a guest without a browser. Secret."""
    service: str | None = None
    """The service of the user's own cookies; None = a guest."""
    state: SessionState = SessionState.FRESH
    score: float = 1.0
    """From 0 to 1."""
    refusals: int = 0
    """Consecutive refusals."""
    until: float = 0.0
    """End of a cooling session's rest in Unix seconds."""
    busy: int = 0
    """Requests under way."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Session":
        """Read a saved session; raise ValueError, TypeError or KeyError for other data."""
        session: Any = cls(**{**data, "state": SessionState(data.get("state", "fresh"))})
        texts = (session.id, session.platform, session.user_agent, session.proxy or "", session.token or "")
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ValueError("id, platform, user_agent, proxy, token: expected texts")
        numbers = (session.born, session.uses, session.score, session.refusals, session.until)
        if not all(isinstance(number, int | float) for number in numbers):
            raise ValueError("born, uses, score, refusals, until: expected numbers")
        cookies = session.storage["cookies"] if session.storage else []
        if not isinstance(cookies, list) or not all(_is_cookie(cookie) for cookie in cookies):
            raise ValueError("storage.cookies: expected cookies")
        checked: Session = session
        return checked

    def to_dict(self) -> dict[str, Any]:
        """Return the mapping that ``from_dict`` reads."""
        return {name: value for name, value in asdict(self).items() if name not in _UNSAVED}

    def cookies_for(self, host: str, now: float) -> dict[str, str]:
        """Return the live cookies, name to value, that a browser would send to https://*host*/."""
        return {
            cookie["name"]: cookie["value"]
            for cookie in self.storage.get("cookies", ())
            if _covers(cookie["domain"], host) and not 0 < cookie.get("expires", -1) <= now
        }

    @property
    def secrets(self) -> set[str]:
        """The secret values, which must not appear in any output."""
        values = {cookie["value"] for cookie in self.storage.get("cookies", ())}
        return values if self.token is None else {*values, self.token}

    def is_stale(self, rules: SessionRules | TokenRules, now: float) -> bool:
        """Whether the session is too old, or a cookie that *rules* want is missing or expires soon (NEAR_END)."""
        if not 0 <= now - self.born <= rules.max_age:
            return True
        if isinstance(rules, TokenRules):
            return self.token is None and self.service is None
        live = {
            cookie["name"]
            for cookie in self.storage.get("cookies", ())
            if cookie["value"] and not 0 < cookie.get("expires", -1) <= now + NEAR_END
        }
        return not live.issuperset(rules.wants)

    def is_usable(self, now: float) -> bool:
        """Whether the session may be used: it is neither retired nor cooling."""
        if self.state is SessionState.COOLING:
            return now >= self.until
        return self.state is not SessionState.RETIRED

    def succeed(self) -> None:
        """Note an answer to an accepted request, with or without a post; it ends a cooling."""
        if self.state is SessionState.RETIRED:
            return
        self.refusals = 0
        self.score = min(1.0, self.score + _GAIN)
        self.state = SessionState.ACTIVE if self.score >= _GOOD else SessionState.DEGRADED

    def doubt(self) -> None:
        """Note a request without an answer: several degrade a session, but are not a refusal."""
        self.score = max(_DOUBT, self.score - _DOUBT)
        if self.state is SessionState.ACTIVE and self.score < _GOOD:
            self.state = SessionState.DEGRADED

    def refuse(self, now: float) -> None:
        """
        Note that the platform refused the session: it cools off for 60 s, doubled each time up to 6 h.

        A guest that was never accepted is retired, unless it has other requests under way. A guest with too low a score
        or with a token is retired, too; a user's own account never is.
        """
        if not self.is_usable(now):
            return  # one of the requests that were under way at the first refusal
        is_new = self.state is SessionState.FRESH and self.busy <= 1
        self.score = max(0.0, self.score - _COST)
        self.refusals += 1
        if self.service is None and (is_new or self.score <= 0 or self.token is not None):
            self.state = SessionState.RETIRED
            return
        self.state = SessionState.COOLING
        self.until = now + min(_LONGEST_COOLING, _FIRST_COOLING * 2.0 ** (self.refusals - 1))


def _is_cookie(cookie: object) -> bool:
    if not isinstance(cookie, dict) or not isinstance(cookie.get("expires", -1), int | float):
        return False
    return all(isinstance(cookie.get(name), str) for name in ("name", "value", "domain", "path"))


def _covers(domain: str, host: str) -> bool:
    """Whether a cookie of *domain* goes to *host* (RFC 6265, 5.1.3)."""
    if domain.startswith("."):
        return host == domain[1:] or host.endswith(domain)
    return host == domain
