"""A ledger on a real Redis with several workers: which workers join a run, repeat seeds, or are refused."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from scraper.envelopes.lines import read_envelopes
from scraper.errors import UsageError
from scraper.ledger.access import add_seeds
from scraper.ledger.interface import Claim, State
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import Server
from scraper.runs.folder import ENVELOPES, LEDGER, POSTS
from scraper.runs.lifecycle import JOIN, drop_stale, join_run, open_run, recover
from scraper.runs.worker import read_worker_id, write_worker_id
from scraper.seeds.lists import PIPE
from tests.support.leasing import KEY, lease_ids, seed, settle
from tests.support.ledgers import RedisServer, on_redis
from tests.support.sqlite_ledger import Sync, on_disk

RUNS = count()
LIST = "twitter file:1"


@pytest.fixture
def run(redis_server: RedisServer) -> str:
    return f"s{next(RUNS)}"


@pytest.fixture
def open_as(redis_server: RedisServer, run: str) -> Iterator[Callable[[str], Any]]:
    """Opens the ledger of the test for the worker with that name."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(on_redis(redis_server, run, name))


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


Join = Callable[..., tuple[Any, bool]]


@pytest.fixture
def join(redis_server: RedisServer, run: str, runner: asyncio.Runner) -> Iterator[Join]:
    """Lets a folder take part in the run of the test, as a crawl does."""
    servers = []

    def take_part(folder: Path, source: str = LIST, *, is_retry: bool = False) -> tuple[Any, bool]:
        folder.mkdir(exist_ok=True)
        servers.append(Server(parse_address(redis_server.address(run))))
        joined = join_run(folder, servers[-1], source, is_retry=is_retry, now=next(RUNS) + 1e9, seconds=60)
        ledger, is_continued = runner.run(joined)
        return Sync(ledger, runner), is_continued

    yield take_part
    for each in servers:
        runner.run(each.close())


def finish(ledger: Any, folder: Path, lines: int = 3) -> None:
    """Let *ledger* end a list of that many lines, in the files of *folder*."""
    ledger.load(seed(line) for line in range(1, lines + 1))
    ledger.loaded()
    work(ledger, folder)
    assert ledger.finish()


def work(ledger: Any, folder: Path) -> None:
    for seed_id in lease_ids(ledger):
        ledger.claim(f"key-{seed_id}", seed_id)
        write(ledger, folder, seed_id)


def write(ledger: Any, folder: Path, seed_id: str, code: int = 200) -> bool:
    """Settle the seed as a crawl does: a record, a line, the ledger."""
    path, error = folder / ENVELOPES, None if code == 200 else {"code": "removed"}
    size = path.stat().st_size if path.exists() else 0
    with (folder / POSTS).open("a") as posts:
        posts.write(json.dumps({"seed": seed_id, "code": code}) + "\n")
    with path.open("a") as file:
        file.write(json.dumps({"seed": seed_id, "code": code, "error": error, "data": {}}) + "\n")
    end = path.stat().st_size
    is_ours: bool = ledger.settle(seed_id, code=code, error="removed" if error else None, offset=size, end=end)
    return is_ours


def seeds_of(path: Path) -> list[str]:
    return [json.loads(line)["seed"] for line in path.read_text().splitlines()]


def test_who_waits_is_found_whoever_came_first(open_as: Callable[[str], Any]) -> None:
    one, two = open_as("one"), open_as("two")
    one.load(seed(1, n) for n in range(1, 402))
    first = lease_ids(one, 1)[0]
    one.claim(KEY, first)
    waiting = lease_ids(two, 200) + lease_ids(one, 200)
    for seed_id in reversed(waiting):
        assert (two if seed_id in waiting[:200] else one).claim(KEY, seed_id) == Claim(of=first)
    settle(one, first)
    offsets = count(10, 10)
    ended = [repeated.id for repeated in one.waiting(first) if one.settle(repeated.id, code=200, error=None, offset=next(offsets), end=0)]
    assert sorted(ended) == sorted(waiting)
    assert one.counts()[State.DONE] == 401


def test_a_duplicate_goes_to_the_worker_that_has_the_envelope(open_as: Callable[[str], Any]) -> None:
    one, two = open_as("one"), open_as("two")
    one.load([seed(1), seed(2), seed(3)])
    assert lease_ids(one, 1) == ["1.1"]
    one.claim(KEY, "1.1")
    settle(one, "1.1", offset=7)
    assert lease_ids(two, 1) == ["2.1"]
    assert two.claim(KEY, "2.1") == Claim(of="1.1")
    assert not two.settle("2.1", code=200, error=None, offset=0, end=1)
    assert lease_ids(two) == ["3.1"]
    assert [(lease.seed.id, lease.attempts) for lease in one.lease("tiktok", 9, 60.0)] == [("2.1", 1)]
    assert one.claim(KEY, "2.1") == Claim(of="1.1", offset=7)


