"""Test whether the browser of a crawl starts, or answers."""

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

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
            chromium = await playwright.chromium.launch(**options, timeout=_START * 1000)
            try:
                await (await chromium.new_page()).close()
                return chromium.version
            finally:
                await chromium.close()
    except PlaywrightError as error:
        reason = error.message.strip().partition("\n")[0]
        problem = f"Chromium does not start ({reason}): type `make browser`, or set BROWSER_EXECUTABLE"
        raise BrowserMissingError(problem) from error


async def try_browser(address: CdpAddress) -> str:
    """Open and close a page in the browser at *address*; return its version, raise BrowserMissingError."""
    try:
        async with async_playwright() as playwright:
            chromium = await connect(playwright, address, _START)
            try:
                await (await chromium.new_page()).close()
                return chromium.version
            finally:
                await chromium.close()
    except PlaywrightError as error:
        raise BrowserMissingError(f"{error.message}: start it, or leave BROWSER_CDP out") from error
