"""The recorder of a run: seeds that end alike, lines that are announced once, a folder that cannot be written."""

import asyncio
import errno
import os
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from scrapy.signals import item_scraped

from scraper.envelopes.outcome import Outcome
from scraper.errors import UsageError
from scraper.ledger.interface import State
from scraper.model.post import Kind, Post
from scraper.model.seed import Seed
from scraper.runs.folder import LEDGER, POSTS
from scraper.runs.lifecycle import recover
from scraper.runs.pacing import Pacer
from scraper.runtime import signals
from scraper.system.lock import take_lock
from tests.support.outputs import Output
from tests.support.recording import REF, Recording, failed, seed
from tests.support.sqlite_ledger import on_disk
from tests.support.tree import ROOT


def test_those_who_wait_for_a_slow_seed_take_no_memory_and_no_turn_of_others(recording: Recording, tmp_path: Path) -> None:
    number = 600

    async def run() -> None:
        recorder, pacer, found = await recording.open(number), recording.pacer, list[Seed]()
        loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(20):
            async for lease in pacer.leases(recorder.ledger, loading):
                found.append(lease.seed)
                if await recording.claim(lease.seed):
                    pacer.open(lease.seed.id, "tiktok")
                if len(found) == number:
                    pacer.stop()
        assert [s.id for s in found if pacer.is_open(s.id)] == ["1.1"]
        await recorder.record(failed(found[0]))
        assert len(Output(tmp_path).envelopes) == 1
        turns = 0
        while (await recorder.ledger.counts())[State.LEASED]:
            turns += 1
            await asyncio.sleep(0)
        assert turns > number / 2

    asyncio.run(run())
    envelopes = Output(tmp_path).envelopes
    assert [envelope["seed"] for envelope in envelopes] == [f"{line}.1" for line in range(1, number + 1)]
    assert {envelope.get("duplicate_of") for envelope in envelopes[1:]} == {"1.1"}


def test_a_run_that_stops_among_repeats_leaves_the_rest_for_the_next(recording: Recording, tmp_path: Path) -> None:
    async def run() -> None:
        recorder = await recording.open(9)
        for lease in await recorder.ledger.lease("tiktok", 9, 60.0):
            await recording.claim(lease.seed)
        await recorder.record(failed(seed(1)))
        await asyncio.sleep(0)
        await recorder.close("shutdown")

    asyncio.run(run())
    before = len(Output(tmp_path).envelopes)
    assert 1 < before < 9
    with on_disk(tmp_path / LEDGER) as ledger:
        asyncio.run(recover(tmp_path, ledger.ledger))
        leases = ledger.lease("tiktok", 9, 60.0)
        assert [lease.attempts for lease in leases] == [1] * (9 - before)
        assert ledger.claim(REF.key, leases[0].seed.id).offset == 0


def test_each_line_is_announced_once_whoever_records_it(recording: Recording, tmp_path: Path) -> None:
    """Scrapy itself sends a signal for items that leave the pipelines, but not for their repeats."""

    async def run() -> None:
        recorder = await recording.open(3)
        await recorder.ledger.lease("tiktok", 3, 60.0)
        assert [await recording.claim(seed(line)) for line in (1, 2)] == [True, False]
        line = await recorder.record(failed(seed(1)), announce=False)
        assert line == Output(tmp_path).envelopes[0]
        while (await recorder.ledger.counts())[State.FAILED] < 2:
            await asyncio.sleep(0)
        assert not await recording.claim(seed(3))
        assert await recorder.record(failed(seed(9))) is None
        await recorder.close("finished")

    asyncio.run(run())
    lines = Output(tmp_path).envelopes
    assert [line["seed"] for line in lines] == ["1.1", "2.1", "3.1"]
    assert [facts["item"] for signal, facts in recording.sent if signal is item_scraped] == lines[1:]
    ended = [facts["seed_id"] for signal, facts in recording.sent if signal is signals.seed_finished]
    assert ended == ["1.1", "2.1", "3.1"]
    assert recording.counts == {"seeds/finished": 3, "seeds/result/removed": 3, "seeds/taken_over": 1}
    assert (recording.recorder.run.results, recording.recorder.run.left) == ({"removed": 3}, None)