def test_what_a_sleeper_brings_is_refused(open_as: Callable[[str], Any]) -> None:
    one, two = open_as("one"), open_as("two")
    one.load([seed(1), seed(2)])
    lease_ids(one)
    one.pass_time(60)
    assert [(lease.seed.id, lease.deaths) for lease in two.lease("tiktok", 1, 60.0)] == [("1.1", 1)]
    assert one.claim(KEY, "1.1").is_waiting  # no longer one's seed: nothing is fetched for it
    assert not one.settle("1.1", code=200, error=None, offset=0, end=9)
    assert one.settle("2.1", code=200, error=None, offset=0, end=9)  # silent for too long, but no other worker took the seed
    one.release(["1.1"])
    one.renew(["1.1", "2.1", "9.9"], 60.0)
    assert two.settle("1.1", code=200, error=None, offset=0, end=9)
    assert (one.run().envelopes_end, two.run().envelopes_end) == (9, 9)


def test_leases_that_were_never_heard_of_are_given_back_too(open_as: Callable[[str], Any]) -> None:
    one = open_as("one")
    one.load([seed(1), seed(2)])
    lease_ids(one)  # as if the answer had been lost
    one.release_all()
    assert [lease.deaths for lease in one.lease("tiktok", 9, 60.0)] == [0, 0]


def test_a_worker_of_an_earlier_run_has_no_say_in_the_next(join: Join, tmp_path: Path) -> None:
    sleeper, _ = join(tmp_path / "a")
    sleeper.load([seed(1)])
    assert lease_ids(sleeper) == ["1.1"]
    other, _ = join(tmp_path / "b")
    other.ledger._idle = 0
    other.loaded()
    assert not other.finish()
    settle(sleeper, "1.1")
    assert other.finish()
    runner_up, _ = join(tmp_path / "b", "twitter file:2")
    runner_up.load([seed(1)])
    for say in (
        lambda: sleeper.load([seed(2)]),
        lambda: sleeper.note(loaded=True),
        lambda: settle(sleeper, "1.1"),
        lambda: sleeper.current([("1.1", 0)]),
        lambda: lease_ids(sleeper),
    ):
        with pytest.raises(UsageError, match="that run is over, another one has begun: start this worker again"):
            say()
    assert runner_up.counts()[State.TODO] == 1
    assert not runner_up.run().loaded


def test_a_finished_run_begins_anew_for_who_saw_its_end(join: Join, tmp_path: Path) -> None:
    one, is_continued = join(tmp_path / "a")
    assert not is_continued
    killed, _ = join(tmp_path / "b")
    finish(one, tmp_path / "a")
    started = one.run().started
    for folder, goes_on in (("b", True), ("c", False), ("b", True)):  # killed before the end, and one that comes too late
        late, is_continued = join(tmp_path / folder)
        assert (late.run().started, is_continued) == (started, goes_on)
        assert late.platforms() == []
    badge = read_worker_id(tmp_path / "a")
    assert badge is not None
    write_worker_id(tmp_path / "a", badge._replace(ended=True))
    anew, is_continued = join(tmp_path / "a")
    assert not is_continued
    assert anew.run().started != started
    assert len(list((tmp_path / "a/runs").iterdir())) == 1
    assert read_worker_id(tmp_path / "a") not in (None, badge)
    assert killed.ledger._worker != one.ledger._worker


def test_a_folder_that_was_elsewhere_has_another_name(join: Join, tmp_path: Path, redis_server: RedisServer, runner: asyncio.Runner) -> None:
    """Offsets that Redis has for the file of the first run must not be used in the file of another one."""
    join(tmp_path / "a")
    first = read_worker_id(tmp_path / "a")
    elsewhere = Server(parse_address(redis_server.address(f"s{next(RUNS)}")))
    runner.run(join_run(tmp_path / "a", elsewhere, LIST, is_retry=False, now=2e9, seconds=60))
    runner.run(elsewhere.close())
    join(tmp_path / "a")
    again = read_worker_id(tmp_path / "a")
    assert first is not None
    assert again is not None
    assert (again.run, again.worker != first.worker) == (first.run, True)


def test_a_run_of_the_folder_s_own_is_not_lost(join: Join, tmp_path: Path, runner: asyncio.Runner) -> None:
    join(tmp_path / "a")
    own, _ = runner.run(open_run(tmp_path / "a", "file:1", is_retry=False, now=3e9))
    own.shut()
    with pytest.raises(UsageError, match="a run of its own is in"):
        join(tmp_path / "a")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("twitter file:2", "a run of another list is under way there"),
        (f"twitter {PIPE}", "a run of another list is under way there"),
        ("hybrid file:1", "a run of another list is under way there"),
        (f"hybrid {JOIN}", "that run is one of the spider twitter: start scrapy crawl twitter"),
    ],
)
def test_who_does_not_belong_to_a_run_is_told(join: Join, tmp_path: Path, source: str, words: str) -> None:
    join(tmp_path / "a", LIST if PIPE not in source else f"twitter {PIPE}")
    with pytest.raises(UsageError, match=words):
        join(tmp_path / "b", source)
    assert join(tmp_path / "c", f"twitter {JOIN}")[1] is False


