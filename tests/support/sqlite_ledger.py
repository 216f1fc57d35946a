"""A SQLite ledger for tests, which gives its answers at once and lets time pass as they like."""

import asyncio
import inspect
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scraper.ledger.sqlite import SQLiteLedger


class Now:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 1e9

    def __call__(self) -> float:
        return self.time


class Sync:
    """A ledger whose methods return what they come to."""

    def __init__(self, ledger: Any, runner: asyncio.Runner) -> None:
        self.ledger = ledger
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.ledger, name)
        if not callable(method):
            return method

        def call(*args: Any, **named: Any) -> Any:
            result = method(*args, **named)
            if inspect.isasyncgen(result):
                return self._iterate(result)
            return self._runner.run(result) if inspect.iscoroutine(result) else result

        return call

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what *work* comes to, in the loop of the ledger."""
        return self._runner.run(work)

    def _iterate(self, items: Any) -> Iterator[Any]:
        async def step() -> Any:
            return await anext(items, None)

        while (item := self._runner.run(step())) is not None:
            yield item


@contextmanager
def on_disk(path: Path) -> Iterator[Any]:
    """Give the SQLite ledger at *path*, as a Sync with ``pass_time``."""
    now = Now()

    def pass_time(seconds: float) -> None:
        now.time += seconds

    with asyncio.Runner() as runner:
        ledger: Any = Sync(SQLiteLedger(path, clock=now), runner)
        ledger.pass_time = pass_time
        try:
            yield ledger
        finally:
            ledger.close()
