"""What is an alarm."""

import re
from collections.abc import Iterable
from typing import Any

import pytest

from scraper.errors import UsageError
from scraper.monitoring.limits import DEFAULTS, find_alarms, read_limits
from scraper.runs.info import RunInfo
from tests.support.run_infos import make_info
from tests.support.tree import ROOT

ROOM = 1 << 40


def found(run: dict[str, Any], limits: str = "", earlier: Iterable[dict[str, Any]] = (), free: int = ROOM) -> list[str]:
    known = list(map(RunInfo.from_json, earlier))
    return [each.monitor for each in find_alarms(RunInfo.from_json(run), known, read_limits("MONITOR_LIMITS", limits), free)]


def before(*oks: int, failed: int = 0, **known: Any) -> list[dict[str, Any]]:
    return [make_info(ok, run=f"run {place}", removed=failed) | known for place, ok in enumerate(oks)]


@pytest.mark.parametrize(
    ("run", "limits", "expected"),
    [
        (make_info(50, removed=50), "", []),
        (make_info(49, removed=51), "", ["failures"]),
        (make_info(70, removed=30), "failures=0.29", ["failures"]),
        (make_info(0, removed=100), "failures=off", []),
        (make_info(90, challenge=10), "", []),
        (make_info(89, challenge=11), "", ["challenge"]),
        (make_info(89, rate_limited=11), "", ["rate_limited"]),
        (make_info(89, parse_error=11), "", ["parse_error"]),
        (make_info(89, timeout=11), "", ["timeout"]),
        (make_info(80, media_failed=20), "", []),
        (make_info(79, media_failed=21), "", ["media_failed"]),
        (make_info(60, private=40), "", []),
        (make_info(60, private=40), "private=.3", ["private"]),
        (make_info(30, challenge=40, timeout=30), "", ["failures", "challenge", "timeout"]),
        (make_info(0, challenge=19), "", []),
        (make_info(0, challenge=20), "", ["failures", "challenge"]),
        (make_info(0, challenge=3), "seeds=3, failures=off", ["challenge"]),
        (make_info(100), "failures=0 challenge=0", []),
        (make_info(0), "seeds=0 failures=0", []),
        (make_info(0) | {"results": {"removed": 3}}, "seeds=0 failures=0 removed=0", []),
    ],
)
def test_failures(run: dict[str, Any], limits: str, expected: list[str]) -> None:
    assert found(run, limits) == expected


@pytest.mark.parametrize(
    ("reason", "left", "limits", "expected"),
    [
        ("finished", 0, "", []),
        ("finished", 1, "", ["unfinished"]),
        ("disk_full", 1, "", ["unfinished"]),
        ("closespider_timeout", 9, "", ["unfinished"]),
        ("closespider_timeout", 9, "unfinished=9", []),
        ("unusable", None, "unfinished=9", ["unfinished"]),
        ("unusable", None, "unfinished=off", []),
        ("shutdown", 9, "", []),
        ("forced", None, "", []),
    ],
)
def test_an_end_that_nobody_wanted(reason: str, left: int | None, limits: str, expected: list[str]) -> None:
    assert found(make_info(2, reason, left), limits) == expected


def test_the_problem_of_a_run_is_told() -> None:
    run = make_info(0, "unusable", None) | {"problem": "seeds: no such list"}
    (told,) = find_alarms(RunInfo.from_json(run), [], DEFAULTS, ROOM)
    assert (told.value, told.limit) == (0, 0)
    assert told.message.startswith("the run ended as unusable (seeds: no such list), and an unknown number of seeds is left")