def test_what_redis_forgot_it_is_told_again(join: Join, tmp_path: Path, redis_server: RedisServer, run: str) -> None:
    """The last write before a power cut is lost: one lost line, then the worker continues."""
    one, _ = join(tmp_path / "a")
    one.load(seed(line) for line in range(1, 4))
    lease_ids(one)
    assert write(one, tmp_path / "a", "1.1")
    prefix = f"scraper:{{{run}}}:1"
    with redis_server.client() as client:
        client.hdel(f"{prefix}:ended", "1.1")
        client.hset(f"{prefix}:worker:{one.ledger._worker}", "envelopes_end", 0)
    assert one.settled(["1.1"]) == set()
    assert write(one, tmp_path / "a", "2.1")
    assert one.settled(["1.1", "2.1", "3.1"]) == {"1.1", "2.1"}
    assert one.current([("1.1", 0)]) == [True]


def test_a_list_is_read_again_where_redis_was_away_meanwhile(join: Join, tmp_path: Path) -> None:
    one, _ = join(tmp_path / "a")
    assert one.may_load()
    one.load([seed(1)])
    one.ledger._server.outages += 1
    assert not one.loaded()
    assert not one.run().loaded
    assert one.may_load()
    assert one.loaded()


@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer, run: str) -> AbstractContextManager[Any]:
    return on_disk(tmp_path / LEDGER) if request.param == "sqlite" else on_redis(redis_server, run)


def test_lines_of_seeds_that_were_put_back_go_and_no_other(opened: AbstractContextManager[Any], tmp_path: Path) -> None:
    with opened as ledger:
        ledger.load(seed(line) for line in range(1, 6))
        lease_ids(ledger)
        for line in range(1, 6):
            write(ledger, tmp_path, f"{line}.1", code=404 if line in (2, 4) else 200)
        assert ledger.retry(["private"]) == 0
        assert ledger.retry(["removed"]) == 2
        assert lease_ids(ledger) == ["2.1", "4.1"]
        write(ledger, tmp_path, "2.1")
        assert seeds_of(tmp_path / ENVELOPES) == ["1.1", "2.1", "3.1", "4.1", "5.1", "2.1"]
        ledger.wait(drop_stale(tmp_path, ledger.ledger))
        assert ledger.run().stale == 0
        assert seeds_of(tmp_path / ENVELOPES) == seeds_of(tmp_path / POSTS) == ["1.1", "3.1", "5.1", "2.1"]
        with (tmp_path / ENVELOPES).open("rb") as lines:
            places = [(envelope["seed"], offset) for offset, _, envelope in read_envelopes(lines, 0)]
        assert all(ledger.current(places))
        write(ledger, tmp_path, "4.1")
        ledger.wait(recover(tmp_path, ledger.ledger))
        assert Counter(seeds_of(tmp_path / ENVELOPES)) == {f"{line}.1": 1 for line in range(1, 6)}


def test_seeds_put_back_while_lines_are_dropped_are_seen(opened: AbstractContextManager[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened as ledger:
        ledger.load(seed(line) for line in range(1, 4))
        lease_ids(ledger)
        for line, code in ((1, 404), (2, 403), (3, 200)):
            path = tmp_path / ENVELOPES
            size = path.stat().st_size if path.exists() else 0
            with path.open("a") as file:
                file.write(json.dumps({"seed": f"{line}.1", "code": code, "error": {"code": str(code)}, "data": None}) + "\n")
            ledger.settle(f"{line}.1", code=code, error=str(code), offset=size, end=path.stat().st_size)
        ledger.retry(["404"])
        move, calls = ledger.ledger.move, count()

        async def moved(lines: Any) -> None:
            if next(calls) == 0:
                assert await ledger.ledger.retry(["403"]) == 1
            await move(lines)

        monkeypatch.setattr(ledger.ledger, "move", moved)
        ledger.wait(drop_stale(tmp_path, ledger.ledger))
        assert seeds_of(tmp_path / ENVELOPES) == ["3.1"]
        assert sorted(lease_ids(ledger)) == ["1.1", "2.1"]


def test_what_is_added_to_a_finished_run_opens_it(opened: AbstractContextManager[Any]) -> None:
    with opened as ledger:
        ledger.load([seed(1)])
        with pytest.raises(UsageError, match="is not in its ledger yet"):
            list(ledger._iterate(add_seeds(ledger.ledger, iter([seed(1)]))))
        ledger.note(loaded=True)
        lease_ids(ledger)
        settle(ledger, "1.1")
        assert ledger.finish()
        assert sum(ledger._iterate(add_seeds(ledger.ledger, iter([seed(4), replace(seed(6), line=6)])))) == 2
        assert not ledger.run().is_finished
        assert lease_ids(ledger) == ["2.1", "4.1"]
        assert not ledger.finish()
