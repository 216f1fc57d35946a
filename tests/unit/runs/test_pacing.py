"""When the seeds of a run begin: pauses, suspects, and a stop while a list is read."""

import asyncio
import time
from contextlib import suppress

import pytest

from tests.support.recording import Recording


def test_a_run_that_is_paused_altogether_sleeps(recording: Recording) -> None:
    async def run() -> None:
        recorder = await recording.open(9)
        recording.pauses.pause("tiktok", 60, "told to wait")
        loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        loading.set_result(None)
        used = time.process_time()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                async for _ in recording.pacer.leases(recorder.ledger, loading):
                    raise AssertionError("leased of a paused platform")
        assert time.process_time() - used < 0.1

    asyncio.run(run())


def test_after_a_death_suspects_go_alone_and_then_all_the_rest_together(recording: Recording) -> None:
    async def run() -> list[tuple[str, ...]]:
        ledger, pacer = (await recording.open(20)).ledger, recording.pacer
        await ledger.lease("tiktok", 4, 60.0)
        await ledger.expire_all()
        loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        beside: list[tuple[str, ...]] = []
        opened: list[str] = []
        ending: list[asyncio.Future[None]] = []

        async def end_one() -> None:
            await asyncio.sleep(0.02)
            beside.append(tuple(opened))
            await ledger.settle(opened[0], code=200, error=None, offset=0, end=0)
            pacer.end(opened.pop(0))

        async with asyncio.timeout(10):
            async for lease in pacer.leases(ledger, loading):
                opened.append(lease.seed.id)
                pacer.open(lease.seed.id, "tiktok")
                ending.append(asyncio.ensure_future(end_one()))
                if lease.seed.line == 20:
                    pacer.stop()
        return beside

    together = asyncio.run(run())
    assert together[:4] == [("1.1",), ("2.1",), ("3.1",), ("4.1",)]
    assert max(map(len, together[4:])) == 4


@pytest.mark.parametrize("turns", range(4))
def test_a_stop_is_heard_while_a_list_is_read(recording: Recording, turns: int) -> None:
    """Each slice of the list wakes the pacer; a stop at that moment counts."""

    async def run() -> None:
        pacer, ledger = recording.pacer, (await recording.open(0)).ledger
        waiting = asyncio.ensure_future(anext(pacer.leases(ledger, asyncio.get_running_loop().create_future())))
        await asyncio.sleep(0.01)
        pacer.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        waiting.cancel()
        assert done

    asyncio.run(run())
