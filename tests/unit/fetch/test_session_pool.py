"""Sessions and pools as plain objects: states, score, cooling, renewal; time is a number that a test passes in."""

from typing import Any

import pytest

from scraper.fetch.session import NEAR_END, Session, SessionState
from scraper.fetch.sessions.pool import FULL, SessionPool
from scraper.platform.session_rules import SessionRules, TokenRules

NOW = 1_700_000_000.0
RULES = SessionRules(mint_url="https://example.org/", wants=("guest",), cookie_domains=("example.org",), max_age=3600)
TOKENS = TokenRules(url="https://example.org/", headers={}, field="t", header="x-t", max_age=3600)


def cookie(name: str = "guest", value: str = "1", domain: str = ".example.org", expires: float = -1) -> dict[str, Any]:
    return {"name": name, "value": value, "domain": domain, "path": "/", "expires": expires}


def session(name: str = "a", **given: Any) -> Session:
    own = {"storage": {"cookies": [cookie()], "origins": []}, "born": NOW, "user_agent": "UA", "proxy": None}
    return Session(id=name, platform="example", **{**own, **given})


def believed(name: str = "a", **given: Any) -> Session:
    one = session(name, **given)
    one.succeed()
    return one


def test_a_guest_that_was_never_believed_is_retired_by_its_first_refusal() -> None:
    one = session()
    assert one.state == "fresh"
    one.refuse(NOW)
    assert one.state == "retired"
    assert not one.is_usable(NOW + 10**9)


def test_a_believed_guest_cools_off_longer_each_time_and_is_retired_when_its_score_is_spent() -> None:
    one, now, waits = believed(), NOW, []
    while one.is_usable(now):
        one.refuse(now)
        if one.state is SessionState.COOLING:
            waits.append(one.until - now)
            assert not one.is_usable(one.until - 1)
            now = one.until
    assert waits == [60, 120]
    assert one.state is SessionState.RETIRED


def test_a_users_account_cools_off_up_to_six_hours_and_is_never_retired() -> None:
    one, now, waits = session(service="example"), NOW, []
    for _ in range(12):
        one.refuse(now)
        assert one.state is SessionState.COOLING
        waits.append(one.until - now)
        now = one.until
    assert waits == [60.0 * 2**n for n in range(9)] + [6 * 3600.0] * 3


def test_refusals_of_what_was_under_way_together_count_once() -> None:
    one = believed()
    for _ in range(32):
        one.refuse(NOW)
    assert (one.state, one.refusals, one.until) == (SessionState.COOLING, 1, NOW + 60)


def test_success_ends_the_cooling_and_mends_the_score() -> None:
    one = believed()
    one.refuse(NOW)
    one.succeed()
    assert (one.state, one.refusals) == (SessionState.ACTIVE, 0)
    assert one.score == pytest.approx(0.7)
    one.refuse(NOW + 100)
    assert one.until == NOW + 160


def test_answers_that_never_came_degrade_a_session_but_retire_none() -> None:
    one = believed()
    for _ in range(100):
        one.doubt()
    assert (one.state, one.is_usable(NOW)) == (SessionState.DEGRADED, True)
    for _ in range(5):
        one.succeed()
    assert (one.state, one.is_usable(NOW)) == (SessionState.ACTIVE, True)


@pytest.mark.parametrize(
    ("given", "stale"),
    [
        ({}, False),
        ({"born": NOW - 3601}, True),
        ({"born": NOW + 60}, True),  # the clock was set back
        ({"storage": {"cookies": [], "origins": []}}, True),
        ({"storage": {"cookies": [cookie(value="")], "origins": []}}, True),
        ({"storage": {"cookies": [cookie(expires=NOW + NEAR_END - 1)], "origins": []}}, True),
        ({"storage": {"cookies": [cookie(expires=NOW + NEAR_END + 1)], "origins": []}}, False),
    ],
)
def test_stale_is_too_old_or_without_what_is_wanted_or_near_the_end_of_it(given: dict[str, Any], stale: bool) -> None:
    one = session(**given)
    assert one.is_stale(RULES, NOW) is stale
    pool = SessionPool(1, 10)
    pool.add(one, NOW)
    assert pool.pick(RULES, NOW) is (None if stale else one)
    assert pool.worn(RULES, NOW) is (one if stale else None)


