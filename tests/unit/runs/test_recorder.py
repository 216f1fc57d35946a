"""The output folder: seeds that end alike, a folder that cannot be written, and whose it is."""

import asyncio
import errno
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.settings import Settings
from scrapy.signals import item_scraped
from twisted.python.failure import Failure

from scraper.crawl.resolver import Step
from scraper.envelopes.outcome import Outcome
from scraper.errors import UsageError
from scraper.extensions import recording as extension
from scraper.ledger.interface import State
from scraper.ledger.sqlite import SQLiteLedger
from scraper.model.post import Kind, Post
from scraper.model.seed import Seed
from scraper.runs import lifecycle as runs
from scraper.runs.folder import ENVELOPES, LEDGER, POSTS
from scraper.runs.lifecycle import drop_stale, recover
from scraper.runs.pacing import Pacer
from scraper.runs.services import RunServices
from scraper.runtime import signals
from scraper.seeds.lists import fingerprint
from scraper.system.lock import take_lock
from tests.lab.process import LabProcess
from tests.support.crawling import QUIET, ROOT, Crawl, crawl
from tests.support.ledgers import on_disk
from tests.support.recording import REF, Recording, failed, seed


def read(folder: Path) -> Crawl:
    return Crawl(0, "", "", folder)


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
        assert len(read(tmp_path).envelopes) == 1
        turns = 0
        while (await recorder.ledger.counts())[State.LEASED]:
            turns += 1
            await asyncio.sleep(0)
        assert turns > number / 2

    asyncio.run(run())
    envelopes = read(tmp_path).envelopes
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
    before = len(read(tmp_path).envelopes)
    assert 1 < before < 9
    with on_disk(tmp_path / LEDGER) as ledger:
        asyncio.run(recover(tmp_path, ledger.ledger))
        leases = ledger.lease("tiktok", 9, 60.0)
        assert [lease.attempts for lease in leases] == [1] * (9 - before)
        assert ledger.claim(REF.key, leases[0].seed.id).offset == 0


def test_each_line_is_announced_once_whoever_records_it(recording: Recording, tmp_path: Path) -> None:
    """What leaves the pipelines Scrapy announces itself; the repeats of it nobody else would."""

    async def run() -> None:
        recorder = await recording.open(3)
        await recorder.ledger.lease("tiktok", 3, 60.0)
        assert [await recording.claim(seed(line)) for line in (1, 2)] == [True, False]
        line = await recorder.record(failed(seed(1)), announce=False)
        assert line == read(tmp_path).envelopes[0]
        while (await recorder.ledger.counts())[State.FAILED] < 2:
            await asyncio.sleep(0)
        assert not await recording.claim(seed(3))
        assert await recorder.record(failed(seed(9))) is None
        await recorder.close("finished")

    asyncio.run(run())
    lines = read(tmp_path).envelopes
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
    (line,), (record,) = read(tmp_path).envelopes, read(tmp_path).posts
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


def test_a_record_that_finds_no_room_stops_the_run(lab: LabProcess, tmp_path: Path) -> None:
    posts = tmp_path / "out/posts.jsonl"
    posts.parent.mkdir()
    posts.symlink_to("/dev/full")
    urls = f"urls={lab.url('lab_gif/')} {lab.url('lab_deleted/')} {lab.url('lab_gif/')}?x=1"
    full = crawl(lab, tmp_path, "-a", urls, spider="twitter", MEDIA="none")
    info = json.loads((full.folder / "run.json").read_text())
    assert (full.code, info["reason"], info["left"]) == (3, "disk_full", 3 - len(full.envelopes))
    assert [alarm["monitor"] for alarm in info["alarms"]] == ["unfinished"]
    assert {envelope["seed"] for envelope in full.envelopes} <= {"1.2"}
    posts.unlink()
    mended = crawl(lab, tmp_path, "-a", urls, spider="twitter", MEDIA="none")
    assert sorted(envelope["seed"] for envelope in mended.envelopes) == ["1.1", "1.2", "1.3"]
    assert len(mended.posts) == 1


