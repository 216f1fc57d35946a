"""The sessions of one platform, and the choice of the next one."""

from collections.abc import Callable

from scraper.fetch.session import Session, SessionState
from scraper.platform.session_rules import SessionRules, TokenRules

FULL = 6
"""Requests under way that fill one session, so that another may be created: a browser's connections to one host."""


_RANKS = {SessionState.ACTIVE: 0, SessionState.FRESH: 0, SessionState.DEGRADED: 1, SessionState.COOLING: 2}


class SessionPool:
    """The guests of one platform: at most *size* in use, and as many that cool off."""

    def __init__(self, size: int, max_uses: int) -> None:
        self._size = size
        self._max_uses = max_uses
        self.sessions: list[Session] = []

    def pick(
        self, rules: SessionRules | TokenRules, now: float, may_use: Callable[[Session], bool] = lambda _: True
    ) -> Session | None:
        """Return the best usable session: by state, then by the fewest requests under way, then by score."""
        good = [each for each in self._usable(now) if may_use(each) and not self.is_worn(each, rules, now)]
        return min(good, key=lambda each: (_RANKS[each.state], each.busy, -each.score), default=None)

    def is_full(self, rules: SessionRules | TokenRules, now: float) -> bool:
        """Whether no further session is needed: there are *size*, or one of them has room."""
        usable = [each for each in self._usable(now) if not self.is_worn(each, rules, now)]
        return len(usable) >= self._size or any(each.busy < FULL for each in usable)

    def worn(self, rules: SessionRules | TokenRules, now: float) -> Session | None:
        """Return a session near its end, to renew it."""
        return next((each for each in self._usable(now) if self.is_worn(each, rules, now)), None)

    def is_worn(self, session: Session, rules: SessionRules | TokenRules, now: float) -> bool:
        """Whether *session* is stale or has reached its number of uses."""
        return session.is_stale(rules, now) or session.uses >= self._max_uses

    def add(self, session: Session, now: float) -> list[Session]:
        """Add *session*; return the sessions that were retired to make room."""
        self.sessions.append(session)
        used = sorted(self._usable(now), key=lambda each: (_RANKS[each.state], -each.score))
        cooling = sorted((each for each in self.sessions if not each.is_usable(now)), key=lambda each: -each.score)
        spare = [each for each in (*used[self._size :], *cooling[self._size :]) if each is not session]
        for each in spare:
            self.drop(each)
        return spare

    def drop(self, session: Session) -> None:
        """Retire *session*, and remove it from the pool."""
        session.state = SessionState.RETIRED
        self.sessions = [each for each in self.sessions if each is not session]

    def _usable(self, now: float) -> list[Session]:
        return [each for each in self.sessions if each.is_usable(now)]
