"""The project's settings in groups, each read once and checked."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from scraper.core.arguments import read_bool, read_int
from scraper.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How to reach the outside, for Scrapy, the browser and the media transfer alike."""

    proxy: str | None
    """URL, credentials included: never log it, use ``proxy_name``."""
    ca_file: Path | None

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "NetworkOptions":
        """Read PROXY and CA_FILE; raise UsageError for what cannot be used."""
        proxy = (settings.get("PROXY") or "").strip() or None
        if proxy is not None:
            proxy = _read_proxy(proxy)
        ca_file = Path(settings["CA_FILE"]) if settings.get("CA_FILE") else None
        if ca_file is not None and not ca_file.is_file():
            raise UsageError(f"CA_FILE: no such file: {ca_file}: give the path of a PEM certificate")
        return cls(proxy, ca_file)

    @property
    def proxy_name(self) -> str:
        """The proxy without its credentials, for people."""
        parts = urlsplit(self.proxy or "")
        return f"{parts.scheme}://{parts.hostname}:{parts.port}" if self.proxy else "none"


def _read_proxy(text: str) -> str:
    """Return the URL of a proxy; no message repeats it, as it may hold a password."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        _ = parts.port
    except ValueError:
        raise UsageError("PROXY: expected http://host:port, got what is no URL: correct it") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"PROXY: expected http://host:port, got scheme {parts.scheme!r}: give an http proxy")
    return parts.geturl()


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How to start and use the browser."""

    executable: str | None
    headless: bool
    page_timeout: float
    """Seconds for one in-page fetch or navigation."""
    mint_timeout: float
    """Seconds until a guest session must have its cookies."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "BrowserOptions":
        """Read BROWSER_EXECUTABLE, BROWSER_HEADLESS, PAGE_TIMEOUT and MINT_TIMEOUT."""
        return cls(
            executable=settings.get("BROWSER_EXECUTABLE") or None,
            headless=read_bool("BROWSER_HEADLESS", settings["BROWSER_HEADLESS"]),
            page_timeout=read_int("PAGE_TIMEOUT", settings["PAGE_TIMEOUT"], 1),
            mint_timeout=read_int("MINT_TIMEOUT", settings["MINT_TIMEOUT"], 1),
        )


@dataclass(frozen=True, slots=True)
class MediaOptions:
    """Bounds of the media step."""

    concurrency: int
    maxsize: int
    """Bytes a file may have."""
    idle_timeout: float
    """Seconds without a byte after which a transfer is given up."""
    min_free: int
    """Bytes that must stay free on the disk."""
    shutdown_grace: float
    """Seconds that open transfers get when the run is stopped."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "MediaOptions":
        """Read MEDIA_CONCURRENCY, MEDIA_MAXSIZE, MEDIA_IDLE_TIMEOUT, MIN_FREE and SHUTDOWN_GRACE."""
        return cls(
            concurrency=read_int("MEDIA_CONCURRENCY", settings["MEDIA_CONCURRENCY"], 1),
            maxsize=read_int("MEDIA_MAXSIZE", settings["MEDIA_MAXSIZE"], 1),
            idle_timeout=read_int("MEDIA_IDLE_TIMEOUT", settings["MEDIA_IDLE_TIMEOUT"], 1),
            min_free=read_int("MIN_FREE", settings["MIN_FREE"], 0),
            shutdown_grace=read_int("SHUTDOWN_GRACE", settings["SHUTDOWN_GRACE"], 0),
        )