def test_who_comes_second_after_the_checks_reads_the_same_line_and_changes_nothing(tmp_path: Path) -> None:
    """Preflight is left out, as if the other run had begun right after it."""
    late = (
        "import scraper.commands.crawl as command; command.check = lambda *_: None;"
        f"from scrapy.cmdline import execute; execute(['scrapy', 'crawl', 'tiktok', '-a', 'urls=x', '-s', 'OUTPUT_DIR={tmp_path}'])"
    )
    (tmp_path / "run.json").write_text("the other's")
    with (tmp_path / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        early = crawl(None, tmp_path, "-a", "urls=x", OUTPUT_DIR=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", late], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (early.code, early.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == early.stderr.strip()
    assert f"another run is writing to {tmp_path}: wait for it" in early.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count(" ERROR: ") == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "sessions") == [".lock", "run.json"]
    assert (tmp_path / "run.json").read_text() == "the other's"


def test_a_list_that_breaks_off_is_told_from_one_that_ended(tmp_path: Path) -> None:
    """A terminal that hangs up: standard input ends with EIO."""
    ours, theirs = os.openpty()
    os.write(theirs, b"no link\nno link\n")
    command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", "seeds=-", "-s", f"OUTPUT_DIR={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=ours, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.close(ours)
        while len(envelopes(tmp_path)) < 2 and process.poll() is None:
            time.sleep(0.05)
        os.close(theirs)
        out, log = process.communicate(timeout=30)
    assert process.returncode == 2
    told = "seeds: cannot read standard input: Input/output error: give a list or a folder of lists"
    assert log.splitlines()[-1] == f"scrapy crawl: {told}"
    assert "0 of 2 seeds ok" in out
    assert "cut short (unusable), the list was not read to its end: a list from a pipe cannot be continued" in out
    info = json.loads((tmp_path / "run.json").read_text())
    assert (info["reason"], info["problem"], info["codes"], info["left"]) == ("unusable", told, {"400": 2}, None)


def envelopes(folder: Path) -> list[dict[str, Any]]:
    return read(folder).envelopes if (folder / "envelopes.jsonl").exists() else []


def test_ctrl_c_while_a_long_list_is_read_ends_at_once(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("no link\n" * 400_000)
    command = [sys.executable, "-m", "scrapy", "crawl", "tiktok", "-a", f"seeds={seeds}", "-s", f"OUTPUT_DIR={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=QUIET["stderr"], text=True) as process:
        while not envelopes(tmp_path):
            time.sleep(0.05)
        process.send_signal(2)
        sent = time.monotonic()
        out, _ = process.communicate(timeout=20)
    assert time.monotonic() - sent < 8
    assert process.returncode == 1
    assert "(shutdown), the list was not read to its end: run the same command again to continue" in out
    assert json.loads((tmp_path / "run.json").read_text())["left"] is None


class Killed(BaseException):
    """The process ends here."""


def kill_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the change of file or ledger with that *number* be the last one."""
    done = count(1)

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any) -> Any:
            if next(done) > number:
                raise Killed
            return change(*args)

        return do

    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    monkeypatch.setattr(SQLiteLedger, "_write", counted(SQLiteLedger._write))


def make_broken_run(folder: Path) -> None:
    """Leave a run that broke off: seeds 1 to 6, the odd ones failed, 7 open with its record alone, 8 not begun."""
    folder.mkdir()
    with on_disk(folder / LEDGER) as ledger:
        ledger.load(seed(line) for line in range(1, 9))
        ledger.note(source="list", started=1e9, loaded=True)
        sizes = {ENVELOPES: 0, POSTS: 0}
        for lease in ledger.lease("tiktok", 7, 60.0):
            name, offset = lease.seed.id, sizes[ENVELOPES]
            code = 404 if lease.seed.line % 2 else 200
            ledger.claim(name, name)
            if code == 200 or name == "7.1":
                sizes[POSTS] = add(folder / POSTS, {"seed": name})
            if name != "7.1":
                error = {"code": "removed"} if code == 404 else None
                same_length = "." * (25 - len(json.dumps(error)))
                line = {"seed": name, "code": code, "error": error, "message": same_length}
                end = sizes[ENVELOPES] = add(folder / ENVELOPES, line)
                ledger.settle(name, code=code, error=None, offset=offset, end=end, posts_end=sizes[POSTS])


def add(path: Path, value: object) -> int:
    with path.open("a") as file:
        file.write(json.dumps(value) + "\n")
    return path.stat().st_size


def open_run(folder: Path, *, is_retry: bool) -> tuple[SQLiteLedger, bool]:
    return asyncio.run(runs.open_run(folder, "list", is_retry=is_retry, now=1e9))


def test_runs_that_begin_within_a_second_have_names_of_their_own(tmp_path: Path) -> None:
    async def begin(now: float) -> float | None:
        ledger, _ = await runs.open_run(tmp_path, "list", is_retry=False, now=now)
        await ledger.loaded()
        await ledger.finish()
        started = (await ledger.run()).started
        await ledger.close()
        return started

    times = [asyncio.run(begin(now)) for now in (1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.9, 1e9 + 9.5, 1e8)]
    assert times == [1e9 + 0.1, 1e9 + 1, 1e9 + 2, 1e9 + 9.5, 1e8]


def test_a_retry_killed_at_any_point_is_picked_up_whole(tmp_path: Path) -> None:
    """Whatever the last change was that came through, a plain run finds files and ledger of one mind."""
    for number in count():
        folder = tmp_path / str(number)
        make_broken_run(folder)
        with pytest.MonkeyPatch.context() as patch:
            kill_at(number, patch)
            try:
                open_run(folder, is_retry=True)[0].shut()
                break
            except Killed:
                pass
        opened, is_continued = open_run(folder, is_retry=False)
        assert is_continued
        opened.shut()
        with on_disk(folder / LEDGER) as ledger:
            found = [envelope["seed"] for envelope in read(folder).envelopes]
            assert found in ([f"{line}.1" for line in range(1, 7)], ["2.1", "4.1", "6.1"]), number
            assert [post["seed"] for post in read(folder).posts] == ["2.1", "4.1", "6.1"]
            again = [lease.seed.id for lease in ledger.lease("tiktok", 9, 60.0)]
            assert sorted(found + again) == [f"{line}.1" for line in range(1, 9)], number
            assert ledger.claim("2.1", "8.1").offset == found.index("2.1") * len((folder / ENVELOPES).read_bytes()) // len(found)
            assert ledger.claim("1.1", "7.1").is_first == ("1.1" not in found)
    assert number > 6


def test_a_plain_run_after_a_killed_retry_ends_every_seed_once(lab: LabProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = tmp_path / "seeds.txt"
    names = ("lab_deleted/", "lab_gif/", "lab_protected/", "lab_photo/")
    seeds.write_text("".join(f"{lab.url(name)}\n" for name in names))
    first = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter", MEDIA="none")
    with on_disk(first.folder / LEDGER) as ledger:
        ledger.note(finished=None)
        ledger.retry()
        with monkeypatch.context() as patch:
            patch.setattr(SQLiteLedger, "move", refuse)  # what comes after envelopes.jsonl was cut
            with pytest.raises(OSError, match="refused"):
                asyncio.run(drop_stale(first.folder, ledger.ledger))
    assert len(first.envelopes) == 2
    assert fingerprint(str(seeds)).startswith("file:")
    second = crawl(lab, tmp_path, "-a", f"seeds={seeds}", spider="twitter", MEDIA="none")
    assert sorted((e["seed"], e["code"]) for e in second.envelopes) == [("1.1", 404), ("2.1", 200), ("3.1", 403), ("4.1", 200)]
    assert second.stat("seeds/finished") == 2
    assert sorted(post["seed"] for post in second.posts) == ["2.1", "4.1"]


def test_a_long_tail_is_taken_up_line_by_line(tmp_path: Path) -> None:
    number = 12_000
    with on_disk(tmp_path / LEDGER) as ledger:
        ledger.load(seed(line) for line in range(1, number + 1))
        ledger.lease("tiktok", number, 60.0)
        with (tmp_path / ENVELOPES).open("w") as file:
            file.writelines(f'{{"seed": "{line}.1", "code": 200, "data": "{"x" * 1000}"}}\n' for line in range(1, number + 1))
        (tmp_path / POSTS).write_text("".join(f'{{"seed": "{line}.1"}}\n' for line in range(1, number + 2)))
        tracemalloc.start()
        asyncio.run(recover(tmp_path, ledger.ledger))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert ledger.counts()[State.DONE] == len(read(tmp_path).posts) == number
    assert peak < 2e6


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
    """Each slice of the list wakes the pacer; a stop that comes right then counts."""

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


class Crawler:
    """As much of one as the extension needs."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings()
        self.settings.setmodule("scraper.settings")
        self.settings.set("OUTPUT_DIR", str(folder), priority="cmdline")
        self.signals = SimpleNamespace(send_catch_log=lambda *_, **__: None, connect=lambda *_: None)
        self.stats = SimpleNamespace(inc_value=lambda *_: None)
        self.engine = self.spider = None


def test_the_ledger_is_tidied_while_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without that, all 5,000 seeds would stay in ledger.db-wal."""
    monkeypatch.setattr(extension, "_TIDY", 0.01)
    crawler: Any = Crawler(tmp_path)

    async def run() -> None:
        made = extension.RecordingExtension(crawler)
        await made._open(SimpleNamespace(source="list"))  # type: ignore[arg-type]
        await RunServices.of(crawler).recorder.ledger.load(seed(line) for line in range(1, 5001))
        async with asyncio.timeout(10):
            while (tmp_path / LEDGER).stat().st_size < 500_000:
                await asyncio.sleep(0.01)
        await made._close("finished")

    asyncio.run(run())
    assert not (tmp_path / f"{LEDGER}-wal").exists()


class Unreadable:
    """A spider whose list cannot be read any more."""

    @property
    def source(self) -> str:
        raise UsageError("seeds: cannot read list.txt: Permission denied")


def test_a_list_that_cannot_be_read_is_the_problem_of_the_run(tmp_path: Path) -> None:
    crawler: Any = Crawler(tmp_path)
    made, recorder = extension.RecordingExtension(crawler), RunServices.of(crawler).recorder
    asyncio.run(made._open(Unreadable()))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="cannot read list"):
        _ = recorder.ledger
    assert recorder.run.problem == "seeds: cannot read list.txt: Permission denied"


def test_a_seed_on_which_an_errback_broke_ends(tmp_path: Path) -> None:
    """Scrapy hands a Failure to the signal then, in the place of the response."""
    crawler: Any = Crawler(tmp_path)

    async def run() -> list[tuple[str, int]]:
        made, runs_of = extension.RecordingExtension(crawler), RunServices.of(crawler)
        await made._open(SimpleNamespace(source="list"))  # type: ignore[arg-type]
        await runs_of.recorder.ledger.load([seed(1)])
        (lease,) = await runs_of.pacer._take(runs_of.recorder.ledger)
        step = Step(ref=REF, request=Request(REF.url))
        cause: Any = Failure(ValueError("the last try is a bug"))  # type: ignore[no-untyped-call]
        cause.request = Request(REF.url, cb_kwargs={"seed": lease.seed, "step": step, "started": 0.0})
        made._end_unread(cause, cause)
        await asyncio.gather(*made._ending)
        await made._close("finished")
        return [(row.seed, row.code) for row in runs_of.tally.rows]

    assert asyncio.run(run()) == [("1.1", 502)]


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
