"""The limits of the monitors, and the alarms of a run that exceeds them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import islice
from statistics import median

from scraper.errors import ErrorCode, UsageError
from scraper.runs.info import Alarm, RunInfo
from scraper.text.values import check_all, read_int, read_size

DEFAULTS: Mapping[str, float] = {
    "seeds": 20,
    "failures": 0.5,
    ErrorCode.CHALLENGE: 0.1,
    ErrorCode.RATE_LIMITED: 0.1,
    ErrorCode.PARSE_ERROR: 0.1,
    ErrorCode.TIMEOUT: 0.1,
    ErrorCode.MEDIA_FAILED: 0.2,
    "items": 0.7,
    "refusals": 0.3,
    "drift": 0,
    "disk": 1 << 30,
    "unfinished": 0,
}
"""The default limits; any error code may have one, too. ``seeds``: number of seeds from which on shares are checked."""
_SHARES = frozenset({"failures", "items", "refusals", *ErrorCode})
_SIZES = frozenset({"disk"})
_NAMES = tuple(DEFAULTS) + tuple(code.value for code in ErrorCode if code not in DEFAULTS)
_OFF = "off"
_SHARE = re.compile(r"0?\.[0-9]{1,6}|[01](?:\.0{0,6})?", re.ASCII)
_WANTED = frozenset({"shutdown", "forced"})
"""End reasons of a run that a person stopped: they raise no alarm."""
_LEAST_EARLIER, _MOST_EARLIER = 3, 10
_ALIKE = 2
"""Largest ratio between the numbers of seeds of two runs that are compared."""
_ADVICE: Mapping[str, str] = {
    ErrorCode.CHALLENGE: "wait, or run from another network",
    ErrorCode.RATE_LIMITED: "run the same list later with RETRY=failed, and with a lower OPEN_SEEDS",
    ErrorCode.PARSE_ERROR: "the site may have changed: look for a newer version, and keep drift/",
    ErrorCode.TIMEOUT: "check network and proxies, then run the same list with RETRY=failed",
    ErrorCode.MEDIA_FAILED: "look at media/failed/… under stats in run.json",
}


def read_limits(name: str, text: str) -> dict[str, float]:
    """Parse ``failures=0.3 disk=2G …``, the value of the setting *name*; a monitor that is off has no limit."""
    limits: dict[str, float | None] = {**DEFAULTS}

    def read(word: str) -> None:
        monitor, _, value = word.partition("=")
        limits[monitor] = _read_limit(name, monitor, value)

    check_all(partial(read, word) for word in text.replace(",", " ").split())
    return {monitor: limit for monitor, limit in limits.items() if limit is not None}


def find_alarms(run: RunInfo, earlier: Sequence[RunInfo], limits: Mapping[str, float], free: int) -> list[Alarm]:
    """
    Return the alarms of *run*.

    *earlier* are the earlier runs, newest first; *free* is the free space of the disk in bytes.
    """
    found = [*_find_end(run, limits), *_find_disk(run, limits, free), *_find_drift(run, limits)]
    if sum(_count(run)) >= max(limits.get("seeds", 0), 1):
        found += [*_find_failures(run, limits), *_find_fewer(run, earlier, limits)]
    return [*found, *_find_refusals(run, limits)]


def _read_limit(name: str, monitor: str, value: str) -> float | None:
    if monitor not in _NAMES:
        near = get_close_matches(monitor, _NAMES, n=1)
        advice = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(DEFAULTS)}, or an error code"
        raise UsageError(f"{name}: {monitor[:40]!a} is no monitor: {advice}")
    if value == _OFF:
        return None
    if monitor not in _SHARES:
        try:
            return read_size(monitor, value) if monitor in _SIZES else read_int(monitor, value)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from None
    if _SHARE.fullmatch(value) is None:
        problem = f"expected a share from 0 to 1, or {_OFF}, got {value[:40]!a}"
        raise UsageError(f"{name}: {monitor}: {problem}: write {monitor}={DEFAULTS.get(monitor, 0.1)}")
    return float(value)


def _find_end(run: RunInfo, limits: Mapping[str, float]) -> Iterator[Alarm]:
    limit, left, reason = limits.get("unfinished"), run.left, run.reason
    if limit is None or reason in _WANTED or (reason == "finished" and not left):
        return
    if left is None or left > limit:
        known = "an unknown number of seeds is" if left is None else f"{left} seeds are"
        why = f" ({run.problem})" if run.problem else ""
        message = f"the run ended as {reason}{why}, and {known} left: solve the problem and run the same command again"
        yield Alarm(monitor="unfinished", value=left or 0, limit=limit, message=message)


def _find_disk(run: RunInfo, limits: Mapping[str, float], free: int) -> Iterator[Alarm]:
    limit, written = limits.get("disk"), run.stats.get("media/bytes", 0)
    if limit is None or free >= max(limit, written):
        return
    reason = f"{_mib(limit)} are the limit" if free < limit else f"this run wrote {_mib(written)}"
    message = f"{_mib(free)} are free on the disk, {reason}: free some space before the next run"
    yield Alarm(monitor="disk", value=free, limit=max(limit, written), message=message)


def _find_drift(run: RunInfo, limits: Mapping[str, float]) -> Iterator[Alarm]:
    counts = {name.partition("/")[2]: number for name, number in run.stats.items() if name.startswith("drift/")}
    limit, number = limits.get("drift"), sum(counts.values())
    if limit is not None and number > limit:
        platforms = ", ".join(sorted(counts))
        message = f"{number} payloads lacked the keys we know ({platforms}): look for a newer version, and keep drift/"
        yield Alarm(monitor="drift", value=number, limit=limit, message=message)


def _find_failures(run: RunInfo, limits: Mapping[str, float]) -> Iterator[Alarm]:
    """Yield the alarms of all failures, and of each error code."""
    ok, failed = _count(run)
    results = Counter[str](run.results)
    del results["ok"]
    most = "".join(f", most as {code}" for code, _ in results.most_common(1))
    for monitor, number in {"failures": failed, **results}.items():
        limit = limits.get(monitor)
        if limit is None or number <= limit * (ok + failed):
            continue
        share = number / (ok + failed)
        result = f"failed{most}" if monitor == "failures" else f"ended as {monitor}"
        advice = _ADVICE.get(monitor, "see message in envelopes.jsonl for the cause and advice of each")
        message = f"{_percent(share)} of {ok + failed} seeds {result}, {_percent(limit)} are the limit: {advice}"
        yield Alarm(monitor=monitor, value=round(share, 4), limit=limit, message=message)


def _find_fewer(run: RunInfo, earlier: Sequence[RunInfo], limits: Mapping[str, float]) -> Iterator[Alarm]:
    """Yield an alarm if the run got fewer posts than earlier runs of the same spider from as many seeds."""
    limit, (ok, failed) = limits.get("items"), _count(run)
    alike = [_count(each) for each in islice(_find_alike(run, earlier, limits.get("seeds", 0)), _MOST_EARLIER)]
    if limit is None or len(alike) < _LEAST_EARLIER:
        return
    usual = median(good / (good + bad) for good, bad in alike) * (ok + failed)
    if ok < limit * usual:
        message = (
            f"{ok} of {ok + failed} seeds ok, where {usual:.0f} are usual (the last {len(alike)} runs): "
            "see in report.html what failed"
        )
        yield Alarm(monitor="items", value=ok, limit=round(limit * usual, 1), message=message)


def _find_alike(run: RunInfo, earlier: Sequence[RunInfo], least: float) -> Iterator[RunInfo]:
    """Yield the finished runs in *earlier* that are comparable to *run*, each once."""
    seeds, seen = sum(_count(run)), {run.run}
    for each in earlier:
        number = sum(_count(each))
        is_alike = each.spider == run.spider and seeds <= number * _ALIKE and number <= seeds * _ALIKE
        if is_alike and number >= max(least, 1) and each.reason == "finished" and each.run not in seen:
            seen.add(each.run)
            yield each


def _find_refusals(run: RunInfo, limits: Mapping[str, float]) -> Iterator[Alarm]:
    """Yield an alarm if sessions were refused often, relative to the seeds that ended in the last process."""
    limit, seeds = limits.get("refusals"), run.stats.get("seeds/finished", 0)
    numbers = [value for name, value in run.stats.items() if re.fullmatch(r"session/refused/[^/]+", name)]
    refused = sum(numbers)
    if limit is not None and seeds >= max(limits.get("seeds", 0), 1) and refused > limit * seeds:
        message = (
            f"sessions were refused {refused:.0f} times for {seeds:.0f} seeds, {_percent(limit)} are the limit: "
            "wait, or run from another network; see session/refused/… under stats in run.json for the reasons"
        )
        yield Alarm(monitor="refusals", value=round(refused / seeds, 4), limit=limit, message=message)


def _count(run: RunInfo) -> tuple[int, int]:
    """Return the numbers of seeds that succeeded and failed."""
    ok = run.codes.get("200", 0)
    return ok, sum(run.codes.values()) - ok


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _mib(size: float) -> str:
    return f"{int(size) >> 20} MiB"
