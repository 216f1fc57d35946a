"""Kill a browser that hangs: otherwise its callers would wait forever."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from playwright.async_api import Browser, CDPSession
from playwright.async_api import Error as PlaywrightError

logger = logging.getLogger(__name__)


class Watchdog:
    """Polls *browser*; if it does not respond within *patience* seconds, calls *hung* and kills it."""

    def __init__(self, browser: Browser, patience: float, hung: Callable[[], None]) -> None:
        self.browser = browser
        self._patience = patience
        self._hung = hung
        self._task = asyncio.ensure_future(self._watch())

    def stop(self) -> None:
        """Stop polling."""
        self._task.cancel()

    async def _watch(self) -> None:
        # scrapy-playwright itself notices a browser that has exited.
        with suppress(PlaywrightError):
            session = await self.browser.new_browser_cdp_session()
            pid = await _find_pid(session)
            while pid is not None:
                await asyncio.sleep(self._patience / 4)
                try:
                    await asyncio.wait_for(session.send("Browser.getVersion"), self._patience)
                except TimeoutError:
                    logger.warning("the browser has not answered for %.0f s and is restarted", self._patience)
                    self._hung()
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                    return


async def _find_pid(session: CDPSession) -> int | None:
    """Return the id of the browser's main process."""
    found = await session.send("SystemInfo.getProcessInfo")
    return next((int(each["id"]) for each in found["processInfo"] if each["type"] == "browser"), None)
