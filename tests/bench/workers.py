"""Workers that share a run on Redis: seeds a second of one, two and four; the cost of a ledger; eight simulated."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from scraper.ledger.interface import Ledger
from scraper.ledger.redis import RedisLedger
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import Server
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from tests.bench.figure import BenchError, Figure, Group
from tests.bench.processes import Watched, open_folder, open_lab
from tests.lab.process import LabProcess
from tests.support.ledgers import RedisServer, on_redis
from tests.support.sqlite_ledger import on_disk

_WORKERS = (1, 2, 4)
_CRAWLS = tuple(f"workers_{count}_seeds_per_s" for count in _WORKERS)
_COST = "ledger_redis_us_per_seed"
_SIZE = "ledger_redis_bytes_per_seed"
_SIMULATED = "workers_8_simulated_seeds_per_s"
_LATENCY = 100
"""Milliseconds."""
_OPEN = 4
"""Seeds that a real worker has open at once: few, so that it mostly waits, and two cores are enough for four."""
_EACH = 400
"""Number of seeds for each worker."""
_SEEDS = 20_000
_SIMULATED_OPEN = 32
_SIMULATED_SECONDS = 8.0
_LIMIT = 120.0


def measure(wanted: Collection[str]) -> list[Figure]:
    figures = []
    for count, key in zip(_WORKERS, _CRAWLS, strict=True):
        if key in wanted:
            rate = crawl(count)
            note = f"answers after {_LATENCY} ms, {_OPEN} seeds open a worker: {count * _OPEN * 1000 // _LATENCY} at most"
            figures.append(Figure(key=key, value=rate, unit="seeds/s", note=note))
    if _COST in wanted or _SIZE in wanted:
        figures += _beside_sqlite()
    if _SIMULATED in wanted:
        one, eight = simulate(1), simulate(8)
        note = f"{_SIMULATED_OPEN} open each, {_LATENCY} ms a seed; eight times one would be ratio 8"
        figures.append(Figure(key=_SIMULATED, value=eight, unit="seeds/s", peer="one worker", peer_value=one, note=note))
    return figures


def crawl(count: int) -> float:
    """Return the seeds a second of *count* crawls of X, while all of them are active."""
    number = count * _EACH
    with open_folder() as folder, open_lab("--many", str(number), "--list-many", "--latency", str(_LATENCY), "--guest-budget", "1000000") as lab:
        server = RedisServer(folder)
        try:
            seeds = folder / "seeds.txt"
            posts = [post["url"] for post in lab.posts if "lab_many" in post["url"]][:number]
            seeds.write_text("\n".join(posts))
            workers = [_start(lab, folder / str(n), server.address(), seeds) for n in range(count)]
            for worker in workers:
                if worker.wait(_LIMIT) != 0:
                    raise BenchError(f"a worker ended with an error: {worker.stdout.read_text()[-300:]}")
            return _rate([folder / f"{n}/out/envelopes.jsonl" for n in range(count)])
        finally:
            server.stop()


def _start(lab: LabProcess, folder: Path, address: str, seeds: Path) -> Watched:
    folder.mkdir()
    settings = {
        "PROXY": lab.proxy,
        "CA_FILE": lab.ca_file,
        "OUTPUT_DIR": folder / "out",
        "SESSION_DIR": folder / "sessions",
        "LEDGER": address,
        "OPEN_SEEDS": _OPEN,
        "MEDIA": "none",
        "POLITE": 0,
        "REPORT": 0,
        "TABLES": 0,
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "twitter", "-a", f"seeds={seeds}"]
    command += [option for name, value in settings.items() for option in ("-s", f"{name}={value}")]
    return Watched(command, folder)


def _rate(files: list[Path]) -> float:
    """Return the envelopes a second between the last worker's first and the first worker's last."""
    ends = [[_when(line) for line in file.read_text().splitlines()] for file in files]
    begin, finish = max(min(each) for each in ends), min(max(each) for each in ends)
    inside = sum(begin < moment <= finish for each in ends for moment in each)
    return inside / (finish - begin)


def _when(line: str) -> float:
    return datetime.fromisoformat(json.loads(line)["time"]).timestamp()


def seed(line: int) -> Seed:
    ref = Ref(platform="twitter", kind="post", id=str(10**18 + line), url=f"https://x.com/somebody/status/{10**18 + line}")
    return Seed(id=f"{line}.1", line=line, text=ref.url, ref=ref, platform="twitter")


def _beside_sqlite() -> list[Figure]:
    with open_folder() as folder:
        server = RedisServer(folder)
        try:
            before = _memory(server)
            shared = _cost(lambda: on_redis(server, "cost"))
            size = (_memory(server) - before) / _SEEDS
        finally:
            server.stop()
        own = _cost(lambda: on_disk(folder / "ledger.db"))
        own_size = (folder / "ledger.db").stat().st_size / _SEEDS
    note = f"lease, claim, settle, one after the other, {_SEEDS:,} seeds"
    return [
        Figure(key=_COST, value=shared * 1e6, unit="µs", peer="SQLite", peer_value=own * 1e6, note=note),
        Figure(key=_SIZE, value=size, unit="bytes", peer="SQLite", peer_value=own_size, note="memory, beside the file, all seeds done"),
    ]


def _memory(server: RedisServer) -> int:
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


def _cost(make: Callable[[], AbstractContextManager[Any]]) -> float:
    """Return the seconds that a ledger needs for one seed."""
    with ExitStack() as stack:
        ledger = stack.enter_context(make())
        ledger.load(seed(line) for line in range(1, _SEEDS + 1))
        return float(ledger.wait(_work(ledger.ledger)))


async def _work(ledger: Ledger) -> float:
    began, end = time.perf_counter(), 0
    while leases := await ledger.lease("twitter", 32, 60.0):
        for lease in leases:
            assert lease.seed.ref is not None
            await ledger.claim(lease.seed.ref.key, lease.seed.id)
            await ledger.settle(lease.seed.id, code=200, error=None, offset=end, end=end + 10)
            end += 10
    return (time.perf_counter() - began) / _SEEDS


def simulate(count: int) -> float:
    """Return the seeds a second of *count* processes that lease, wait as long as a site would take, and settle."""
    with open_folder() as folder:
        server = RedisServer(folder)
        try:
            number = int(count * _SIMULATED_OPEN * 1000 / _LATENCY * (_SIMULATED_SECONDS + 4))
            with on_redis(server, "simulated") as ledger:
                ledger.load(seed(line) for line in range(1, number + 1))
            begin = time.time() + 2 + count / 4
            workers = []
            for n in range(count):
                (folder / str(n)).mkdir()
                command = [sys.executable, "-m", "tests.bench.workers", server.address("simulated"), str(n), str(begin)]
                workers.append(Watched(command, folder / str(n)))
            total = 0
            for worker in workers:
                if worker.wait(_LIMIT) != 0:
                    raise BenchError("a simulated worker ended with an error")
                total += int(worker.stdout.read_text())
            return total / _SIMULATED_SECONDS
        finally:
            server.stop()


async def _simulate(address: str, name: str, begin: float) -> int:
    ledger = RedisLedger(Server(parse_address(address)), name)
    done, opened = 0, set[asyncio.Task[None]]()
    room = asyncio.Semaphore(_SIMULATED_OPEN)

    async def work(one: Seed) -> None:
        nonlocal done
        assert one.ref is not None
        await ledger.claim(one.ref.key, one.id)
        await asyncio.sleep(_LATENCY / 1000)
        offset = done
        done += 1
        await ledger.settle(one.id, code=200, error=None, offset=offset, end=done)
        room.release()

    await ledger.platforms()
    await asyncio.sleep(max(0.0, begin - time.time()))
    while time.time() < begin + _SIMULATED_SECONDS:
        await room.acquire()
        free = 1
        while free < _SIMULATED_OPEN and not room.locked():
            await room.acquire()
            free += 1
        leases = await ledger.lease("twitter", free, 60.0)
        for _ in range(free - len(leases)):
            room.release()
        for lease in leases:
            task = asyncio.ensure_future(work(lease.seed))
            opened.add(task)
            task.add_done_callback(opened.discard)
    counted = done
    await asyncio.gather(*opened)
    await ledger.close()
    return counted


GROUP = Group(keys=(*_CRAWLS, _COST, _SIZE, _SIMULATED), measure=measure)

if __name__ == "__main__":
    print(asyncio.run(_simulate(sys.argv[1], sys.argv[2], float(sys.argv[3]))))
