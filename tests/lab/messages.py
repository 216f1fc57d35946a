"""What goes in and out of the played hosts: plain objects, so that the platforms know nothing of the server."""

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
    """``live`` or ``dead`` for who brings an account's cookie, see accounts.py."""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"https://{self.host}{self.target}"

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query; of a repeated name the last value."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies; quotes around a value are no part of it."""
        pairs = (part.strip().partition("=") for part in self.headers.get("Cookie", "").split(";"))
        return {name: value.strip('"') for name, _, value in pairs if name}

    @property
    def user_agent(self) -> str:
        """The User-Agent, or nothing."""
        return self.headers.get("User-Agent", "")


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer, and how far it gets."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    note: str = ""
    """Why, for the log: ``signature``, ``expired`` …"""
    fault: str = ""
    """A fault that belongs to what was asked for, e.g. a medium that is always cut."""
    start: int = 0
    """Where *body* begins in the whole file."""
    whole: int = 0
    """Size of the whole file; 0 = *body* is all of it."""
    stop_after: int | None = None
    """Bytes of *body* that are sent before *ending*; None = all."""
    ending: str = "close"
    """What follows where *stop_after* is set: close, reset, stall."""
    pace: int | None = None
    """Bytes a second; None = at once."""
    raw: bytes | None = None
    """What is sent in the place of head and body, as it is; then the connection is closed."""
    is_endless: bool = False
    """Whether the body is not announced and goes on with zeros for ever."""


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
