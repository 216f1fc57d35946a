"""Requests to and answers from the played hosts: plain objects, so that the platforms do not depend on the server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass(slots=True, kw_only=True)
class Ask:
    """One request."""

    method: str
    host: str
    target: str
    """Path and query, as sent."""
    headers: Mapping[str, str]
    """Case-insensitive."""
    now: float
    """Unix seconds."""
    fault: str = ""
    """Kind of the fault that was drawn for this request, see faults.py."""
    member: str = ""
    """``live`` or ``dead`` for a request with an account's cookie, see accounts.py."""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"https://{self.host}{self.target}"

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query; the last value of a repeated name."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies; quotes around a value are removed."""
        pairs = (part.strip().partition("=") for part in self.headers.get("Cookie", "").split(";"))
        return {name: value.strip('"') for name, _, value in pairs if name}

    @property
    def user_agent(self) -> str:
        """The User-Agent, or an empty text."""
        return self.headers.get("User-Agent", "")


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer, and the part of it that is sent."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    note: str = ""
    """The reason, for the log: ``signature``, ``expired`` …"""
    fault: str = ""
    """A fault that belongs to the requested thing, e.g. a medium that is always cut."""
    start: int = 0
    """Position of *body* in the whole file."""
    whole: int = 0
    """Size of the whole file; 0 = *body* is the whole file."""
    stop_after: int | None = None
    """Bytes of *body* that are sent before *ending*; None = all."""
    ending: str = "close"
    """The end after *stop_after* bytes: close, reset, stall."""
    pace: int | None = None
    """Bytes a second; None = without limit."""
    raw: bytes | None = None
    """Bytes that are sent instead of head and body; then the connection is closed."""
    is_endless: bool = False
    """Whether the body has no announced length and continues with zeros without end."""


def page(text: str | bytes, status: int = 200, note: str = "") -> Reply:
    """Return an HTML answer."""
    body = text.encode() if isinstance(text, str) else text
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "max-age=0, no-cache, no-store")]
    return Reply(status=status, headers=headers, body=body, note=note)


def json_reply(value: object, status: int = 200, note: str = "") -> Reply:
    """Return *value* as JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status=status, headers=[("Content-Type", "application/json; charset=utf-8")], body=body, note=note)


def redirect(location: str, status: int = 302) -> Reply:
    """Return a redirect to *location*."""
    return Reply(status=status, headers=[("Location", location), ("Content-Type", "text/html; charset=utf-8")])
