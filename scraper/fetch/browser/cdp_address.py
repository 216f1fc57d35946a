"""The address of BROWSER_CDP, as a person writes it."""

from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from scraper.errors import UsageError

_FORM = "ws://127.0.0.1:PORT/… or http://127.0.0.1:PORT"


@dataclass(frozen=True, slots=True)
class CdpAddress:
    """The address at which a browser takes CDP connections."""

    url: str = field(repr=False)
    """It may hold a token: never log it."""
    name: str
    """The same without path, query and credentials, for people."""


def parse_cdp(text: str) -> CdpAddress:
    """Read BROWSER_CDP; raise UsageError, which repeats no token, for what cannot be used."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise UsageError(f"BROWSER_CDP: expected {_FORM}, got what is no URL: correct it") from None
    if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname or not text.strip().isprintable():
        raise UsageError(f"BROWSER_CDP: expected {_FORM}, got {parts.scheme[:20] or 'no scheme'!r}: correct it")
    name = f"{parts.scheme}://{_show_host(parts)}" + (f":{port}" if port else "")
    if not _is_loopback(parts.hostname):
        raise UsageError(
            f"BROWSER_CDP: expected a browser on this machine, got {name}: its pages go out through our loopback, "
            "so let it share our network (a container: --network=host, or one pod), and write 127.0.0.1"
        )
    return CdpAddress(text.strip(), name)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _show_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host
