"""The status of the user's cookies, without their values."""

from dataclasses import dataclass

from scraper.fetch.sessions.cookie_store import CookieStore
from scraper.fetch.sessions.cookie_text import CookieError, fingerprint, has_login, show_time, stale_reason
from scraper.platform.accounts import CookieService


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieStatus:
    """The status of one service's cookies, without their values."""

    service: str
    file: str
    login: bool | None
    """Whether the cookie that a login sets is there; None if there are no cookies."""
    marker: str
    age: float | None
    """Seconds since the file was changed."""
    expires: str | None
    last: str | None
    """The platform's last answer to them, and its time."""
    problem: str | None
    """The reason why they are unusable."""


def describe(store: CookieStore, service: CookieService, now: float) -> CookieStatus:
    """Return the status of the cookies of *service*."""
    path, problem, cookies = store.path(service), None, None
    try:
        cookies = store.read(service)
        problem = stale_reason(cookies, service, now) if cookies else None
    except CookieError as error:
        problem = str(error).removeprefix(f"{service.name}: ")
    last = store.last(service.name, fingerprint(cookies)) if cookies else None
    marker = next((each for each in cookies or () if each.name == service.marker), None)
    return CookieStatus(
        service=service.name,
        file=str(path),
        login=has_login(cookies, service) if cookies else None,
        marker=service.marker,
        age=round(max(0.0, now - path.stat().st_mtime)) if path.is_file() else None,
        expires=show_time(marker.expires) if marker is not None and marker.expires > 0 else None,
        last=f"{last[0]} ({show_time(last[1])})" if last is not None else None,
        problem=problem,
    )
