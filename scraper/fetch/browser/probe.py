"""Test whether the browser of a crawl starts, or answers."""

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError

from scraper.errors import BrowserMissingError
from scraper.fetch.browser.cdp_address import CdpAddress
from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.browser.remote import connect
from scraper.fetch.network.options import NetworkOptions

_START = 30
"""Seconds."""


async def start_browser(browser: BrowserOptions, network: NetworkOptions) -> str:
    """Start and close the browser and return its version; raise BrowserMissingError with the reason."""
    options = launch_options(browser, network)
    try:
        async with async_playwright() as playwright:
            return await _open_page(await playwright.chromium.launch(**options, timeout=_START * 1000))
    except PlaywrightError as error:
        reason = error.message.strip().partition("\n")[0]
        problem = f"Chromium does not start ({reason}): type `make browser`, or set BROWSER_EXECUTABLE"
        raise BrowserMissingError(problem) from error


async def try_browser(address: CdpAddress) -> str:
    """Open and close a page in the browser at *address*; return its version, raise BrowserMissingError."""
    try:
        async with async_playwright() as playwright:
            return await _open_page(await connect(playwright, address, _START))
    except PlaywrightError as error:
        raise BrowserMissingError(f"{error.message}: start it, or leave BROWSER_CDP out") from error


async def _open_page(browser: Browser) -> str:
    """Open and close a page, then close *browser*; return its version."""
    try:
        await (await browser.new_page()).close()
        return browser.version
    finally:
        await browser.close()
