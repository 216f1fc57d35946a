"""The open contexts of the browser: one a session, with a warm page, not too many, and none for too long."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from weakref import WeakValueDictionary

from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.browser.warm_page import WarmPage
from scraper.fetch.scope import BrowserScope
from scraper.fetch.session import Session


@dataclass(slots=True, kw_only=True, eq=False)
class OpenContext:
    """One context of a session and its warm page."""

    context: str
    """Name of the context."""
    session: Session
    page: asyncio.Task[WarmPage]
    opened: float
    """Seconds on the monotonic clock."""
    uses: int = 0
    used: float = 0.0
    """When it was last asked for."""
    users: int = 0
    """Requests under way."""
    is_leaving: bool = False
    """Whether it is closed once nobody uses it."""

    @property
    def is_open(self) -> bool:
        """Whether the page is there."""
        return self.page.done() and not self.page.cancelled() and self.page.exception() is None


class Contexts:
    """
    Hands out tabs: at most BROWSER_CONTEXTS at once, each for CONTEXT_USES requests or CONTEXT_MINUTES.

    *open_page* opens the warm page of a session in the context named; *carry* brings the cookies of a tab back into
    its session; *close* closes page and context.
    """

    def __init__(
        self,
        options: BrowserOptions,
        open_page: Callable[[Session, BrowserScope, str], Awaitable[WarmPage]],
        carry: Callable[[OpenContext], Awaitable[None]],
        close: Callable[[OpenContext], Awaitable[None]],
    ) -> None:
        self._options = options
        self._open_page, self._carry, self._close = open_page, carry, close
        self._tabs: dict[str, OpenContext] = {}
        """The one in use, by session."""
        self._leaving: set[OpenContext] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._changed = asyncio.Condition()
        self._closing: set[asyncio.Task[None]] = set()
        self._names = count(1)

    @asynccontextmanager
    async def use(self, session: Session, visit: BrowserScope) -> AsyncIterator[OpenContext]:
        """Keep a tab of *session* open; its page may still be opening."""
        lock = self._locks.setdefault(session.id, asyncio.Lock())
        async with lock:
            tab = self._tabs.get(session.id)
            if tab is not None and self._is_worn(tab):
                await self._carry(tab)
                self._leave(tab)
                tab = None
            if tab is None or (tab.page.done() and not tab.is_open):
                tab = await self._open(session, visit)
            tab.users += 1
            tab.uses += 1
            tab.used = time.monotonic()
        try:
            yield tab
        finally:
            tab.users -= 1
            if not session.is_usable(time.time()):  # a request that was under way with one that was refused
                self._leave(tab)
            elif not tab.users:
                self._later(self._tidy(tab))

    def release(self, session: Session) -> None:
        """Close what *session* has open, once nobody uses it."""
        if (tab := self._tabs.get(session.id)) is not None:
            self._leave(tab)

    async def replace_dead(self, tab: OpenContext) -> bool:
        """Let the next request open a new page if this one is gone, hangs or stands elsewhere; say whether it is so."""
        if tab.is_open and await tab.page.result().is_alive():
            return False
        is_first = self._tabs.get(tab.session.id) is tab
        self._leave(tab)
        return is_first

    def forget(self) -> None:
        """Forget all: the browser is gone."""
        self._tabs.clear()
        self._leaving.clear()
        self._later(self._notify())

    def stop(self) -> None:
        """Wait for nothing any more."""
        for task in (*(tab.page for tab in self._tabs.values()), *self._closing):
            task.cancel()

    def _is_worn(self, tab: OpenContext) -> bool:
        age = time.monotonic() - tab.opened
        return tab.is_open and (tab.uses >= self._options.context_uses or age >= self._options.context_minutes * 60)

    async def _open(self, session: Session, visit: BrowserScope) -> OpenContext:
        async with self._changed:
            while len(self._tabs) + len(self._leaving) >= self._options.contexts:
                await self._make_room()
            name = f"{session.id}.{next(self._names)}"
            page = asyncio.ensure_future(self._open_page(session, visit, name))
            page.add_done_callback(self._note)
            tab = self._tabs[session.id] = OpenContext(
                context=name, session=session, page=page, opened=time.monotonic()
            )
            return tab

    async def _make_room(self) -> None:
        """Close the tab that nobody has used for longest; wait where all are in use."""
        unused = (tab for tab in self._tabs.values() if not tab.users and tab.page.done())
        idle = min(unused, key=lambda tab: tab.used, default=None)
        if idle is None:
            await self._changed.wait()
            return
        if idle.is_open:
            await self._carry(idle)
        if not idle.users:  # somebody may have come meanwhile
            self._leave(idle)
            await self._changed.wait()

    def _leave(self, tab: OpenContext) -> None:
        if self._tabs.get(tab.session.id) is tab:
            del self._tabs[tab.session.id]
            self._leaving.add(tab)
        tab.is_leaving = True
        if not tab.users:
            self._later(self._tidy(tab))

    async def _tidy(self, tab: OpenContext) -> None:
        """Close *tab* if it is leaving and nobody uses it; tell who waits for room."""
        if tab.is_leaving and not tab.users and tab in self._leaving:
            await self._close(tab)
            self._leaving.discard(tab)
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note(self, task: asyncio.Task[WarmPage]) -> None:
        """Look at how *task* ended, as who asked for it may be gone, and tell who waits for room."""
        if not task.cancelled():
            task.exception()
            self._later(self._notify())
