"""The ledger: nothing lost, nothing twice, however the process ends."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from scraper.envelopes.lines import read_envelopes
from scraper.errors import UsageError
from scraper.ledger.interface import Claim, State
from scraper.ledger.sqlite import NAME, SQLiteLedger
from scraper.model.seed import Seed, split_id
from scraper.seeds.lines import parse_lines
from tests.support.leasing import KEY, RECOGNISER, lease_ids, seed, settle
from tests.support.ledgers import RedisServer, on_disk, on_redis

ROOT = Path(__file__).parents[3]
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


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Any]:
    with on_disk(tmp_path / NAME) as opened:
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


@pytest.mark.parametrize("bad", [b'{"seed": "2.1", "co', b"\0\0\0\n", b"[]\n", b'{"code": 1}\n', b"\xff\xfe\n"])
def test_a_line_that_is_no_envelope_ends_the_reading(bad: bytes) -> None:
    good = b'{"seed": "1.1", "code": 200}\n'
    assert [(offset, end) for offset, end, _ in read_envelopes([good, bad, good], 5)] == [(5, 5 + len(good))]


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


@pytest.mark.parametrize("content", [b"not a database at all, but a text " * 9, b"SQLite format 3\0" + b"\xff" * 900])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(UsageError, match=r"^OUTPUT_DIR: .* is damaged or no ledger: move it away") as caught:
        SQLiteLedger(tmp_path / NAME)
    assert "\n" not in str(caught.value)
    assert (tmp_path / NAME).read_bytes() == content


def test_damage_inside_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with on_disk(path) as ledger:
        ledger.load(seed(line) for line in range(1, 3000))
    data = path.read_bytes()
    path.write_bytes(data[: 16 * 4096] + b"\x5a" * (len(data) - 16 * 4096))
    with on_disk(path) as ledger, pytest.raises(UsageError, match="damaged"):
        ledger.lease("tiktok", 3000, 60.0)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("CREATE TABLE t (a)", "another program"),
        ("PRAGMA user_version = 1", "another program"),
        ("PRAGMA application_id = 0x53484C4B; PRAGMA user_version = 9; CREATE TABLE t (a)", "version 9"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, script: str, words: str) -> None:
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.executescript(script)
    with pytest.raises(UsageError, match=words):
        SQLiteLedger(tmp_path / NAME)


def test_a_place_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / NAME):
        with pytest.raises(UsageError, match="choose another OUTPUT_DIR"):
            SQLiteLedger(path)


def test_a_full_disk_is_an_os_error(on_file: Any) -> None:
    on_file.load([seed(1)])
    on_file.ledger._database.execute("PRAGMA max_page_count = 12")
    with pytest.raises(OSError, match="No space left"):
        on_file.load(seed(line) for line in range(1, 3000))
    assert on_file.counts()[State.TODO] == 1
    assert lease_ids(on_file) == ["1.1"]


def test_closing_leaves_one_file(on_file: Any, tmp_path: Path) -> None:
    on_file.load([seed(1)])
    on_file.checkpoint()
    on_file.close()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


WRITER = """
import sys
from pathlib import Path
from tests.support.ledgers import on_disk
end = 0
with on_disk(Path(sys.argv[1]) / "ledger.db") as ledger, (Path(sys.argv[1]) / "envelopes.jsonl").open("wb", buffering=0) as file:
    while leases := ledger.lease("tiktok", 8, 60.0):
        for lease in leases:
            ledger.claim(lease.seed.id, lease.seed.id)
            line = b'{"seed": "%s", "code": 200, "error": null}\\n' % lease.seed.id.encode()
            file.write(line)
            ledger.settle(lease.seed.id, code=200, error=None, offset=end, end=end + len(line))
            end += len(line)
            print(flush=True)
"""


@pytest.mark.parametrize("after", [1, 50, 333])
def test_a_killed_process_loses_nothing(tmp_path: Path, after: int) -> None:
    with on_disk(tmp_path / NAME) as ledger:
        ledger.load(seed(line) for line in range(1, 5_001))
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(after):
            assert writer.stdout.readline()
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    with on_disk(tmp_path / NAME) as ledger, (tmp_path / "envelopes.jsonl").open("rb") as file:
        assert ledger.ledger._database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert ledger.counts()[State.LEASED] <= 8
        file.seek(ledger.run().envelopes_end)
        assert ledger.recover(read_envelopes(file, ledger.run().envelopes_end)) <= 1
        file.seek(0)
        written = [json.loads(line)["seed"] for line in file]
        assert ledger.run().envelopes_end == file.tell()
        assert len(written) == len(set(written)) == ledger.counts()[State.DONE] >= after
        ledger.expire_all()
        assert set(lease_ids(ledger, 5_000)) == {f"{line}.1" for line in range(1, 5_001)} - set(written)


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
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class RedisMachine(LedgerMachine):
    """The same with a single worker."""

    server: RedisServer

    def make(self) -> AbstractContextManager[Any]:
        return on_redis(self.server, f"m{next(RUNS)}", seconds=10.0)


def test_the_same_holds_on_redis(redis_server: RedisServer) -> None:
    RedisMachine.server = redis_server
    run_state_machine_as_test(RedisMachine, settings=settings(TestLedgerMachine.settings, max_examples=20))

LOADER = """
import sys, time
from pathlib import Path
from scraper.seeds.lines import parse_lines
from tests.support.ledgers import on_disk
from tests.support.leasing import RECOGNISER
lines = (b"https://www.tiktok.com/@u%d/video/%d\\n" % (i % 997, 7 * 10**18 + i) for i in range(int(sys.argv[2])))
with on_disk(Path(sys.argv[1]) / "ledger.db") as ledger:
    start = time.monotonic()
    count = ledger.load(parse_lines(lines, RECOGNISER))
    seconds = time.monotonic() - start
    start = time.monotonic()
    assert len(ledger.lease("tiktok", 32, 60.0)) == 32
    assert ledger.platforms() == ["tiktok"]
    leasing = time.monotonic() - start
# getrusage would count what the parent had when it forked
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(count, seconds, leasing, int(status["VmHWM"].split()[0]) / 1024)
"""


def measure_load(folder: Path, count: int) -> tuple[float, float, float]:
    """Return the seconds to load *count* lines, those to lease from them, and the peak memory in MB."""
    folder.mkdir()
    output = subprocess.check_output([sys.executable, "-c", LOADER, str(folder), str(count)], cwd=ROOT, text=True)
    loaded, seconds, leasing, memory = map(float, output.split())
    assert loaded == count
    return seconds, leasing, memory


def test_twenty_thousand_lines_load_at_flat_memory(tmp_path: Path) -> None:
    _, _, little = measure_load(tmp_path / "1k", 1000)
    seconds, _, much = measure_load(tmp_path / "20k", 20_000)
    assert seconds < 10
    assert much - little < 20


@pytest.mark.soak
def test_a_million_lines_load_in_a_minute(tmp_path: Path) -> None:
    _, _, little = measure_load(tmp_path / "1k", 1000)
    seconds, leasing, much = measure_load(tmp_path / "1m", 1_000_000)
    print(f"\n1,000,000 lines: {seconds:.1f} s, {much - little:.1f} MB over 1,000 lines, lease {leasing * 1000:.1f} ms")
    assert seconds < 60
    assert much - little < 100
    assert leasing < 0.1
