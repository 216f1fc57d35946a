"""Whether the browser still answers: one that hangs is killed, as nothing else ends what waits for it."""

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
    """Asks *browser* from time to time; one that does not answer within *patience* seconds is killed, after *hung*."""

    def __init__(self, browser: Browser, patience: float, hung: Callable[[], None]) -> None:
        self.browser = browser
        self._patience = patience
        self._hung = hung
        self._task = asyncio.ensure_future(self._watch())

    def stop(self) -> None:
        """Ask no more."""
        self._task.cancel()

    async def _watch(self) -> None:
        # A browser that is gone says so itself (scrapy-playwright listens).
        with suppress(PlaywrightError):
            session = await self.browser.new_browser_cdp_session()
            pid = await _find_pid(session)
            while pid is not None:
                await asyncio.sleep(self._patience / 4)
                try:
                    await asyncio.wait_for(session.send("Browser.getVersion"), self._patience)
                except TimeoutError:
                    logger.warning("the browser has not answered for %.0f s, so it is started anew", self._patience)
                    self._hung()
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                    return


async def _find_pid(session: CDPSession) -> int | None:
    """Return the id of the browser's main process."""
    found = await session.send("SystemInfo.getProcessInfo")
    return next((int(each["id"]) for each in found["processInfo"] if each["type"] == "browser"), None)
