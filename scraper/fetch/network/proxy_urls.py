"""Parse proxies as users write them. No message repeats a text that may be a password."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scraper.errors import UsageError

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_FORM = "http://host:port, https:// or socks5://, with user:password@ before the host if http or https needs it"


@dataclass(frozen=True, slots=True)
class ProxyUrl:
    """A proxy that Scrapy, the browser and the media transfer can all use."""

    url: str = field(repr=False)
    """Credentials included: never log it."""
    name: str
    """The same without credentials, for people."""


def parse_proxy(text: str, where: str) -> ProxyUrl:
    """Read one proxy; raise UsageError, a line that begins with *where*, for an unusable one."""
    bare = text.strip()
    if not bare.isascii() or not bare.isprintable() or " " in bare:
        raise UsageError(f"{where}: expected {_FORM}, got blanks or special characters: write those as %XX")
    try:
        parts = urlsplit(bare if "://" in bare else f"http://{bare}")
        port = parts.port
    except ValueError:
        raise UsageError(f"{where}: expected {_FORM}, got text that is not a URL: correct it") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        given = parts.scheme if parts.scheme not in _PORTS and "@" not in parts.scheme else "no host or port"
        raise UsageError(f"{where}: expected {_FORM}, got {given[:20]!r}: correct it")
    if parts.scheme.startswith("socks5") and "@" in parts.netloc:
        raise UsageError(
            f"{where}: the browser cannot send credentials to a socks5 proxy: run a local relay that adds them, "
            "and give its address (socks5://127.0.0.1:PORT or http://127.0.0.1:PORT)"
        )
    scheme = "socks5" if parts.scheme == "socks5h" else parts.scheme  # the proxy always resolves names
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    user, _, _ = parts.netloc.rpartition("@")
    place = f"{host}:{port or _PORTS[scheme]}"
    return ProxyUrl(f"{scheme}://{user}@{place}" if user else f"{scheme}://{place}", f"{scheme}://{place}")


def parse_list(lines: Iterable[str], where: str) -> tuple[ProxyUrl, ...]:
    """Read one proxy a line, except ``#`` lines; raise UsageError with a line for each unusable one."""
    found: dict[str, ProxyUrl] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                proxy = parse_proxy(line, f"{where}, line {number}")
            except UsageError as error:
                problems.append(str(error))
            else:
                found.setdefault(proxy.url, proxy)
    if problems:
        raise UsageError("\n".join(problems))
    if not found:
        raise UsageError(f"{where}: expected one proxy a line, got none: add {_FORM}, or leave PROXIES_FILE out")
    return tuple(found.values())


def name_proxy(url: str | None) -> str:
    """Return *url*, as ``parse_proxy`` made it, without its credentials."""
    if url is None:
        return "none"
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