@pytest.mark.parametrize(
    ("ok", "earlier", "limits", "expected"),
    [
        (70, before(100, 100, 100), "", []),
        (69, before(100, 100, 100), "", ["items"]),
        (69, before(100, 100, 100), "items=0.6", []),
        (69, before(100, 100, 100), "items=off", []),
        (69, before(100, 100), "", []),
        (69, before(0, 100, 100, 100), "", ["items"]),
        (57, before(80, 80, 80, failed=20), "", []),
        (55, before(80, 80, 80, failed=20), "", ["items"]),
        (55, before(160, 160, 160, failed=40), "", ["items"]),
        (55, before(240, 240, 240), "", []),
        (55, before(19, 19, 19), "", []),
        (55, before(100, 100, 100, spider="tiktok"), "", []),
        (55, before(100, 100, 100, reason="shutdown"), "", []),
        (55, before(100, 100, 100, run="now"), "", []),
        (55, before(100, 100, 100, run="retried"), "", []),
        (55, before(*[0] * 10, failed=100) + [make_info(100, run=f"older {place}") for place in range(30)], "", []),
        (55, before(100, 100, 100, codes="mended by hand"), "", []),
    ],
)
def test_fewer_posts_than_usual(ok: int, earlier: list[dict[str, Any]], limits: str, expected: list[str]) -> None:
    assert found(make_info(ok, removed=100 - ok), f"failures=off {limits}", earlier) == expected


@pytest.mark.parametrize(
    ("stats", "limits", "expected"),
    [
        ({"drift/tiktok": 1}, "", ["drift"]),
        ({"drift/tiktok": 1, "drift/twitter": 1}, "drift=2", []),
        ({"drift/tiktok": 2, "drift/twitter": 1}, "drift=2", ["drift"]),
        ({"session/refused/tiktok": 20, "session/refused/twitter": 10, "session/refused/tiktok/captcha": 20}, "", []),
        ({"session/refused/tiktok": 21, "session/refused/twitter": 10, "session/refused/tiktok/captcha": 21}, "", ["refusals"]),
        ({"session/refused/tiktok": 19, "seeds/finished": 19}, "", []),
        ({"session/refused/tiktok": 31}, "refusals=off", []),
        ({"media/bytes": ROOM}, "", []),
        ({"media/bytes": ROOM + 1}, "", ["disk"]),
        ({"media/bytes": ROOM + 1}, "disk=off", []),
    ],
)
def test_what_was_counted(stats: dict[str, int], limits: str, expected: list[str]) -> None:
    assert found(make_info(100, stats=stats), limits) == expected


def test_a_disk_that_is_nearly_full() -> None:
    assert found(make_info(1), free=1 << 30) == []
    assert found(make_info(1), free=(1 << 30) - 1) == ["disk"]
    assert found(make_info(1), "disk=500M", free=1 << 29) == []


def test_an_alarm_says_what_to_do() -> None:
    run = make_info(10, "disk_full", 4, challenge=90, stats={"drift/tiktok": 1, "session/refused/tiktok": 90, "media/bytes": 9})
    found = find_alarms(RunInfo.from_json(run), list(map(RunInfo.from_json, before(100, 100, 100))), DEFAULTS, 1)
    assert {each.monitor for each in found} == {"unfinished", "disk", "drift", "failures", "challenge", "items", "refusals"}
    assert all(re.fullmatch(r"[^\n:]+: [a-z][^\n]+[^.]", each.message) for each in found), found
    failures = next(each for each in found if each.monitor == "failures")
    assert failures.message.startswith("90 % of 100 seeds failed, most as challenge, 50 % are the limit: ")


def test_limits_that_nobody_can_read_are_all_told() -> None:
    with pytest.raises(UsageError) as caught:
        read_limits("MONITOR_LIMITS", "failure=0.5 challenge=50 items drift=few disk=lots hm=1")
    assert str(caught.value).splitlines() == [
        "MONITOR_LIMITS: 'failure' is no monitor: did you mean failures?",
        "MONITOR_LIMITS: challenge: expected a share from 0 to 1, or off, got '50': write challenge=0.1",
        "MONITOR_LIMITS: items: expected a share from 0 to 1, or off, got '': write items=0.7",
        "MONITOR_LIMITS: drift: expected a whole number, got 'few': write drift=1 or more",
        "MONITOR_LIMITS: disk: expected a number of bytes, got 'lots': write disk=500K, 2M or the like",
        f"MONITOR_LIMITS: 'hm' is no monitor: expected one of {', '.join(DEFAULTS)}, or an error code",
    ]


def test_operations_has_every_monitor_with_its_limit() -> None:
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    section = text.partition("## Monitors and alarms")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| `([^`]+)` \|", section, re.MULTILINE))
    assert read_limits("", " ".join(f"{name}={limit}" for name, limit in rows.items())) == DEFAULTS
    assert list(rows) == list(DEFAULTS)
