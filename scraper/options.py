"""The project's settings in groups, each read once and checked."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from scraper.core.arguments import read_bool, read_choice, read_int, read_size
from scraper.core.errors import UsageError
from scraper.core.monitors import read_limits
from scraper.core.proxies import ProxyUrl, parse_list, parse_proxy
from scraper.core.template import NameTemplate


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """How to reach the outside, for Scrapy, the browser and the media transfer alike."""

    proxy: str | None = field(repr=False)
    """URL of the one for all, credentials included: never log it."""
    ca_file: Path | None
    listed: tuple[ProxyUrl, ...] = ()
    """Those of PROXIES_FILE, which take its place."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "NetworkOptions":
        """Read PROXY, PROXIES_FILE and CA_FILE; raise UsageError for what cannot be used."""
        proxy, listed = _read_proxies(settings)
        ca_file = Path(settings["CA_FILE"]) if settings.get("CA_FILE") else None
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
    proxy, file = (str(settings.get(name) or "").strip() for name in ("PROXY", "PROXIES_FILE"))
    if file and proxy and settings.getpriority("PROXY") != SETTINGS_PRIORITIES["project"]:
        raise UsageError("PROXY and PROXIES_FILE: expected one of them, got both: leave one out")
    if not file:
        return (parse_proxy(proxy, "PROXY").url if proxy else None), ()
    try:
        lines = Path(file).expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"PROXIES_FILE: cannot read {file}: {why}: give a file with one proxy a line") from error
    return None, parse_list(lines, "PROXIES_FILE")


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How to start and use the browser."""

    executable: str | None
    headless: bool
    page_timeout: float
    """Seconds for one in-page fetch or navigation."""
    mint_timeout: float
    """Seconds until a guest session must have its cookies."""
    patience: float = 20.0
    """Seconds within which a browser that is well answers."""
    contexts: int = 8
    """How many sessions have a page open at once."""
    context_uses: int = 2000
    """Requests after which a context is replaced by a new one with the same cookies."""
    context_minutes: float = 60.0
    """The same, after this time."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "BrowserOptions":
        """Read the settings BROWSER_…, CONTEXT_…, PAGE_TIMEOUT and MINT_TIMEOUT."""
        return cls(
            executable=settings.get("BROWSER_EXECUTABLE") or None,
            headless=read_bool("BROWSER_HEADLESS", settings["BROWSER_HEADLESS"]),
            page_timeout=read_int("PAGE_TIMEOUT", settings["PAGE_TIMEOUT"], 1),
            mint_timeout=read_int("MINT_TIMEOUT", settings["MINT_TIMEOUT"], 1),
            patience=read_int("BROWSER_TIMEOUT", settings["BROWSER_TIMEOUT"], 1),
            contexts=read_int("BROWSER_CONTEXTS", settings["BROWSER_CONTEXTS"], 1),
            context_uses=read_int("CONTEXT_USES", settings["CONTEXT_USES"], 1),
            context_minutes=read_int("CONTEXT_MINUTES", settings["CONTEXT_MINUTES"], 1),
        )


SIZES = frozenset({"MEDIA_MAXSIZE", "MEDIA_MIN_SPEED", "LIMIT_RATE", "MIN_FREE"})
"""Settings in bytes, which may be written in short."""
VERIFY = ("ends", "full")
MISSING = ("skip", "refetch")


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
    min_speed: int
    """Bytes a second, over *idle_timeout* seconds, below which a transfer is given up; 0 = any will do."""
    limit_rate: int
    """Bytes a second that all transfers share; 0 = as fast as they come."""
    verify: str
    """How much of a file is decoded: its ``ends``, or in ``full``."""
    template: NameTemplate
    archive: Path | None
    """Which media are done, over output folders; None = each folder knows of its own."""
    refetches: bool
    """Whether a medium that is done is fetched again where its file is gone."""
    force: bool
    """Whether it is in any case."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "MediaOptions":
        """Read MEDIA_…, and what else says how files are fetched and kept; raise UsageError."""
        archive = Path(settings["ARCHIVE"]).expanduser() if settings.get("ARCHIVE") else None
        return cls(
            concurrency=read_int("MEDIA_CONCURRENCY", settings["MEDIA_CONCURRENCY"], 1),
            maxsize=read_size("MEDIA_MAXSIZE", settings["MEDIA_MAXSIZE"], 1),
            idle_timeout=read_int("MEDIA_IDLE_TIMEOUT", settings["MEDIA_IDLE_TIMEOUT"], 1),
            min_free=read_size("MIN_FREE", settings["MIN_FREE"]),
            shutdown_grace=read_int("SHUTDOWN_GRACE", settings["SHUTDOWN_GRACE"], 0),
            min_speed=read_size("MEDIA_MIN_SPEED", settings["MEDIA_MIN_SPEED"]),
            limit_rate=read_size("LIMIT_RATE", settings["LIMIT_RATE"]),
            verify=read_choice("VERIFY", settings["VERIFY"], VERIFY),
            template=NameTemplate(settings["NAME_TEMPLATE"]),
            archive=archive,
            refetches=archive is None or read_choice("MISSING", settings["MISSING"], MISSING) == "refetch",
            force=read_bool("FORCE", settings["FORCE"]),
        )


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How many sessions a platform has, and for how long."""

    pool: int
    """Guests of a platform that are used at once."""
    uses: int
    """Requests after which a session is renewed."""
    age: float
    """Seconds after which it is; 0 = as the platform's own rules say."""
    tries: int
    """Times a refused session is replaced for one seed."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "SessionOptions":
        """Read SESSION_POOL, SESSION_USES, SESSION_AGE and SESSION_TRIES."""
        return cls(
            pool=read_int("SESSION_POOL", settings["SESSION_POOL"], 1),
            uses=read_int("SESSION_USES", settings["SESSION_USES"], 1),
            age=read_int("SESSION_AGE", settings["SESSION_AGE"], 0),
            tries=read_int("SESSION_TRIES", settings["SESSION_TRIES"], 0),
        )


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is made of a run once it has ended."""

    tables: bool
    summary: bool
    """It is made of the answers that RAW keeps."""
    report: bool
    guard: bool
    """Whether a CSV cell that a spreadsheet would run is made a text."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "ExportOptions":
        """Read TABLES, SUMMARY, REPORT and CSV_GUARD; raise UsageError."""
        tables, summary, report, guard, raw = (
            read_bool(name, settings[name]) for name in ("TABLES", "SUMMARY", "REPORT", "CSV_GUARD", "RAW")
        )
        return cls(tables=tables, summary=summary and raw, report=report, guard=guard)


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """What a run is looked at for when it has ended, and who is told."""

    is_on: bool
    limits: Mapping[str, float]
    """By monitor (core/monitors.py)."""
    command: tuple[str, ...] = field(repr=False)
    """What is run when there is an alarm: program and arguments, which may hold a secret; () = nothing."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "MonitorOptions":
        """Read MONITORS, MONITOR_LIMITS and ALERT_COMMAND; raise UsageError."""
        try:
            command = tuple(shlex.split(str(settings.get("ALERT_COMMAND") or "")))
        except ValueError as error:
            problem = f"ALERT_COMMAND: {str(error).lower()}: write it as in a shell, and what has blanks in quotes"
            raise UsageError(problem) from error
        return cls(
            is_on=read_bool("MONITORS", settings["MONITORS"]),
            limits=read_limits("MONITOR_LIMITS", str(settings.get("MONITOR_LIMITS") or "")),
            command=command,
        )
