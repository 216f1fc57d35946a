"""Read a slow or blocking iterable without blocking the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

_T = TypeVar("_T")
_AHEAD = 1000
"""Items that the thread reads in advance; also the size of a batch."""


async def read_ahead(items: Iterable[_T]) -> AsyncIterator[list[_T]]:
    """
    Yield *items*, whose iteration may block, in batches of all items read so far.

    A daemon thread reads them, so that a silent pipe does not keep the process alive.
    """
    ahead = _Ahead(items, asyncio.get_running_loop())
    threading.Thread(target=ahead.read, name="seeds", daemon=True).start()
    try:
        while batch := await ahead.take():
            yield batch
    finally:
        ahead.end()


class _Ahead(Generic[_T]):
    """The buffer between the reading thread and the event loop."""

    def __init__(self, items: Iterable[_T], loop: asyncio.AbstractEventLoop) -> None:
        self._items = items
        self._loop = loop
        self._ready: list[_T] = []
        self._room = threading.Condition()
        self._news = asyncio.Event()
        self._error: Exception | None = None
        self._is_over = False

    def read(self) -> None:
        """Read all items into the buffer; wait while it is full. Runs in the thread."""
        try:
            for item in self._items:
                with self._room:
                    while len(self._ready) >= _AHEAD and not self._is_over:
                        self._room.wait()
                    if self._is_over:
                        return
                    self._ready.append(item)
                    if len(self._ready) == 1:
                        self._notify()
        except Exception as error:  # noqa: BLE001 - take() raises it again
            self._error = error
        self._is_over = True
        self._notify()

    def _notify(self) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._news.set)

    async def take(self) -> list[_T]:
        """Return the buffered items, an empty list at the end; raise the error of the thread."""
        await asyncio.sleep(0)  # let other tasks run, also while the buffer is never empty
        while not self._ready and not self._is_over:
            await self._news.wait()
            self._news.clear()
        with self._room:
            batch, self._ready = self._ready, []
            self._room.notify()
        if not batch and self._error is not None:
            raise self._error
        return batch

    def end(self) -> None:
        """Stop the thread."""
        with self._room:
            self._is_over = True
            self._room.notify()
