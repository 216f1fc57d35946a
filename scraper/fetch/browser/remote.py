"""Connect to a browser that runs elsewhere, without touching pages of others."""

import asyncio
from typing import Any

from aiohttp import ClientError
from playwright.async_api import Browser, Dialog, Playwright
from playwright.async_api import Error as PlaywrightError
from scrapy_playwright.provider import PlaywrightBrowserProvider

from scraper.fetch.browser.cdp import find_endpoint, say_why
from scraper.fetch.browser.cdp_address import CdpAddress

_PAUSE = 0.5
"""Seconds between two attempts to connect."""
_LEAST = 5.0
"""Seconds for the last of them, on a machine that is busy."""


class RemoteProvider(PlaywrightBrowserProvider):
    """Connects to the browser at *address*; waits up to *patience* seconds for one that is restarting."""

    def __init__(self, config: Any, *, address: CdpAddress, patience: float) -> None:
        super().__init__(config)
        self._address = address
        self._patience = patience
        self._rests_until = 0.0

    async def launch_browser(self) -> Browser:
        """Return the connected browser; raise PlaywrightError with the reason."""
        loop = asyncio.get_running_loop()
        # Those who waited for the attempt that has just failed do not all wait as long again.
        end = loop.time() + (self._patience if loop.time() >= self._rests_until else 0)
        assert self.playwright is not None
        while True:
            try:
                return await connect(self.playwright, self._address, max(end - loop.time(), _LEAST))
            except PlaywrightError:
                if loop.time() + _PAUSE > end:
                    self._rests_until = loop.time() + self._patience / 2
                    raise
            await asyncio.sleep(_PAUSE)


async def connect(playwright: Playwright, address: CdpAddress, timeout: float) -> Browser:
    """Connect within *timeout* seconds and touch nothing that is open; raise PlaywrightError, without the URL."""
    try:
        endpoint = await find_endpoint(address)
        # no_defaults: pages that are not ours keep their own look and focus
        browser = await playwright.chromium.connect_over_cdp(endpoint, timeout=timeout * 1000, no_defaults=True)
    except (PlaywrightError, OSError, ClientError, ValueError, TimeoutError) as error:
        raise PlaywrightError(f"BROWSER_CDP: no browser answers at {address.name} ({_why(error)})") from None
    for context in browser.contexts:
        context.on("dialog", _leave)
    return browser


def _leave(dialog: Dialog) -> None:
    """Leave a dialog of another program's page open; Playwright would dismiss it."""


def _why(error: Exception) -> str:
    """Return the cause of *error* in words without a URL, which Playwright's own may contain."""
    return "it takes no connection" if isinstance(error, PlaywrightError) else say_why(error)
