"""Block images, fonts and media in warm pages (CDP Fetch)."""

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import CDPSession, Page
from playwright.async_api import Error as PlaywrightError

_LOOKS = ("Image", "Font", "Media")
"""CDP's resource types."""


async def block_media(page: Page) -> None:
    """
    Stop images, fonts and media of *page* through CDP's Fetch domain.

    Only blocked requests pass through our process; ``Network.setBlockedURLs`` doubles all network events, and a route
    disables the browser's cache. The fence blocks foreign hosts (fetch/network/fence.py).
    """
    session = await page.context.new_cdp_session(page)
    tasks: set[asyncio.Task[None]] = set()

    def stop(event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(_fail(session, event["requestId"]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    session.on("Fetch.requestPaused", stop)
    await session.send("Fetch.enable", {"patterns": [{"resourceType": each} for each in _LOOKS]})


async def _fail(session: CDPSession, request: str) -> None:
    with suppress(PlaywrightError):  # the page is gone, and its request with it
        await session.send("Fetch.failRequest", {"requestId": request, "errorReason": "BlockedByClient"})
