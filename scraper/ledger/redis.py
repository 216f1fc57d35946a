"""The ledger of a run that many workers share: streams with a consumer group in a Redis, changed by ledger.lua."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice, takewhile
from typing import Any

from scraper.envelopes.envelope import status_of
from scraper.envelopes.lines import EnvelopeLine
from scraper.envelopes.messages import OK
from scraper.errors import UsageError
from scraper.ledger.interface import Claim, Lease, RunState, SeedEntry, State
from scraper.ledger.redis_rows import Ending, dump_seed, load_seed, read_ending
from scraper.ledger.redis_server import Server
from scraper.model.seed import Seed, split_id

_BATCH = 500
_PAGE = 100
_LOADING = 60_000
"""Milliseconds of silence after which another worker loads the list instead."""
_DONE = 200
_RUN = ("source", "started", "loaded", "finished")
_SHARED = (*_RUN, "lease_ms")
_MINE = ("envelopes_end", "posts_end", "stale")


class RedisLedger:
    """
    A Ledger for one worker among many; a method returns once Redis has committed its changes.

    A worker that is silent for too long counts as dead: others take over its seeds, and its later results are refused.
    *run* is the start of its run, as Redis holds it; once another run has begun, all methods raise UsageError.
    """

    def __init__(self, server: Server, worker: str = "", run: str = "", seconds: float = 60.0) -> None:
        self._server = server
        self._worker = worker
        self._run = run
        self._idle = int(seconds * 1000)
        """Milliseconds of silence after which a worker counts as dead, unless the run sets its own limit."""
        self._outages = server.outages
        self.reader: Callable[[int], Iterable[EnvelopeLine]] | None = None
        """Yields the lines of envelopes.jsonl from an offset on, to note again the lines that Redis has lost."""

    async def run(self) -> RunState:
        shared, mine = await self._shared(), await self._server.ask("HGETALL", f"worker:{self._worker}")
        values = {name: shared[name] for name in _RUN if name in shared} | {n: mine[n] for n in _MINE if n in mine}
        run = {name: value if name == "source" else json.loads(value) for name, value in values.items()}
        return RunState(**run, lease=float(shared["lease_ms"]) / 1000 if "lease_ms" in shared else None)

    async def note(self, **changes: Any) -> None:
        values: list[str] = []
        for name, value in changes.items():
            text = "" if value is None else value if name == "source" else json.dumps(value)
            values += ("run" if name in _SHARED else f"worker:{self._worker}", name, text)
        await self._call("note", *values)

    async def pulses(self) -> dict[str, dict[str, Any]]:
        found = await self._call("pulses")
        triples = zip(found[::3], found[1::3], found[2::3], strict=True)
        return {name: {**json.loads(pulse), "heard": int(silent) / 1000} for name, silent, pulse in triples}

    async def begin(self, source: str, now: float, *, loaded: bool = False) -> bool:
        """
        Begin a run of *source*, which replaces the run of the last start() call.

        Return False if another worker was first.
        """
        return bool(
            await self._call("begin", source, self._run, json.dumps(now), json.dumps(loaded), self._idle, unbound=True)
        )

    async def start(self) -> str:
        """Return the start of the current run, as Redis holds it; later calls refer to that run."""
        self._run = (await self._shared()).get("started", "")
        return self._run

    async def finish(self) -> bool:
        return bool(await self._call("finish"))

    async def may_load(self) -> bool:
        self._outages = self._server.outages
        return await self._hold_list()

    async def load(self, seeds: Iterable[Seed]) -> int:
        seeds = iter(seeds)
        added = 0
        while batch := list(islice(seeds, _BATCH)):
            values = [value for seed in batch for value in (seed.id, seed.platform or "", dump_seed(seed))]
            added += int(await self._call("load", *values))
            if self._worker:
                await self._hold_list()
        return added

    async def loaded(self) -> bool:
        if self._outages != self._server.outages:  # a Redis that comes back may have lost the last writes
            return False
        await self.note(loaded=True)
        return True

    async def _hold_list(self) -> bool:
        return bool(await self._call("may_load", _LOADING))

    async def reserve(self, lines: int) -> int:
        return int(await self._call("reserve", lines))

    async def platforms(self) -> list[str]:
        return list(await self._call("platforms"))

    async def lease(self, platform: str, limit: int, seconds: float) -> list[Lease]:
        found = await self._call("lease", platform, limit, int(seconds * 1000))
        triples = zip(found[::3], found[1::3], found[2::3], strict=True)
        return [Lease(seed=load_seed(seed_id, platform, row), attempts=int(count)) for seed_id, count, row in triples]

    async def renew(self, seed_ids: Iterable[str], seconds: float) -> None:
        await self._call("renew", *seed_ids)

    async def release(self, seed_ids: Iterable[str]) -> None:
        await self._call("release", *seed_ids)

    async def release_all(self) -> None:
        while await self._call("release_all"):
            pass

    async def expire_all(self) -> int:
        count = 0
        while found := int(await self._call("expire_all")):
            count += found
        return count

    async def claim(self, key: str, seed_id: str) -> Claim:
        found = await self._call("claim", key, seed_id, self._idle)
        if not found:
            return Claim()
        return Claim(of=found[0], offset=int(found[1]) if len(found) > 1 else None)

    async def waiting(self, seed_id: str) -> AsyncIterator[Seed]:
        seen, stuck = set[str](), 0
        while True:
            ids = await self._call("waiting", seed_id, _PAGE + stuck)
            fresh = [each for each in ids if each not in seen]
            stuck = len(ids) - len(fresh)  # unsettled seeds stay at the head
            if not fresh:
                return
            seen.update(fresh)
            for seed in await self._seeds(fresh):
                yield seed

    async def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> bool:
        values = (code, error or "", offset, end, "" if posts_end is None else posts_end)
        answer = int(await self._call("settle", seed_id, *values, int(self.reader is not None)))
        while answer < 0 and self.reader is not None:
            known = (await self.run()).envelopes_end
            await self.recover(takewhile(lambda line: line[0] < offset, self.reader(known)))
            answer = int(await self._call("settle", seed_id, *values, 1))
        return answer > 0

    async def recover(self, lines: Iterable[EnvelopeLine]) -> int:
        known = 0
        lines = iter(lines)
        while batch := list(islice(lines, _PAGE)):
            known += int(await self._call("recover", *(value for line in batch for value in _recovered(line))))
        return known

    async def forget(self, size: int) -> int:
        if (await self.run()).envelopes_end <= size:
            return 0
        count = await self._reopen(lambda ending: ending.worker == self._worker and ending.offset >= size)
        await self.note(envelopes_end=size, posts_end=0, finished=None, stale=None)
        return count

    async def retry(self, errors: Iterable[str] | None = None) -> int:
        chosen = None if errors is None else frozenset(errors)
        return await self._reopen(lambda end: end.code != _DONE and (chosen is None or end.error in chosen))

    async def current(self, lines: Sequence[tuple[str, int]]) -> list[bool]:
        endings = await self._endings([seed_id for seed_id, _ in lines])
        pairs = zip(endings, lines, strict=True)
        return [end is not None and (end.worker, end.offset) == (self._worker, offset) for end, (_, offset) in pairs]

    async def move(self, lines: Iterable[EnvelopeLine]) -> None:
        lines = iter(lines)
        while batch := list(islice(lines, _PAGE)):
            values = (value for offset, _, envelope in batch for value in (str(envelope["seed"]), offset))
            await self._call("move", *values)

    async def clear_stale(self, seen: int) -> bool:
        return bool(await self._call("clear_stale", seen))

    async def settled(self, seed_ids: Iterable[str]) -> set[str]:
        ids = list(seed_ids)
        endings = zip(ids, await self._endings(ids), strict=True)
        return {seed_id for seed_id, ending in endings if ending is not None and ending.worker == self._worker}

    async def counts(self) -> dict[State, int]:
        todo, leased = await self._call("counts")
        results = await self._numbers("results")
        done = results.get(OK, 0)
        failed = sum(results.values()) - done
        return {State.TODO: todo, State.LEASED: leased, State.DONE: done, State.FAILED: failed}

    async def results(self) -> dict[str, int]:
        return await self._numbers(f"results:{self._worker}")

    async def errors(self) -> dict[str, int]:
        return {name: number for name, number in (await self._numbers("results")).items() if name != OK}

    async def entries(self) -> AsyncIterator[SeedEntry]:
        opened = {seed_id async for seed_id in self._open()}
        async for page in self._server.scan("seeds"):
            ids = list(page)
            for seed_id, ending in zip(ids, await self._endings(ids), strict=True):
                _, platform, row = page[seed_id].split(" ", 2)
                seed = load_seed(seed_id, platform, row)
                if ending is None:
                    yield SeedEntry(seed=seed, state=State.LEASED if seed_id in opened else State.TODO)
                    continue
                state = State.DONE if ending.code == _DONE else State.FAILED
                yield SeedEntry(
                    seed=seed, state=state, code=ending.code, error=ending.error, duplicate_of=ending.duplicate_of
                )

    async def checkpoint(self) -> None:
        """Do nothing: Redis persists on its own."""

    async def close(self) -> None:
        if self._worker:
            with suppress(UsageError):  # Redis does not answer, or holds another run by now: nothing is lost
                await self._call("leave")
        await self._server.close()

    async def _seeds(self, ids: Sequence[str]) -> list[Seed]:
        rows = [row.split(" ", 2) for row in await self._server.ask("HMGET", "seeds", *ids) if row is not None]
        return [load_seed(seed_id, platform, row) for seed_id, (_, platform, row) in zip(ids, rows, strict=True)]

    async def _endings(self, ids: Sequence[str]) -> list[Ending | None]:
        return [read_ending(value) if value else None for value in await self._call("endings", *ids)]

    async def _reopen(self, is_wanted: Callable[[Ending], bool]) -> int:
        """Reopen the seeds whose ending *is_wanted*; return their number."""
        count = 0
        async for page in self._server.scan("ended"):
            ids = [seed_id for seed_id, value in page.items() if is_wanted(read_ending(value))]
            ids.sort(key=split_id)
            if ids:
                count += int(await self._call("reopen", *ids))
        return count

    async def _open(self) -> AsyncIterator[str]:
        for platform in await self.platforms():
            start = "-"
            while start:
                start, *ids = await self._call("open", platform, start)
                for seed_id in ids:
                    yield seed_id

    async def _shared(self) -> dict[str, str]:
        found: dict[str, str] = await self._server.ask("HGETALL", "run")
        return found

    async def _numbers(self, key: str) -> dict[str, int]:
        found: dict[str, str] = await self._server.ask("HGETALL", key)
        return {name: int(value) for name, value in found.items() if int(value)}

    async def _call(self, what: str, *args: Any, unbound: bool = False) -> Any:
        """Call the function *what* of ledger.lua, only in the run of this worker unless *unbound*."""
        return await self._server.call(what, self._worker, "" if unbound else self._run, *args)


def _recovered(line: EnvelopeLine) -> tuple[object, ...]:
    offset, end, envelope = line
    seed_id, error = str(envelope["seed"]), envelope.get("error")
    try:
        split_id(seed_id)
        code = status_of(envelope)
    except (KeyError, ValueError):
        seed_id, code = "", 0
    reason = str(error.get("code")) if isinstance(error, dict) else ""
    return seed_id, code, reason, offset, str(envelope.get("duplicate_of") or ""), end
