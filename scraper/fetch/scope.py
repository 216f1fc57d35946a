"""The hosts that a browser page may reach."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scraper.platform.session_rules import SessionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserScope:
    """The hosts and the rules of one platform's pages; the session middleware sets it."""

    platform: str
    rules: SessionRules
    owns: Callable[[str], bool]
    """Returns whether a host belongs to the platform."""
    reads_cookies: bool
    """Whether the caller needs the cookies that an answer sets."""

    def reaches(self, host: str) -> bool:
        """Whether the browser may connect to *host*."""
        return self.owns(host) and not any(fnmatchcase(host, pattern) for pattern in self.rules.blocks)
