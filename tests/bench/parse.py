"""The time for parsing one saved answer, by platform and kind, and the share of the loaders."""

import gc
import json
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from scraper.errors import PayloadError, SeedError
from scraper.platform.registry import load
from scraper.posts.answer import Answer
from scraper.posts.loaders import RecordLoader
from tests.bench.figure import Figure, Group
from tests.platforms.payloads import CASES

_KEY = "parse_ms"
_CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
_SECONDS = 0.25
"""Seconds for one kind."""
_LEAST = 30
"""Minimum number of readings of one kind."""
_TIMED = ("add_paths", "add_value", "load_item")


def measure(wanted: Collection[str]) -> list[Figure]:
    sites = load(("spiders",))
    figures = []
    for (name, kind), texts in sorted(_texts(sites).items()):
        read = sites[name].parse_answer
        times = _time(read, texts)
        share = _loaders_share(read, texts)
        size = sum(map(len, texts)) / len(texts) / 1000
        note = f"99 % within {quantiles(times, n=100)[98]:.3g} ms; loaders {share:.0%}; {size:,.0f} kB"
        figures.append(Figure(key=f"{_KEY}_{name}_{kind}", value=median(times), unit="ms", note=note))
    return figures


def _texts(sites: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Return the captured answers by platform and kind, or our own cases if there are no captured ones."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    index = _CORPUS / "INDEX.jsonl"
    for line in index.read_text("utf-8").split("\n") if index.exists() else ():
        row = json.loads(line or "{}")
        if row.get("platform") in sites:
            texts[row["platform"], row["kind"]].append((_CORPUS / row["file"]).read_text("utf-8", "replace"))
    if not texts:
        for case in CASES:
            texts[case.parts[-4], "case"].append(case.read_text("utf-8"))
    return texts


def _time(read: Callable[[str], Answer], texts: list[str]) -> list[float]:
    """Return the milliseconds of each reading."""
    _read_all(read, texts)  # compiles the patterns
    gc.collect()
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < _LEAST or time.perf_counter() < end:
        for text in texts:
            started = time.perf_counter()
            _read_all(read, [text])
            times.append(1000 * (time.perf_counter() - started))
    return times


def _read_all(read: Callable[[str], Answer], texts: list[str]) -> None:
    for text in texts:
        try:
            read(text)
        except (PayloadError, SeedError):
            pass  # the end of an answer without a post


def _loaders_share(read: Callable[[str], Answer], texts: list[str]) -> float:
    with _clocked() as spent:
        started = time.perf_counter()
        for _ in range(10):
            _read_all(read, texts)
        return sum(spent) / (time.perf_counter() - started)


@contextmanager
def _clocked() -> Iterator[list[float]]:
    """Record the seconds of every outermost call into a loader."""
    spent: list[float] = []
    depth = 0

    def clock(function: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            depth += 1
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                depth -= 1
                if not depth:
                    spent.append(time.perf_counter() - started)

        return clocked

    own = {name: getattr(RecordLoader, name) for name in _TIMED}
    is_inherited = {name: name not in vars(RecordLoader) for name in _TIMED}
    for name, function in own.items():
        setattr(RecordLoader, name, clock(function))
    try:
        yield spent
    finally:
        for name, function in own.items():
            delattr(RecordLoader, name) if is_inherited[name] else setattr(RecordLoader, name, function)


GROUP = Group((_KEY,), measure)
