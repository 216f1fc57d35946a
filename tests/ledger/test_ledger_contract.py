"""What every ledger promises, on SQLite and on Redis: nothing lost, nothing twice."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from scraper.envelopes.lines import read_envelopes
from scraper.ledger.interface import Claim, State
from scraper.ledger.sqlite import NAME
from scraper.model.seed import Seed, split_id
from scraper.seeds.lines import parse_lines
from tests.support.leasing import KEY, RECOGNISER, lease_ids, seed, settle
from tests.support.ledgers import on_redis
from tests.support.sqlite_ledger import on_disk

RUNS = count()


@pytest.fixture(params=["sqlite", "redis"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], AbstractContextManager[Any]]:
    """Opens the ledger of the test, the same one each time."""
    if request.param == "sqlite":
        return lambda: on_disk(tmp_path / NAME)
    server, run = request.getfixturevalue("redis_server"), f"t{next(RUNS)}"
    return lambda: on_redis(server, run)


@pytest.fixture
def ledger(again: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    with again() as opened:
        yield opened


def die(ledger: Any, times: int) -> None:
    for _ in range(times):
        ledger.lease("tiktok", 1, 60.0)
        ledger.expire_all()


def test_a_seed_comes_back_as_it_was_loaded(ledger: Any) -> None:
    lines = [
        "# a list",
        "two https://www.tiktok.com/@a/video/1 and https://vm.tiktok.com/ZAbc/ \u4f60\u597d",
        '{"url": "https://www.tiktok.com/@a/video/2", "options": {"MEDIA": "none", "n": 1.5}, "tags": ["x", "\u00e9"]}',
        "https://www.tiktok.com/about",
        "https://example.com/",
        "{broken",
        "nothing \ud800 here",
    ]
    seeds = list(parse_lines(lines, RECOGNISER))
    assert ledger.load(seeds) == len(seeds) == 7
    assert ledger.load(seeds) == 0
    assert ledger.platforms() == ["", "tiktok"]
    leased = [lease.seed for name in ("", "tiktok") for lease in ledger.lease(name, 9, 1.0)]
    assert sorted(leased, key=lambda s: split_id(s.id)) == seeds


def test_leases_follow_the_list_and_the_platform(ledger: Any) -> None:
    ledger.load([seed(2), seed(2, 9), seed(2, 10), seed(3, platform="douyin"), seed(10)])
    assert lease_ids(ledger, 2) == ["2.1", "2.9"]
    assert lease_ids(ledger, 0) == lease_ids(ledger, -1) == []
    assert lease_ids(ledger) == ["2.10", "10.1"]
    assert ledger.platforms() == ["douyin", "tiktok"]
    assert lease_ids(ledger, platform="douyin") == ["3.1"]
    assert ledger.counts() == {State.TODO: 0, State.LEASED: 5, State.DONE: 0, State.FAILED: 0}


def test_a_lease_runs_out_unless_it_is_renewed(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    assert lease_ids(ledger, 2) == ["1.1", "2.1"]
    ledger.pass_time(30)
    ledger.renew(["2.1"], 60.0)
    ledger.pass_time(30)
    leases = ledger.lease("tiktok", 9, 60.0)
    assert [(lease.seed.id, lease.attempts) for lease in leases] == [("1.1", 2), ("3.1", 1)]


def test_a_release_is_no_death(ledger: Any) -> None:
    ledger.load([seed(1)])
    for _ in range(5):
        assert [lease.deaths for lease in ledger.lease("tiktok", 1, 60.0)] == [0]
        ledger.release(["1.1"])
        ledger.release(["1.1"])


def test_the_third_death_makes_poison(ledger: Any) -> None:
    ledger.load([seed(1)])
    seen = []
    for _ in range(4):
        (lease,) = ledger.lease("tiktok", 1, 60.0)
        seen.append((lease.deaths, lease.is_suspect, lease.is_poison))
        assert ledger.expire_all() == 1
    assert seen == [(0, False, False), (1, True, False), (2, True, False), (3, False, True)]


def test_a_duplicate_waits_then_repeats(ledger: Any, again: Callable[[], AbstractContextManager[Any]]) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    lease_ids(ledger)
    assert ledger.claim(KEY, "1.1") == ledger.claim(KEY, "1.1") == Claim()
    assert ledger.claim(KEY, "2.1") == ledger.claim(KEY, "2.1") == Claim(of="1.1")
    assert list(ledger.waiting("1.1")) == [seed(2)]
    settle(ledger, "1.1", offset=70)
    settle(ledger, "2.1", offset=80)
    assert list(ledger.waiting("1.1")) == []
    ledger.close()
    with again() as later:
        assert later.claim(KEY, "3.1") == Claim(of="1.1", offset=70)


def test_waiting_is_no_attempt(ledger: Any) -> None:
    ledger.load([seed(1), seed(2)])
    for _ in range(5):
        assert [lease.attempts for lease in ledger.lease("tiktok", 9, 60.0)][1] == 1
        ledger.claim(KEY, "1.1")
        assert ledger.claim(KEY, "2.1").is_waiting
        ledger.expire_all()
    lease_ids(ledger)
    ledger.claim(KEY, "2.1")
    ledger.release(["2.1"])
    assert [lease.attempts for lease in ledger.lease("tiktok", 1, 60.0)] == [1]


def test_a_claim_passes_on_when_its_seed_was_given_back(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    lease_ids(ledger)
    ledger.claim(KEY, "2.1")
    ledger.claim(KEY, "3.1")
    ledger.release(["2.1"])
    assert ledger.claim(KEY, "1.1").is_first
    assert lease_ids(ledger) == ["2.1", "3.1"]
    assert ledger.claim(KEY, "2.1") == ledger.claim(KEY, "3.1") == Claim(of="1.1")


@pytest.mark.parametrize("how", ["released", "died", "ran out"])
def test_a_claim_ends_with_its_lease(ledger: Any, how: str) -> None:
    """The short link 1.1 led to the post once; now that is open again, and the post must not wait for it."""
    ledger.load([seed(1), seed(2), seed(3)])
    lease_ids(ledger, 2)
    ledger.claim(KEY, "1.1")
    assert ledger.claim(KEY, "2.1").is_waiting
    if how == "released":
        ledger.release(["1.1"])
    elif how == "died":
        ledger.expire_all()
    else:
        ledger.pass_time(60)
    assert lease_ids(ledger, 1) == ["1.1"]
    assert lease_ids(ledger) == ["2.1", "3.1"]
    assert list(ledger.waiting("1.1")) == []
    assert ledger.claim(KEY, "2.1").is_first
    assert ledger.claim(KEY, "3.1") == ledger.claim(KEY, "1.1") == Claim(of="2.1")


def test_a_seed_waits_as_long_as_it_takes(ledger: Any) -> None:
    """Hundreds of them, without a memory and without a renewal of leases."""
    ledger.load(seed(1, n) for n in range(1, 302))
    lease_ids(ledger, 999)
    waiting = [f"1.{n}" for n in range(2, 302)]
    ledger.claim(KEY, "1.1")
    assert {ledger.claim(KEY, seed_id) for seed_id in waiting} == {Claim(of="1.1")}
    ledger.pass_time(1e6)
    ledger.renew(["1.1"], 60.0)
    assert lease_ids(ledger, 999) == []
    settle(ledger, "1.1")
    for number, repeated in enumerate(ledger.waiting("1.1"), 1):
        assert repeated.id == waiting[number - 1]
        settle(ledger, repeated.id, offset=10 * number)
    assert ledger.counts()[State.DONE] == 301


def test_settle_counts_and_keeps_the_size(ledger: Any, again: Callable[[], AbstractContextManager[Any]]) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    lease_ids(ledger)
    ledger.settle("1.1", code=200, error=None, offset=0, end=10, posts_end=5)
    ledger.settle("2.1", code=404, error="removed", offset=10, end=30)
    assert not ledger.settle("9.1", code=200, error=None, offset=99, end=109)
    assert ledger.results() == {"ok": 1, "removed": 1}
    assert ledger.counts() == {State.TODO: 0, State.LEASED: 1, State.DONE: 1, State.FAILED: 1}
    with again() as later:
        assert (later.run().envelopes_end, later.run().posts_end) == (30, 5)


def test_a_run_is_finished_when_all_is_loaded_and_settled(ledger: Any) -> None:
    assert not ledger.finish()
    ledger.load([seed(1)])
    ledger.note(source="abc", started=1.0, loaded=True)
    assert not ledger.finish()
    lease_ids(ledger)
    settle(ledger, "1.1", code=404)
    assert ledger.finish()
    finished = ledger.run().finished
    assert finished is not None
    ledger.pass_time(1)
    assert ledger.finish()
    assert ledger.run().finished == finished
    assert ledger.forget(0) == 1
    assert not ledger.run().is_finished


def test_lines_beyond_the_known_size_settle_their_seeds(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3), seed(4)])
    lease_ids(ledger)
    ledger.claim(KEY, "1.1")
    envelopes: list[dict[str, Any]] = [
        {"seed": "1.1", "code": 404, "error": {"code": "removed"}},
        {"seed": "2.1", "code": 404, "error": {"code": "removed"}, "duplicate_of": "1.1"},
        {"seed": "99.1", "code": 200, "error": None},
        {"seed": "no id", "code": 200, "error": None},
        {"seed": "3.1", "code": 200, "error": None},
    ]
    lines = [json.dumps(envelope).encode() + b"\n" for envelope in envelopes]
    whole = 100 + sum(map(len, lines))
    assert ledger.recover(read_envelopes([*lines, lines[0][:-5]], 100)) == 3
    assert ledger.run().envelopes_end == whole
    assert ledger.expire_all() == 1
    assert lease_ids(ledger) == ["4.1"]
    assert ledger.claim(KEY, "4.1") == Claim(of="1.1", offset=100)
    assert ledger.results() == {"ok": 1, "removed": 2}
    assert ledger.recover([]) == 0


def test_envelopes_that_are_gone_open_their_seeds(ledger: Any) -> None:
    ledger.load([seed(1), seed(2)])
    die(ledger, 2)
    lease_ids(ledger)
    ledger.claim(KEY, "2.1")
    settle(ledger, "1.1", offset=0)
    ledger.settle("2.1", code=200, error=None, offset=10, end=20, posts_end=9)
    assert ledger.forget(20) == 0
    assert ledger.forget(15) == 0
    assert ledger.forget(10) == 1
    assert ledger.settled(["1.1", "2.1", "9.1"]) == {"1.1"}
    assert (ledger.run().envelopes_end, ledger.run().posts_end) == (10, 0)
    assert ledger.forget(0) == 1
    assert sorted((lease.seed.id, lease.attempts) for lease in ledger.lease("tiktok", 9, 60.0)) == [("1.1", 1), ("2.1", 1)]
    assert ledger.claim(KEY, "1.1").is_first


def test_loading_goes_on_where_it_was_cut_short(ledger: Any) -> None:
    seeds = [seed(line, n) for line in range(1, 5) for n in (1, 2)]
    reader = iter(seeds)
    assert [ledger.load(islice(reader, number)) for number in (3, 4, 4)] == [3, 4, 1]
    assert ledger.load(s for s in seeds if s.line >= 2) == 0
    assert lease_ids(ledger) == [s.id for s in seeds]


def test_a_fault_in_the_list_keeps_the_seeds_before_it(ledger: Any) -> None:
    def read() -> Iterator[Seed]:
        yield seed(1)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        ledger.load(read())
    assert ledger.load([seed(1)]) == 1
