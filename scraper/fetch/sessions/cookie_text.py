"""Parse the user's own cookies from any common form. No message repeats a value."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scraper.errors import UsageError
from scraper.platform.accounts import CookieService

MAX_TEXT = 256 * 1024
"""Largest input in characters: an export of a whole browser may hold other sites' cookies as well."""
_MAX_COOKIES = 200
_MAX_VALUES = 64 * 1024
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e\"\\,]*")
_FORMS = "a header (name=value; name=value), cookies.txt, Playwright's storage state or a browser extension's JSON"


class CookieError(UsageError):
    """Unusable cookies; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie; *domain* begins with a dot if subdomains receive it, too."""

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    expires: float = -1
    """Unix seconds; -1 = at the end of the browser session, or unknown."""
    http_only: bool = False
    secure: bool = True

    def to_storage(self) -> dict[str, Any]:
        """Return the cookie in the form of Playwright's storage state."""
        return {
            "name": self.name, "value": self.value, "domain": self.domain, "path": self.path, "expires": self.expires,
            "httpOnly": self.http_only, "secure": self.secure, "sameSite": "Lax",
        }  # fmt: skip

    def is_dead(self, now: float) -> bool:
        """Whether the cookie has expired."""
        return 0 <= self.expires <= now


def parse_cookies(text: str, service: CookieService, now: float) -> tuple[Cookie, ...]:
    """
    Read *text* in any known form; keep the cookies of *service*, the last one of each name, domain and path.

    Raise CookieError if it is empty, malformed, of another site, or completely expired at *now*.
    """
    text = text.removeprefix("\ufeff").strip()
    if not text:
        raise CookieError(f"{service.name}: expected cookies, got nothing: give {_FORMS}")
    if len(text) > MAX_TEXT:
        raise CookieError(f"{service.name}: expected at most {MAX_TEXT} characters, got {len(text)}: give one site's")
    found = _read(text, service)
    own = {(each.name, each.domain, each.path): each for each in found if _is_own(each.domain, service)}
    if not own:
        sites = ", ".join(sorted({each.domain.lstrip(".")[:60] for each in found})[:3])
        raise CookieError(
            f"{service.name}: expected cookies of {service.domains[0]}, got those of {sites}: export again"
        )
    for each in own.values():
        _check(each, service)
    if len(own) > _MAX_COOKIES or sum(len(each.value) for each in own.values()) > _MAX_VALUES:
        raise CookieError(f"{service.name}: expected at most {_MAX_COOKIES} cookies of 64 KiB: give one site's alone")
    if all(each.is_dead(now) for each in own.values()):
        last = max(each.expires for each in own.values())
        raise CookieError(
            f"{service.name}: all cookies have expired, the last on {show_time(last)}: log in and export again"
        )
    return tuple(own.values())


def has_login(cookies: Iterable[Cookie], service: CookieService) -> bool:
    """Whether *cookies* contain the one that a login sets."""
    return any(each.name == service.marker and each.value.strip('"') for each in cookies)


def stale_reason(cookies: Sequence[Cookie], service: CookieService, now: float) -> str | None:
    """Return the reason why *cookies* are unusable, with the date; None if they are usable."""
    by_name = {each.name: each for each in cookies}
    marker = by_name.get(service.marker)
    wanted = [service.marker] if marker is None else [service.marker, *service.needs]
    for name in wanted:
        cookie = by_name.get(name)
        if cookie is None:
            if name != service.marker:
                return f"{name} is missing"
        elif not cookie.value.strip('"'):
            return f"{name} is empty"
        elif cookie.is_dead(now):
            return f"{name} expired on {show_time(cookie.expires)}"
    if all(each.is_dead(now) for each in cookies):
        return f"all cookies have expired, the last on {show_time(max(each.expires for each in cookies))}"
    return None


def fingerprint(cookies: Iterable[Cookie]) -> str:
    """Return a fingerprint of *cookies*; keep it in memory, never in a log."""
    parts = sorted(f"{each.domain}\n{each.path}\n{each.name}\n{each.value}\n{each.expires}" for each in cookies)
    return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()


def to_header(cookies: Iterable[Cookie]) -> str:
    """Return the Cookie header of all *cookies*."""
    return "; ".join(f"{each.name}={each.value}" for each in cookies)


