"""The delay of an event loop."""

import asyncio
from collections.abc import Sequence

_TICK = 0.002


async def tick(lateness: list[float]) -> None:
    """Record every other millisecond the delay of the loop, in seconds."""
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(_TICK)
        lateness.append(loop.time() - before - _TICK)


def p999(ordered: Sequence[float]) -> float:
    """Return the 99.9th percentile in milliseconds."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.999))] * 1000
