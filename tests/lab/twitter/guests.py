"""Guest tokens: every client gets one; it is valid for some hours and for a number of posts per quarter of an hour."""

import math
import secrets
from dataclasses import dataclass

from tests.lab.catalog import SNOWFLAKE_EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRules:
    """The lifetime and the budget of a token."""

    life: float = 3 * 3600
    """Seconds."""
    budget: int = 180
    """Posts in a window."""
    window: float = 900
    """Seconds."""


@dataclass(slots=True)
class _Guest:
    born: float
    reset: float
    left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The rest of a budget after a request."""

    limit: int
    remaining: int
    """-1 for a request beyond the budget."""
    reset: float
    """Unix seconds."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The rest as headers of every answer."""
        said = {"limit": self.limit, "remaining": max(0, self.remaining), "reset": math.ceil(self.reset)}
        return [(f"x-rate-limit-{name}", str(value)) for name, value in said.items()]


class Guests:
    """Issues tokens, and recognises invented ones."""

    def __init__(self, rules: GuestRules) -> None:
        self._rules = rules
        self._guests: dict[str, _Guest] = {}

    def issue(self, now: float) -> str:
        """Return a new token: a number that looks like the id of a post."""
        token = str((int(now * 1000) - SNOWFLAKE_EPOCH) << 22 | secrets.randbits(22))
        self._guests[token] = _Guest(now, now + self._rules.window, self._rules.budget)
        return token

    def refuse(self, token: str, now: float) -> str:
        """Return the reason why *token* is not valid, or an empty text."""
        guest = self._guests.get(token)
        if guest is None:
            return "made-up guest token" if token else "no guest token"
        return "expired guest token" if guest.born + self._rules.life < now else ""

    def spend(self, token: str, now: float) -> Allowance:
        """Take one request from the budget of a valid *token*."""
        guest = self._guests[token]
        if guest.reset <= now:
            guest.reset, guest.left = now + self._rules.window, self._rules.budget
        guest.left = max(-1, guest.left - 1)
        return Allowance(self._rules.budget, guest.left, guest.reset)
