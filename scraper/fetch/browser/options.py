"""The settings of the browser, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.errors import UsageError
from scraper.fetch.browser.cdp import CdpAddress, parse_cdp
from scraper.text.values import read_bool, read_int


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
    cdp: CdpAddress | None = None
    """A browser that runs already; none is started then."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "BrowserOptions":
        """Read the settings BROWSER_…, CONTEXT_…, PAGE_TIMEOUT and MINT_TIMEOUT."""
        cdp, executable = settings.get("BROWSER_CDP"), settings.get("BROWSER_EXECUTABLE") or None
        headless = read_bool("BROWSER_HEADLESS", settings["BROWSER_HEADLESS"])
        if cdp and (executable or not headless):
            name = "BROWSER_EXECUTABLE" if executable else "BROWSER_HEADLESS=0"
            raise UsageError(f"BROWSER_CDP and {name}: expected one of them, got both: leave one out")
        return cls(
            executable=executable,
            headless=headless,
            page_timeout=read_int("PAGE_TIMEOUT", settings["PAGE_TIMEOUT"], 1),
            mint_timeout=read_int("MINT_TIMEOUT", settings["MINT_TIMEOUT"], 1),
            patience=read_int("BROWSER_TIMEOUT", settings["BROWSER_TIMEOUT"], 1),
            contexts=read_int("BROWSER_CONTEXTS", settings["BROWSER_CONTEXTS"], 1),
            context_uses=read_int("CONTEXT_USES", settings["CONTEXT_USES"], 1),
            context_minutes=read_int("CONTEXT_MINUTES", settings["CONTEXT_MINUTES"], 1),
            cdp=parse_cdp(cdp) if cdp else None,
        )
