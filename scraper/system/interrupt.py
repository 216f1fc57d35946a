"""Let Ctrl-C end a step."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """
    Raise KeyboardInterrupt inside the block as soon as Ctrl-C is pressed.

    asyncio.run() does not while its coroutine never waits. Scrapy's handlers stay installed after its loop has ended,
    and do nothing.
    """
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
