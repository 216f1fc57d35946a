"""The ledger in a file, method by method: what each changes, and what it leaves alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import ErrorCode
from scraper.ledger.interface import Claim, Lease, RunState, SeedEntry, State
from scraper.ledger.sqlite import NAME, SQLiteLedger
from scraper.ledger.sqlite_rows import state_of
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from tests.support.leasing import KEY, lease_ids, seed, settle
from tests.support.sqlite_ledger import on_disk


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Any]:
    with on_disk(tmp_path / NAME) as opened:
        yield opened


def line(seed_id: str, offset: int, code: str | None = None, **more: Any) -> tuple[int, int, dict[str, Any]]:
    """Return the line of a settled seed as it is read back."""
    return offset, offset + 10, {"seed": seed_id, "error": None if code is None else {"code": code}, **more}


@pytest.mark.parametrize(
    ("attempts", "deaths", "is_suspect", "is_poison"),
    [(1, 0, False, False), (2, 1, True, False), (3, 2, True, False), (4, 3, False, True), (5, 4, False, True)],
)
def test_deaths_make_a_suspect_then_poison(attempts: int, deaths: int, is_suspect: bool, is_poison: bool) -> None:
    lease = Lease(seed=seed(1), attempts=attempts)
    assert (lease.deaths, lease.is_suspect, lease.is_poison) == (deaths, is_suspect, is_poison)


@pytest.mark.parametrize(
    ("claim", "is_first", "is_waiting"),
    [(Claim(), True, False), (Claim(of="1.1"), False, True), (Claim(of="1.1", offset=0), False, False)],
)
def test_a_claim_is_the_first_or_waits_or_is_known(claim: Claim, is_first: bool, is_waiting: bool) -> None:
    assert (claim.is_first, claim.is_waiting) == (is_first, is_waiting)


def test_a_new_ledger_knows_nothing(ledger: Any) -> None:
    assert ledger.run() == ledger.peek() == RunState()
    assert (RunState().loaded, RunState().stale, RunState().posts_end, RunState().envelopes_end) == (False, 0, 0, 0)
    assert (RunState().is_finished, RunState(finished=0.0).is_finished) == (False, True)
    assert ledger.pulses() == ledger.results() == ledger.errors() == {}
    assert ledger.platforms() == list(ledger.entries()) == []
    assert (ledger.may_load(), ledger.finish(), ledger.expire_all()) == (True, False, 0)
    assert ledger.loaded() is True
    assert ledger.run() == RunState(loaded=True)
    assert [state_of(code) for code in (200, 404, 502)] == ["done", "failed", "failed"]


def test_every_field_of_a_seed_comes_back(ledger: Any) -> None:
    ref = Ref("bilibili", "video", "BV1", "https://b/BV1?p=3", 3)
    whole = Seed(id="7.2", line=7, text="text", ref=ref, platform="bilibili", options={"MEDIA": "none"}, tags=("a", "b"))
    odd = Seed(id="8.1", line=8, text="x", rejected=ErrorCode.UNKNOWN_RESOURCE, platform="tiktok")
    broken = Seed(id="9.1", line=9, text="{", problem="no JSON")
    ledger.load([whole, odd, broken])
    assert list(ledger.entries()) == [SeedEntry(seed=one, state=State.TODO) for one in (whole, odd, broken)]


def test_a_pulse_is_as_old_as_it_is(ledger: Any) -> None:
    ledger.note(pulse={"at": 1e9 - 5, "open": 2})
    ledger.pass_time(2)
    assert ledger.pulses() == {"": {"at": 1e9 - 5, "open": 2, "heard": 7.0}}
    assert ledger.run() == RunState()


def test_lines_are_reserved_once(ledger: Any) -> None:
    assert [ledger.reserve(lines) for lines in (2, 3)] == [0, 2]
    ledger.load([seed(9)])
    assert [ledger.reserve(1) for _ in range(2)] == [9, 10]


def test_only_open_seeds_are_renewed_and_released(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    assert lease_ids(ledger, 2) == ["1.1", "2.1"]
    settle(ledger, "2.1")
    ledger.renew(["1.1", "2.1", "3.1"], 90.0)
    ledger.release(["2.1", "3.1"])
    ledger.pass_time(89)
    assert lease_ids(ledger) == ["3.1"]
    ledger.pass_time(1)
    assert [(lease.seed.id, lease.attempts) for lease in ledger.lease("tiktok", 9, 1.0)] == [("1.1", 2)]


def test_all_that_is_open_is_given_back(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3, platform="douyin"), seed(4)])
    for platform in ("tiktok", "douyin"):
        lease_ids(ledger, 2, platform)
    ledger.claim(KEY, "1.1")
    ledger.claim(KEY, "2.1")
    ledger.release_all()
    assert ledger.counts() == {State.TODO: 4, State.LEASED: 0, State.DONE: 0, State.FAILED: 0}
    leases = [lease for platform in ("tiktok", "douyin") for lease in ledger.lease(platform, 9, 1.0)]
    assert [(lease.seed.id, lease.deaths) for lease in leases] == [("1.1", 0), ("2.1", 0), ("4.1", 0), ("3.1", 0)]


def test_a_finished_run_goes_on_with_new_seeds_alone(ledger: Any) -> None:
    ledger.load([seed(1)])
    ledger.loaded()
    lease_ids(ledger)
    settle(ledger, "1.1")
    assert ledger.finish()
    assert ledger.forget(10) == 0
    ledger.load([seed(1)])
    assert ledger.run().finished == 1e9
    ledger.load([seed(2)])
    assert ledger.run().finished is None


def test_many_are_loaded_and_read_page_by_page(ledger: Any) -> None:
    many = [seed(number, 2) for number in range(1, 2002)]
    assert ledger.load(many) == 2001
    assert [entry.seed for entry in ledger.entries()] == many
    lines = [line(one.id, 10 * place) for place, one in enumerate(many[:150])]
    assert ledger.recover(lines) == 150
    assert ledger.run().envelopes_end == 1500
    ledger.move(line(one.id, 5 + 10 * place) for place, one in enumerate(many[:151]))
    assert ledger.current([("1.2", 0), ("1.2", 5), ("150.2", 1495), ("151.2", 1505), ("9.9", 85)]) == [False, True, True, False, False]
    assert ledger.counts()[State.DONE] == 150


def test_recovered_lines_settle_as_they_say(ledger: Any) -> None:
    ledger.load([seed(1), seed(2), seed(3)])
    ledger.note(envelopes_end=90)
    assert ledger.recover([line("1.1", 0, "removed"), line("2.1", 10, duplicate_of="1.1"), line("x", 20), line("3.1", 30, "odd")]) == 2
    assert ledger.run().envelopes_end == 90
    first, second, third = ledger.entries()
    assert (first.state, first.code, first.error, first.duplicate_of) == (State.FAILED, 404, "removed", None)
    assert (second.state, second.code, second.error, second.duplicate_of) == (State.DONE, 200, None, "1.1")
    assert third.state is State.TODO
    assert (ledger.results(), ledger.errors()) == ({"ok": 1, "removed": 1}, {"removed": 1})


def test_failures_are_opened_anew(ledger: Any) -> None:
    ledger.load([seed(number) for number in range(1, 5)])
    ledger.loaded()
    lease_ids(ledger)
    for number, error in enumerate((None, "removed", "private", "timeout"), 1):
        ledger.settle(f"{number}.1", code=200 if error is None else 404, error=error, offset=number, end=number + 1)
    assert ledger.finish()
    assert ledger.retry(["none"]) == 0
    assert ledger.run() == RunState(loaded=True, finished=1e9, envelopes_end=5)
    assert ledger.retry(iter(["private", "removed"])) == 2
    assert ledger.run() == RunState(loaded=True, envelopes_end=5, stale=1)
    assert ledger.retry() == 1
    assert ledger.run().stale == 2
    assert not ledger.clear_stale(1)
    assert ledger.run().stale == 2
    assert ledger.clear_stale(2)
    assert ledger.run().stale == 0
    assert [(lease.seed.id, lease.attempts) for lease in ledger.lease("tiktok", 9, 1.0)] == [("2.1", 1), ("3.1", 1), ("4.1", 1)]


def test_a_seed_is_settled_once_it_is_known(ledger: Any) -> None:
    ledger.load([seed(1)])
    lease_ids(ledger)
    assert ledger.settle("1.1", code=200, error=None, offset=0, end=10) is True
    assert ledger.settle("2.1", code=200, error=None, offset=10, end=20) is False
    assert ledger.run().envelopes_end == 10
    assert ledger.recover([(10, 20, {"seed": "1.1", "error": {}})]) == 0


def test_dropped_seeds_leave_nothing(ledger: Any, tmp_path: Path) -> None:
    secret = replace(seed(1), text="a-text-that-must-go")
    ledger.load([secret, seed(2), seed(3)])
    lease_ids(ledger)
    ledger.claim(KEY, "1.1")
    ledger.claim("other", "2.1")
    ledger.drop(iter(["1.1"]))
    assert [entry.seed for entry in ledger.entries()] == [seed(2), seed(3)]
    assert ledger.claim(KEY, "3.1").is_first
    assert ledger.claim("other", "3.1") == Claim(of="2.1")
    ledger.close()
    assert secret.text.encode() not in (tmp_path / NAME).read_bytes()


def test_a_claim_of_a_seed_that_lost_it_is_free(ledger: Any) -> None:
    ledger.load([seed(1), seed(2)])
    lease_ids(ledger)
    ledger.claim(KEY, "1.1")
    ledger.claim("other", "1.1")
    assert ledger.claim(KEY, "2.1").is_first
    assert ledger.claim("other", "2.1") == Claim(of="1.1")


def test_what_fails_in_the_middle_changes_nothing(ledger: Any) -> None:
    def lines() -> Iterator[Any]:
        yield line("1.1", 0)
        yield 0, 10, {"seed": "1.1", "error": None, "duplicate_of": object()}
        raise OSError("gone")

    ledger.load([seed(1)])
    with pytest.raises(OSError, match="gone"):
        ledger.recover(lines())
    assert ledger.counts()[State.DONE] == 0
    assert ledger.load([seed(2)]) == 1


def test_a_closed_ledger_is_not_tidied(tmp_path: Path) -> None:
    with on_disk(tmp_path / NAME) as opened:
        opened.load([seed(1)])
        wal = tmp_path / f"{NAME}-wal"
        before = (tmp_path / NAME).stat().st_size
        assert wal.stat().st_size > 0
        opened.checkpoint()
        assert (tmp_path / NAME).stat().st_size > before
        opened.close()
        (tmp_path / NAME).unlink()
        opened.checkpoint()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_marked_as_ours(tmp_path: Path) -> None:
    ledger = SQLiteLedger(tmp_path / NAME)
    read = ledger._read
    assert [read(f"PRAGMA {name}")[0][0] for name in ("application_id", "user_version", "journal_mode", "synchronous")] == [0x53484C4B, 1, "wal", 1]
    ledger.shut()
    again = SQLiteLedger(tmp_path / NAME)
    again.shut()
