"""Kill or leave a browser that hangs: otherwise its callers would wait forever."""

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
    """
    Polls *browser*, and calls *hung* if it does not answer within *patience* seconds.

    If it *is_ours*, it is then killed; else the crawl disconnects from it and connects again.
    """

    def __init__(self, browser: Browser, patience: float, hung: Callable[[], None], *, is_ours: bool) -> None:
        self.browser = browser
        self._patience = patience
        self._hung = hung
        self._is_ours = is_ours
        self._task = asyncio.ensure_future(self._watch())

    def stop(self) -> None:
        """Stop polling."""
        self._task.cancel()

    async def _watch(self) -> None:
        # scrapy-playwright itself notices a browser that has exited.
        with suppress(PlaywrightError):
            session = await self.browser.new_browser_cdp_session()
            pid = await _find_pid(session) if self._is_ours else None
            while pid is not None or not self._is_ours:
                await asyncio.sleep(self._patience / 4)
                try:
                    await asyncio.wait_for(session.send("Browser.getVersion"), self._patience)
                except TimeoutError:
                    await self._end(pid)
                    return

    async def _end(self, pid: int | None) -> None:
        """End the browser with this process id, or the connection to one that is not ours."""
        what = "it is restarted" if self._is_ours else "the crawl connects to it again"
        logger.warning("the browser has not answered for %.0f s, so %s", self._patience, what)
        self._hung()
        if pid is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.browser.close(), self._patience)
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


async def _find_pid(session: CDPSession) -> int | None:
    """Return the id of the browser's main process."""
    found = await session.send("SystemInfo.getProcessInfo")
    return next((int(each["id"]) for each in found["processInfo"] if each["type"] == "browser"), None)
