"""The settings of the network, read once and checked."""

from dataclasses import dataclass, field
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from scraper.errors import UsageError
from scraper.fetch.network.proxy_urls import ProxyUrl, parse_list, parse_proxy
from scraper.text.setting import path, text

PROXY = text(
    "PROXY",
    "",
    "proxy",
    "`http://` or `https://[user:password@]host:port`, or `socks5://host:port`, for Scrapy, the browser and the media "
    "alike",
    computed="the environment's `https_proxy`",
    is_secret=True,
)
PROXIES_FILE = path(
    "PROXIES_FILE",
    "a file with one proxy a line, instead of `PROXY`: each session keeps one for life, and one that dies is replaced",
)
CA_FILE = path(
    "CA_FILE",
    "one more authority to trust (PEM), in all three; Chromium matches only certificates that the server sends",
    is_recorded=True,
)


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """The proxies and the authority that Scrapy, the browser and the media transfers use."""

    proxy: str | None = field(repr=False)
    """URL of the one for all, credentials included: never log it."""
    ca_file: Path | None
    listed: tuple[ProxyUrl, ...] = ()
    """Those of PROXIES_FILE, which take its place."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "NetworkOptions":
        """Read PROXY, PROXIES_FILE and CA_FILE; raise UsageError for what cannot be used."""
        proxy, listed = _read_proxies(settings)
        ca_file = CA_FILE.read(settings)
        if ca_file is not None and not ca_file.is_file():
            raise UsageError(f"CA_FILE: no such file: {ca_file}: give the path of a PEM certificate")
        return cls(proxy, ca_file, listed)

    @property
    def proxies(self) -> tuple[ProxyUrl, ...]:
        """All there are; with none, everything is asked for directly."""
        return self.listed or ((parse_proxy(self.proxy, "PROXY"),) if self.proxy else ())

    @property
    def proxy_name(self) -> str:
        """The proxies without their credentials, for people."""
        return ", ".join(proxy.name for proxy in self.proxies) or "none"


def _read_proxies(settings: BaseSettings) -> tuple[str | None, tuple[ProxyUrl, ...]]:
    """Return PROXY and what PROXIES_FILE lists; a file that is named goes before the proxy of the environment."""
    proxy, file = PROXY.read(settings), PROXIES_FILE.read(settings)
    if file is not None and proxy and settings.getpriority("PROXY") != SETTINGS_PRIORITIES["project"]:
        raise UsageError("PROXY and PROXIES_FILE: expected one of them, got both: leave one out")
    if file is None:
        return (parse_proxy(proxy, "PROXY").url if proxy else None), ()
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise UsageError(f"PROXIES_FILE: cannot read {file}: {why}: give a file with one proxy a line") from error
    return None, parse_list(lines, "PROXIES_FILE")
