"""The services for which a user may supply cookies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieService:
    """A service for which a user may supply cookies."""

    name: str
    path: str
    """Path of the cookie file, in COOKIES_DIR."""
    domains: tuple[str, ...]
    marker: str
    """Name of the cookie that a login sets."""
    needs: tuple[str, ...] = ()
    """Names of further cookies that a usable login has."""
