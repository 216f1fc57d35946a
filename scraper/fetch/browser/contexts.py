"""The open contexts of the browser: one per session, with a warm page, limited in number and age."""

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

    name: str
    """Name of the context."""
    session: Session
    page: asyncio.Task[WarmPage]
    opened: float
    """Seconds on the monotonic clock."""
    uses: int = 0
    used: float = 0.0
    """Time of its last use, on the same clock."""
    users: int = 0
    """Requests under way."""
    is_leaving: bool = False
    """Whether it is closed as soon as no request uses it."""

    @property
    def is_open(self) -> bool:
        """Whether the page has opened."""
        return self.page.done() and not self.page.cancelled() and self.page.exception() is None


class Contexts:
    """
    Hands out contexts: at most BROWSER_CONTEXTS at once, each for CONTEXT_USES requests or CONTEXT_MINUTES.

    *open_page* opens the warm page of a session in the named context; *carry* stores the cookies of a context in its
    session; *close* closes page and context.
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
        self._open_contexts: dict[str, OpenContext] = {}
        """The context in use, by session."""
        self._leaving: set[OpenContext] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._changed = asyncio.Condition()
        self._closing: set[asyncio.Task[None]] = set()
        self._names = count(1)

    @asynccontextmanager
    async def use(self, session: Session, scope: BrowserScope) -> AsyncIterator[OpenContext]:
        """Keep a context of *session* open; its page may still be opening."""
        lock = self._locks.setdefault(session.id, asyncio.Lock())
        async with lock:
            context = self._open_contexts.get(session.id)
            if context is not None and self._is_worn(context):
                await self._carry(context)
                self._leave(context)
                context = None
            if context is None or (context.page.done() and not context.is_open):
                context = await self._open(session, scope)
            context.users += 1
            context.uses += 1
            context.used = time.monotonic()
        try:
            yield context
        finally:
            context.users -= 1
            if not session.is_usable(time.time()):  # the platform refused the session while this request was under way
                self._leave(context)
            elif not context.users:
                self._later(self._tidy(context))

    def release(self, session: Session) -> None:
        """Close the context of *session* as soon as no request uses it."""
        if (context := self._open_contexts.get(session.id)) is not None:
            self._leave(context)

    async def replace_dead(self, context: OpenContext) -> bool:
        """Discard a page that is gone, hangs or shows another site; return whether this call was the first to do so."""
        if context.is_open and await context.page.result().is_alive():
            return False
        is_first = self._open_contexts.get(context.session.id) is context
        self._leave(context)
        return is_first

    def forget(self) -> None:
        """Forget all contexts: the browser is gone."""
        self._open_contexts.clear()
        self._leaving.clear()
        self._later(self._notify())

    def stop(self) -> None:
        """End all waiting."""
        for task in (*(context.page for context in self._open_contexts.values()), *self._closing):
            task.cancel()

    def _is_worn(self, context: OpenContext) -> bool:
        age = time.monotonic() - context.opened
        return context.is_open and (
            context.uses >= self._options.context_uses or age >= self._options.context_minutes * 60
        )

    async def _open(self, session: Session, scope: BrowserScope) -> OpenContext:
        async with self._changed:
            while len(self._open_contexts) + len(self._leaving) >= self._options.contexts:
                await self._make_room()
            name = f"{session.id}.{next(self._names)}"
            page = asyncio.ensure_future(self._open_page(session, scope, name))
            page.add_done_callback(self._note)
            context = self._open_contexts[session.id] = OpenContext(
                name=name, session=session, page=page, opened=time.monotonic()
            )
            return context

    async def _make_room(self) -> None:
        """Close the context that has been idle for longest; wait if all are in use."""
        unused = (context for context in self._open_contexts.values() if not context.users and context.page.done())
        idle = min(unused, key=lambda context: context.used, default=None)
        if idle is None:
            await self._changed.wait()
            return
        if idle.is_open:
            await self._carry(idle)
        if not idle.users:  # a request may have taken it meanwhile
            self._leave(idle)
            await self._changed.wait()

    def _leave(self, context: OpenContext) -> None:
        if self._open_contexts.get(context.session.id) is context:
            del self._open_contexts[context.session.id]
            self._leaving.add(context)
        context.is_leaving = True
        if not context.users:
            self._later(self._tidy(context))

    async def _tidy(self, context: OpenContext) -> None:
        """Close *context* if it is leaving and idle; notify the requests that wait for room."""
        if context.is_leaving and not context.users and context in self._leaving:
            await self._close(context)
            self._leaving.discard(context)
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note(self, task: asyncio.Task[WarmPage]) -> None:
        """Retrieve the result of *task*, as its caller may be gone, and notify the requests that wait for room."""
        if not task.cancelled():
            task.exception()
            self._later(self._notify())