def test_a_post_is_recorded_without_a_crawler(recording: Recording, tmp_path: Path) -> None:
    async def run() -> None:
        recorder = await recording.open(1)
        await recorder.ledger.lease("tiktok", 1, 60.0)
        post = Post(platform="tiktok", id="7", kind=Kind.TEXT, url=REF.url, text="a text")
        await recorder.record(Outcome(seed=seed(1), ref=REF, started=time.monotonic(), post=post))
        await recorder.ledger.loaded()
        await recorder.close("finished")

    asyncio.run(run())
    (line,), (record,) = Output(tmp_path).envelopes, Output(tmp_path).posts
    assert (line["code"], line["router"], record["seed"], record["text"]) == (200, "/tiktok/video", "1.1", "a text")
    run_facts = recording.recorder.run
    assert (run_facts.results, run_facts.left, run_facts.is_finished, run_facts.problem) == ({"ok": 1}, 0, True, "")
    assert [each.result for each in recording.tally.rows] == ["ok"]


def test_a_disk_that_is_full_ends_the_run(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        recorder = await recording.open(2)
        await recorder.ledger.lease("tiktok", 2, 60.0)
        monkeypatch.setattr(recorder._envelopes, "append", fill)
        assert await recorder.record(failed(seed(1))) is None
        assert await recorder.record(failed(seed(2))) is None
        await asyncio.sleep(0)
        await recorder.close("disk_full")

    asyncio.run(run())
    assert recording.reasons == ["disk_full"]
    assert (recording.recorder.run.reason, recording.recorder.run.problem) == ("disk_full", "")
    assert item_scraped not in recording.sent_signals()


def fill(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_items_are_announced_in_one_place() -> None:
    modules = [path for name in ("scraper", "spiders", "pipelines") for path in (ROOT / name).rglob("*.py")]
    assert [path.name for path in modules if "item_scraped, " in path.read_text("utf-8")] == ["recorder.py"]


def test_what_cannot_be_closed_keeps_nothing_else_open(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = asyncio.run(recording.open(1))
    monkeypatch.setattr(Pacer, "give_back", refuse)
    recorder._posts._reader.close()
    monkeypatch.setattr(recorder._posts, "_reader", SimpleNamespace(close=refuse))
    with pytest.raises(OSError, match="refused"):
        asyncio.run(recorder.close("shutdown"))
    asyncio.run(recorder.close("again"))
    take_lock(tmp_path).close()
    assert recorder._posts._file.closed
    assert recorder._envelopes._file.closed
    with pytest.raises(sqlite3.ProgrammingError):
        asyncio.run(recorder.ledger.counts())
    assert recorder.run.reason == "shutdown"
    assert recording.sent_signals().count(signals.outputs_closed) == 1


def refuse(*_: object) -> None:
    raise OSError("refused")


def test_closing_waits_for_a_checkpoint_under_way(recording: Recording, tmp_path: Path) -> None:
    async def run() -> None:
        ledger = (await recording.open(5)).ledger
        await asyncio.gather(*(ledger.checkpoint() for _ in range(9)), recording.recorder.close("finished"))
        await ledger.checkpoint()

    asyncio.run(run())
    assert [path.name for path in tmp_path.glob(f"{LEDGER}*")] == [LEDGER]


def test_a_folder_that_cannot_be_used_is_wrong_use(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / POSTS).mkdir()
    with pytest.raises(UsageError, match=r"^OUTPUT_DIR: .* cannot be written: .*Is a directory"):
        asyncio.run(recording.recorder.open("list"))
    take_lock(tmp_path).close()
