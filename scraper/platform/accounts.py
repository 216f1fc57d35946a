"""Services whose cookies a user may give."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieService:
    """Whose cookies a user may give."""

    name: str
    path: str
    """Of the file, in COOKIES_DIR."""
    domains: tuple[str, ...]
    marker: str
    """Name of the cookie that a login sets."""
    needs: tuple[str, ...] = ()
    """Names that a login is of no use without."""
