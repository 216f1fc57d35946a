"""A slow iterable is read beside the event loop: in order, within a bound, and no further than items are taken."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from scraper.system.ahead import read_ahead
from tests.support.waiting import wait_for


def test_the_loop_goes_on_while_the_next_is_waited_for() -> None:
    """Each item appears only after a turn of the loop since the item before it."""
    turn = threading.Event()

    def items() -> Iterator[int]:
        for number in range(5):
            assert turn.wait(10)
            turn.clear()
            yield number

    async def read() -> list[list[int]]:
        async def tick() -> None:
            while True:
                turn.set()
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        found = [batch async for batch in read_ahead(items())]
        ticking.cancel()
        return found

    assert [item for batch in asyncio.run(read()) for item in batch] == list(range(5))


def test_all_come_in_order_and_others_have_their_turn_between() -> None:
    async def read() -> tuple[list[list[int]], int]:
        turns = 0

        async def tick() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        ticking = asyncio.ensure_future(tick())
        found = [batch async for batch in read_ahead(range(20_000))]
        ticking.cancel()
        return found, turns

    batches, turns = asyncio.run(read())
    assert [item for batch in batches for item in batch] == list(range(20_000))
    assert max(map(len, batches)) <= 1000
    assert turns >= len(batches)


def test_an_error_comes_after_what_was_read_before_it() -> None:
    found = []

    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("damaged")

    async def read() -> None:
        async for batch in read_ahead(items()):
            found.extend(batch)

    with pytest.raises(ValueError, match="damaged"):
        asyncio.run(read())
    assert found == [0, 1, 2]


def test_who_stops_taking_ends_the_reading() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    async def read() -> None:
        batches = read_ahead(items())
        await anext(batches)
        await batches.aclose()  # type: ignore[attr-defined]

    before = threading.active_count()
    asyncio.run(read())
    wait_for(lambda: threading.active_count() <= before, 10)
    assert taken < 3000