def parse_header(text: str, service: CookieService) -> tuple[Cookie, ...]:
    """Read a Cookie header as a browser's tools show it; its name, quotes and line breaks are allowed."""
    text = re.sub(r"^cookie\s*:\s*", "", text.strip().strip("'"), flags=re.IGNORECASE).strip()
    if len(text) > 1 and text[0] == text[-1] == '"' and "=" in text:
        text = text[1:-1]
    found = []
    for pair in re.split(r";|\r?\n", text):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if name or equals:
            if not equals:
                raise CookieError(f"{service.name}: expected name=value; name=value, got a part without '=': {_ADVICE}")
            found.append(Cookie(name=name, value=value, domain=f".{service.domains[0]}"))
    if not found:
        raise CookieError(f"{service.name}: expected {_FORMS}, got none of them: {_ADVICE}")
    for each in found:
        _check(each, service)
    return tuple({each.name: each for each in found}.values())


def date_cookies(cookies: Iterable[Cookie], dates: Mapping[str, float]) -> tuple[Cookie, ...]:
    """Return *cookies* with their expiry times from *dates*, by name."""
    return tuple(replace(each, expires=dates.get(each.name, each.expires)) for each in cookies)


def show_time(seconds: float) -> str:
    """Return Unix *seconds* as a date and time for people."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "an impossible time"


_ADVICE = "copy the whole Cookie header of a request to the site"


def _read(text: str, service: CookieService) -> list[Cookie]:
    if text[0] in "[{":
        return _read_json(text, service)
    lines = [line for line in text.splitlines() if line.strip()]
    if any(line.count("\t") >= 6 for line in lines):
        return _read_netscape(lines, service)
    if text.lstrip().lower().startswith(("# netscape", "# http cookie")):
        raise CookieError(f"{service.name}: expected seven fields a line, got a cookies.txt without any: export again")
    return list(parse_header(text, service))


def _read_json(text: str, service: CookieService) -> list[Cookie]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise CookieError(f"{service.name}: expected JSON, got invalid JSON: export again") from None
    entries = data.get("cookies") if isinstance(data, dict) else data
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise CookieError(f"{service.name}: expected a list of cookies in the JSON, got none: give {_FORMS}")
    if not entries:
        raise CookieError(f"{service.name}: expected cookies, got an empty list: log in and export again")
    return [_read_entry(each, service) for each in entries]


def _read_entry(entry: Mapping[str, Any], service: CookieService) -> Cookie:
    name, value, domain = (entry.get(key) for key in ("name", "value", "domain"))
    if not isinstance(name, str) or not isinstance(value, str) or not isinstance(domain, str) or not domain:
        raise CookieError(f"{service.name}: expected name, value and domain of every cookie as texts: export again")
    path = entry.get("path")
    domain = domain.lower()
    if entry.get("hostOnly") is False and not domain.startswith("."):
        domain = f".{domain}"
    return Cookie(
        name=name,
        value=value,
        domain=domain,
        path=path if isinstance(path, str) and path.startswith("/") else "/",
        expires=_read_expiry(entry.get("expirationDate", entry.get("expires"))),
        http_only=entry.get("httpOnly") is True,
        secure=entry.get("secure") is not False,
    )


def _read_expiry(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value <= 0:
        return -1
    return float(value / 1000 if value > 1e11 else value)  # some exports use milliseconds


def _read_netscape(lines: Iterable[str], service: CookieService) -> list[Cookie]:
    found = []
    for line in lines:
        is_hidden = line.startswith("#HttpOnly_")
        if line.startswith("#") and not is_hidden:
            continue
        fields = line.removeprefix("#HttpOnly_").split("\t")
        if len(fields) != 7:
            raise CookieError(
                f"{service.name}: expected seven fields a line in cookies.txt, got {len(fields)}: export again"
            )
        domain, with_subdomains, path, secure, expires, name, value = fields
        bare = domain.lower().lstrip(".")
        number = expires.split(".")[0]
        found.append(
            Cookie(
                name=name,
                value=value.strip(),
                domain=f".{bare}" if with_subdomains.upper() == "TRUE" else bare,
                path=path if path.startswith("/") else "/",
                expires=float(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10**12 else -1,
                http_only=is_hidden,
                secure=secure.upper() == "TRUE",
            )
        )
    if not found:
        raise CookieError(f"{service.name}: expected cookies, got a cookies.txt without any: log in and export again")
    return found


def _is_own(domain: str, service: CookieService) -> bool:
    bare = domain.lstrip(".")
    return any(bare == own or bare.endswith(f".{own}") for own in service.domains)


def _check(cookie: Cookie, service: CookieService) -> None:
    """Raise CookieError for a cookie that no header can carry."""
    if not _NAME.fullmatch(cookie.name) or not _VALUE.fullmatch(cookie.value):
        place = cookie.name if _NAME.fullmatch(cookie.name) else "one of the names"
        raise CookieError(
            f"{service.name}: expected ASCII without blanks and ';', got something else in {place[:60]}: {_ADVICE}"
        )
