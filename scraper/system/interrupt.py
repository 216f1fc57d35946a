"""Signals that end a step."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """
    Let Ctrl-C raise KeyboardInterrupt in here at once.

    Neither asyncio.run() does, where what it runs waits for nothing, nor Scrapy, whose own handlers stay when its loop
    has ended, and do nothing.
    """
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
