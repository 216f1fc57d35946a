"""The settings of the browser, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.errors import UsageError
from scraper.fetch.browser.cdp_address import CdpAddress, parse_cdp
from scraper.text.setting import number, program, switch, text

BROWSER_EXECUTABLE = program("BROWSER_EXECUTABLE", "the Chromium or Chrome to use, by its path or its name on PATH")
BROWSER_HEADLESS = switch("BROWSER_HEADLESS", True, "`0` shows the browser")
BROWSER_CDP = text(
    "BROWSER_CDP",
    "",
    "address",
    "the Chromium that a crawl uses instead of starting one: `ws://127.0.0.1:PORT/…` or `http://127.0.0.1:PORT` "
    "([more](operations.md#a-browser-elsewhere))",
    is_secret=True,
)
BROWSER_TIMEOUT = number(
    "BROWSER_TIMEOUT",
    20,
    "seconds within which the browser answers; one that does not is killed and started anew",
    1,
)
BROWSER_CONTEXTS = number("BROWSER_CONTEXTS", 8, "sessions that have a page open at once", 1)
CONTEXT_USES = number(
    "CONTEXT_USES", 2000, "requests after which a new browser context with the same cookies replaces the old one", 1
)
CONTEXT_MINUTES = number("CONTEXT_MINUTES", 60, "minutes after which it does so", 1)
MINT_TIMEOUT = number("MINT_TIMEOUT", 30, "seconds until a guest session must have its cookies", 1)
PAGE_TIMEOUT = number("PAGE_TIMEOUT", 30, "seconds for one fetch in the page", 1)


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """The program, the mode and the limits of the browser."""

    executable: str | None
    headless: bool
    page_timeout: float
    """Seconds for one in-page fetch or navigation."""
    mint_timeout: float
    """Seconds until a guest session must have its cookies."""
    patience: float = 20.0
    """Seconds within which a browser that is well answers."""
    contexts: int = 8
    """Sessions that have a page open at once."""
    context_uses: int = 2000
    """Requests after which a context is replaced by a new one with the same cookies."""
    context_minutes: float = 60.0
    """The same, after this time."""
    cdp: CdpAddress | None = None
    """A browser that runs already; none is started then."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "BrowserOptions":
        """Read the settings BROWSER_…, CONTEXT_…, PAGE_TIMEOUT and MINT_TIMEOUT."""
        cdp, executable = BROWSER_CDP.read(settings), BROWSER_EXECUTABLE.read(settings)
        headless = BROWSER_HEADLESS.read(settings)
        if cdp and (executable or not headless):
            name = "BROWSER_EXECUTABLE" if executable else "BROWSER_HEADLESS=0"
            raise UsageError(f"BROWSER_CDP and {name}: expected one of them, got both: leave one out")
        return cls(
            executable=executable,
            headless=headless,
            page_timeout=PAGE_TIMEOUT.read(settings),
            mint_timeout=MINT_TIMEOUT.read(settings),
            patience=BROWSER_TIMEOUT.read(settings),
            contexts=BROWSER_CONTEXTS.read(settings),
            context_uses=CONTEXT_USES.read(settings),
            context_minutes=CONTEXT_MINUTES.read(settings),
            cdp=parse_cdp(cdp) if cdp else None,
        )
