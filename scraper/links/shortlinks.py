"""Follow a short link, one answer at a time. Pure: the caller sends the request of each hop."""

from urllib.parse import urljoin, urlsplit

from scraper.errors import ErrorCode, SeedError
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref

MAX_HOPS = 5
_MAX_URL = 8192
"""Longest URL of a hop, in characters; share links have a few hundred."""
_LEADS_ON = frozenset({200, 301, 302, 303, 307, 308})


def next_hop(recogniser: Recogniser, url: str, status: int, location: str, hops: int) -> Ref | str:
    """
    Return the ref that the answer to *url* names, or the URL of the next request.

    *location* comes from the header or from the page's own refresh. Raise SeedError if the chain ends, leaves the
    platform or is too long; *hops* counts the answers so far, including this one.
    """
    if status not in _LEADS_ON or not location.strip():
        raise SeedError(_final_code(status), raw_code=str(status), raw_message="no redirect")
    target = _join(url, location)
    found = recogniser.match(target)
    if isinstance(found, Ref) and found.kind != "short":
        return found
    if not isinstance(found, Ref) and found.reason is not ErrorCode.UNKNOWN_RESOURCE:
        host = urlsplit(target).hostname or ""
        raise SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_code=str(status), raw_message=f"leads to {host}")
    path = urlsplit(target).path
    if path in ("", "/"):
        raise SeedError(ErrorCode.SHORT_LINK_DEAD_END, raw_code=str(status), raw_message="leads to the home page")
    if path.startswith("/login"):
        raise SeedError(ErrorCode.LOGIN_REQUIRED, raw_code=str(status), raw_message="leads to the login page")
    if hops >= MAX_HOPS:
        raise SeedError(ErrorCode.TOO_MANY_REDIRECTS, raw_code=str(status), raw_message=f"{hops} hops")
    return target


def _join(url: str, location: str) -> str:
    """Return the next URL, always https: no platform needs plain http, and a cookie must not travel there."""
    try:
        target = urljoin(url, location.strip())
        urlsplit(target).port  # noqa: B018
    except ValueError as error:
        raise SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message="leads to text that is not a URL") from error
    if len(target) > _MAX_URL:
        raise SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message=f"leads to a URL of {len(target)} characters")
    return "https" + target[4:] if target.startswith("http://") else target


def _final_code(status: int) -> ErrorCode:
    if status == 429:
        return ErrorCode.RATE_LIMITED
    if status in (401, 403):
        return ErrorCode.CHALLENGE
    return ErrorCode.TIMEOUT if status >= 500 else ErrorCode.SHORT_LINK_DEAD_END
