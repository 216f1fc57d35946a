"""The progress of a run, read from its ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from scraper.ledger.interface import Ledger, RunState, State
from scraper.runtime.progress import duration

_SILENT = 15.0
"""Seconds of silence after which a worker counts as dead: a live one notes its pulse more often."""
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that crawls; without a shared ledger it has no name."""

    name: str
    heard: float
    """Seconds since its last pulse."""
    open: int
    """Seeds under way."""
    rate: float
    """Seeds a second over its last minute."""
    pauses: Mapping[str, int]
    """Paused platforms, each with the seconds that are left."""

    @property
    def is_alive(self) -> bool:
        return self.heard < _SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """The status of a ledger at one moment."""

    run: RunState
    counts: Mapping[State, int]
    errors: Mapping[str, int]
    workers: tuple[Worker, ...]

    @property
    def rate(self) -> float:
        """Seeds a second of all live workers."""
        return sum(worker.rate for worker in self.workers if worker.is_alive)

    @property
    def left(self) -> float | None:
        """Seconds until the end at this rate; None = not known."""
        rest = self.counts[State.TODO] + self.counts[State.LEASED]
        return rest / self.rate if self.run.loaded and self.rate else None

    @property
    def is_over(self) -> bool:
        return self.run.is_finished

    def as_json(self) -> dict[str, object]:
        """Return the status for programs."""
        return {
            **{state.value: count for state, count in self.counts.items()},
            "errors": dict(self.errors),
            "loaded": self.run.loaded,
            "started": self.run.started,
            "finished": self.run.finished,
            "rate": round(self.rate, 2),
            "left_seconds": None if self.left is None else round(self.left),
            "workers": [{**asdict(worker), "pauses": dict(worker.pauses)} for worker in self.workers],
        }

    def lines(self) -> Iterator[str]:
        """Yield the status as lines for people."""
        counts, total = self.counts, sum(self.counts.values())
        reading = "" if self.run.loaded else ", and the list is still being read"
        yield f"{total} seeds since {_time(self.run.started)}{reading}"
        yield (
            f"todo {counts[State.TODO]}, open {counts[State.LEASED]}, "
            f"done {counts[State.DONE]}, failed {counts[State.FAILED]}"
        )
        for error, count in sorted(self.errors.items(), key=lambda pair: -pair[1])[:_SHOWN]:
            yield f"  {error} {count}"
        alive = [worker for worker in self.workers if worker.is_alive]
        if self.is_over:
            yield f"finished at {_time(self.run.finished)}"
        elif not alive:
            yield "no worker is running: run the same crawl command again to continue"
        else:
            left = "time left unknown" if self.left is None else f"{duration(self.left)} left"
            yield f"{self.rate:.1f} seeds/s, {left}"
            yield from _describe(alive)
        for worker in self.workers:
            if not worker.is_alive and worker.name and not self.is_over:
                yield f"  {worker.name}: silent for {duration(worker.heard)}"


async def read_status(ledger: Ledger) -> RunStatus:
    """Read the status of the run of *ledger*."""
    pulses = sorted((await ledger.pulses()).items())
    return RunStatus(
        run=await ledger.run(),
        counts=await ledger.counts(),
        errors=await ledger.errors(),
        workers=tuple(
            Worker(name=name, heard=max(0.0, p["heard"]), open=p["open"], rate=p["rate"], pauses=p["pauses"])
            for name, p in pulses
        ),
    )


def _describe(workers: list[Worker]) -> Iterator[str]:
    for worker in workers[:_SHOWN]:
        paused = "".join(f", {name} is paused for {seconds} s" for name, seconds in worker.pauses.items())
        yield f"  {worker.name or 'this folder'}: {worker.open} open, {worker.rate:.1f} seeds/s{paused}"
    if len(workers) > _SHOWN:
        yield f"  … {len(workers) - _SHOWN} more workers"


def _time(seconds: float | None) -> str:
    return "?" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
