"""Any order of steps, on SQLite and on Redis: every seed ends once, fetched by one of its post."""

from contextlib import AbstractContextManager, ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from scraper.ledger.interface import Claim, State
from scraper.model.seed import split_id
from tests.support.leasing import seed, settle
from tests.support.ledgers import RedisServer, on_redis
from tests.support.sqlite_ledger import on_disk

RUNS = count()


class LedgerMachine(RuleBasedStateMachine):
    """Every post is fetched for one of its seeds, and every seed ends once, in any order of events."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.ledger = self.stack.enter_context(self.make())
        self.ledger.load(seed(line) for line in range(1, 9))
        self.now = 0.0
        self.open: dict[str, float] = {}
        self.deaths = {f"{line}.1": 0 for line in range(1, 9)}
        self.waits: dict[str, str] = {}
        self.fetching: dict[str, str] = {}
        self.ended: dict[str, int] = {}
        self.size = 0

    def make(self) -> AbstractContextManager[Any]:
        return on_disk(Path(":memory:"))

    def teardown(self) -> None:
        self.stack.close()

    @rule(limit=st.integers(1, 4))
    def lease(self, limit: int) -> None:
        ready = [i for i in self.deaths if i not in self.ended and self.open.get(i, -1.0) <= self.now]
        leases = self.ledger.lease("tiktok", limit, 10.0)
        assert [lease.seed.id for lease in leases] == ready[:limit]
        for lease in leases:
            seed_id = lease.seed.id
            self.deaths[seed_id] += seed_id in self.open
            assert lease.deaths == self.deaths[seed_id]
            self.close([i for i in self.open if i == seed_id or self.waits.get(i) == seed_id])
            self.open[seed_id] = self.now + 10.0

    def close(self, seed_ids: list[str]) -> None:
        for seed_id in seed_ids:
            del self.open[seed_id]
            self.waits.pop(seed_id, None)
            self.fetching = {key: first for key, first in self.fetching.items() if first != seed_id}

    @rule(seconds=st.sampled_from([1.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.ledger.pass_time(seconds)

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        idle = [i for i in self.open if i not in self.waits]
        if not idle:
            return
        seed_id = data.draw(st.sampled_from(idle))
        key = str(split_id(seed_id)[0] % 3)
        claim = self.ledger.claim(key, seed_id)
        first = self.fetching.get(key, seed_id)
        if first != seed_id and (first in self.open or first in self.ended):
            assert claim == Claim(of=first, offset=self.ended.get(first))
            self.waits[seed_id] = first
            self.open[seed_id] = float("inf")
        else:
            assert claim.is_first
            self.fetching[key] = seed_id

    @rule(data=st.data(), code=st.sampled_from([200, 404]))
    def settle(self, data: st.DataObject, code: int) -> None:
        idle = [i for i in self.open if self.fetching.get(str(split_id(i)[0] % 3)) == i]
        if not idle:
            return
        seed_id = data.draw(st.sampled_from(idle))
        for ended in [seed_id, *(s.id for s in self.ledger.waiting(seed_id))]:
            assert ended not in self.ended
            settle(self.ledger, ended, code, self.size)
            self.ended[ended] = self.size
            self.size += 10
            del self.open[ended]
            self.waits.pop(ended, None)

    @rule()
    def stop(self) -> None:
        self.ledger.release([i for i in self.open if i not in self.waits or self.waits[i] in self.ended])
        self.close(list(self.open))

    @rule()
    def crash(self) -> None:
        assert self.ledger.expire_all() == len(self.open)
        for seed_id in self.open:
            self.deaths[seed_id] += seed_id not in self.waits
        self.close(list(self.open))

    @invariant()
    def counts_agree(self) -> None:
        counts = self.ledger.counts()
        assert counts[State.DONE] + counts[State.FAILED] == len(self.ended)
        assert counts[State.LEASED] == len(self.open)
        assert self.ledger.run().envelopes_end == self.size


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=max(60, settings().max_examples), stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)


class RedisMachine(LedgerMachine):
    """The same with a single worker."""

    server: RedisServer

    def make(self) -> AbstractContextManager[Any]:
        return on_redis(self.server, f"m{next(RUNS)}", seconds=10.0)


def test_the_same_holds_on_redis(redis_server: RedisServer) -> None:
    RedisMachine.server = redis_server
    run_state_machine_as_test(RedisMachine, settings=settings(TestLedgerMachine.settings, max_examples=max(20, settings().max_examples // 3)))
