"""Test whether the browser of a crawl starts."""

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from scraper.errors import BrowserMissingError
from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions

_START = 30_000
"""Milliseconds."""


async def start_browser(browser: BrowserOptions, network: NetworkOptions) -> str:
    """Start and close the browser and return its version; raise BrowserMissingError with the reason."""
    options = launch_options(browser, network)
    try:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(**options, timeout=_START)
            try:
                await (await chromium.new_page()).close()
                return chromium.version
            finally:
                await chromium.close()
    except PlaywrightError as error:
        reason = error.message.strip().partition("\n")[0]
        problem = f"Chromium does not start ({reason}): type `make browser`, or set BROWSER_EXECUTABLE"
        raise BrowserMissingError(problem) from error
