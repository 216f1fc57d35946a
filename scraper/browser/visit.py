"""What a browser page may load."""

from collections.abc import Callable
from dataclasses import dataclass

from scraper.core.sessions import SessionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Set by the session middleware as ``meta["visit"]``."""

    platform: str
    rules: SessionRules
    owns: Callable[[str], bool]
    """Whether a host is the platform's own."""
