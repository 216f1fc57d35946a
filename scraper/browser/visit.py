"""What a browser page may load."""

from dataclasses import dataclass

from scraper.core.sessions import SessionRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Set by the session middleware as ``meta["visit"]``."""

    rules: SessionRules
    allow: tuple[str, ...]
    """URL patterns (URLPattern syntax) of the platform's own hosts."""