def test_a_token_is_stale_without_a_token_and_a_member_needs_none() -> None:
    assert session().is_stale(TOKENS, NOW)
    assert not session(token="x").is_stale(TOKENS, NOW)
    assert not session(service="example").is_stale(TOKENS, NOW)


def test_a_session_that_was_used_as_often_as_it_may_be_is_renewed() -> None:
    pool, one = SessionPool(1, 3), believed(uses=3)
    pool.add(one, NOW)
    assert (pool.pick(RULES, NOW), pool.worn(RULES, NOW)) == (None, one)


def test_the_pool_picks_the_most_believed_then_the_least_busy() -> None:
    pool = SessionPool(4, 100)
    busy, idle, degraded, cooled = (believed(name) for name in ("busy", "idle", "degraded", "cooled"))
    busy.busy = 5
    for _ in range(9):
        degraded.doubt()
    cooled.refuse(NOW - 100)
    for each in (cooled, degraded, busy, idle):
        pool.add(each, NOW)
    order = []
    while (best := pool.pick(RULES, NOW)) is not None:
        order.append(best.id)
        pool.drop(best)
    assert order == ["idle", "busy", "degraded", "cooled"]


def test_a_session_that_cools_off_is_kept_and_used_before_another_is_minted() -> None:
    pool, first, second = SessionPool(1, 100), believed("first"), believed("second")
    pool.add(first, NOW)
    first.refuse(NOW)
    assert pool.pick(RULES, NOW) is None
    assert pool.add(second, NOW) == []
    second.refuse(NOW + 70)
    assert pool.pick(RULES, NOW + 70) is first


def test_what_has_no_room_is_retired_the_least_believed_first() -> None:
    pool, now = SessionPool(1, 100), NOW
    bad, good, new = believed("bad"), believed("good"), session("new")
    for each, times in ((bad, 2), (good, 1)):
        pool.add(each, now)
        for _ in range(times):
            each.refuse(now)
            now = each.until
        now = NOW
    bad.until = good.until = NOW + 60
    assert pool.add(new, NOW) == [bad]
    assert bad.state is SessionState.RETIRED
    assert pool.pick(RULES, NOW) is new


def test_another_session_is_wanted_only_when_all_are_busy_and_there_is_room() -> None:
    pool, one = SessionPool(2, 100), believed()
    pool.add(one, NOW)
    assert pool.is_full(RULES, NOW)
    one.busy = FULL
    assert not pool.is_full(RULES, NOW)
    pool.add(believed("b", busy=FULL), NOW)
    assert pool.is_full(RULES, NOW)


def test_a_session_with_a_dead_proxy_is_passed_over() -> None:
    pool = SessionPool(2, 100)
    pool.add(believed("a", proxy="http://dead:1"), NOW)
    pool.add(believed("b", proxy="http://good:1"), NOW)
    picked = pool.pick(RULES, NOW, lambda each: each.proxy != "http://dead:1")
    assert picked is not None
    assert picked.id == "b"


def test_a_session_is_read_back_as_it_was_saved_and_shows_no_secret() -> None:
    one = believed(token="sekret-token", proxy="http://user:sekret@proxy:1")
    one.refuse(NOW)
    assert Session.from_dict(one.to_dict()) == one
    assert "sekret" not in repr(one)
    assert "guest" not in repr(one)
    with pytest.raises((ValueError, TypeError, KeyError)):
        Session.from_dict({**one.to_dict(), "storage": {"cookies": [{"name": 1}]}})
    with pytest.raises((ValueError, TypeError, KeyError)):
        Session.from_dict({**one.to_dict(), "state": "unheard of"})
