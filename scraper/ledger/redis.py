"""The ledger of a run that many workers share: streams with a consumer group in a Redis, changed by ledger.lua."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from scraper.core.envelope import status_of
from scraper.core.ledger import Claim, Entry, EnvelopeLine, Lease, Run, State, split_id
from scraper.core.seeds import Seed
from scraper.ledger.server import Server
from scraper.ledger.wire import Ending, dump_seed, load_seed, read_ending

_BATCH = 500
_PAGE = 100
_LOADING = 60_000
"""Ms after which another worker reads the list in the place of one that is silent."""
_DONE = 200
_RUN = ("source", "started", "loaded", "finished")
_MINE = ("envelopes_end", "posts_end", "stale")


class RedisLedger:
    """
    A Ledger for one worker among many; what is committed when a method returns is as safe as that Redis keeps it.

    *seconds* of silence make a worker dead: others take its seeds over, and what it still brings is refused.
    """

    def __init__(self, server: Server, worker: str, seconds: float) -> None:
        self._server = server
        self._worker = worker
        self._idle = int(seconds * 1000)

    async def run(self) -> Run:
        shared = await self._server.ask("HGETALL", "run")
        mine = await self._server.ask("HGETALL", f"worker:{self._worker}")
        values = {name: shared[name] for name in _RUN if name in shared} | {n: mine[n] for n in _MINE if n in mine}
        return Run(**{name: value if name == "source" else json.loads(value) for name, value in values.items()})

    async def note(self, **changes: Any) -> None:
        for name, value in changes.items():
            place = "run" if name in _RUN else f"worker:{self._worker}"
            if value is None:
                await self._server.ask("HDEL", place, name)
            else:
                await self._server.ask("HSET", place, name, value if name == "source" else json.dumps(value))

    async def pulses(self) -> dict[str, dict[str, Any]]:
        found = await self._call("pulses")
        triples = zip(found[::3], found[1::3], found[2::3], strict=True)
        return {name: {**json.loads(pulse), "heard": int(silent) / 1000} for name, silent, pulse in triples}

    async def begin(self, source: str, before: Run, now: float) -> bool:
        """Begin a run of *source* in the place of the run *before*; return False where another worker did it first."""
        started = "" if before.started is None else json.dumps(before.started)
        return bool(await self._call("begin", source, started, json.dumps(now)))

    async def finish(self) -> bool:
        return bool(await self._call("finish"))

    async def may_load(self) -> bool:
        return bool(await self._call("may_load", _LOADING))

    async def load(self, seeds: Iterable[Seed]) -> int:
        seeds = iter(seeds)
        added = 0
        while batch := list(islice(seeds, _BATCH)):
            values = [value for seed in batch for value in (seed.id, seed.platform or "", dump_seed(seed))]
            added += int(await self._call("load", *values))
            if self._worker:
                await self.may_load()  # nobody else need begin anew
        return added

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

    async def expire_all(self) -> int:
        return int(await self._call("expire_all"))

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
            stuck = len(ids) - len(fresh)  # who is not settled stays at the head
            if not fresh:
                return
            seen.update(fresh)
            for seed in await self._seeds(fresh):
                yield seed

    async def settle(
        self, seed_id: str, *, code: int, error: str | None, offset: int, end: int, posts_end: int | None = None
    ) -> bool:
        records = "" if posts_end is None else posts_end
        answer = int(await self._call("settle", seed_id, code, error or "", offset, end, records))
        if answer < 0:
            raise KeyError(seed_id)
        return bool(answer)

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
        await self.note(envelopes_end=size, posts_end=0, finished=None, stale=False)
        return count

    async def retry(self, errors: Iterable[str] | None = None) -> int:
        chosen = None if errors is None else frozenset(errors)
        return await self._reopen(lambda end: end.code != _DONE and (chosen is None or end.error in chosen))

    async def current(self, lines: Sequence[tuple[str, int]]) -> list[bool]:
        endings = await self._endings([seed_id for seed_id, _ in lines])
        pairs = zip(endings, lines, strict=True)
        return [end is not None and (end.worker, end.offset) == (self._worker, offset) for end, (_, offset) in pairs]

    async def settled(self, seed_ids: Iterable[str]) -> set[str]:
        ids = list(seed_ids)
        endings = zip(ids, await self._endings(ids), strict=True)
        return {seed_id for seed_id, ending in endings if ending is not None and ending.worker == self._worker}

    async def counts(self) -> dict[State, int]:
        todo, leased = await self._call("counts")
        codes = await self._numbers("codes")
        done = codes.get(str(_DONE), 0)
        failed = sum(codes.values()) - done
        return {State.TODO: todo, State.LEASED: leased, State.DONE: done, State.FAILED: failed}

    async def codes(self) -> dict[int, int]:
        return {int(code): number for code, number in (await self._numbers(f"codes:{self._worker}")).items()}

    async def errors(self) -> dict[str, int]:
        return await self._numbers("errors")

    async def entries(self) -> AsyncIterator[Entry]:
        opened = frozenset(await self._call("open"))
        async for page in self._server.scan("seeds"):
            ids = list(page)
            for seed_id, ending in zip(ids, await self._endings(ids), strict=True):
                _, platform, row = page[seed_id].split(" ", 2)
                seed = load_seed(seed_id, platform, row)
                if ending is None:
                    yield Entry(seed=seed, state=State.LEASED if seed_id in opened else State.TODO)
                    continue
                state = State.DONE if ending.code == _DONE else State.FAILED
                yield Entry(
                    seed=seed, state=state, code=ending.code, error=ending.error, duplicate_of=ending.duplicate_of
                )

    async def checkpoint(self) -> None:
        """Redis keeps what it is told by itself."""

    async def close(self) -> None:
        await self._server.close()

    async def _seeds(self, ids: Sequence[str]) -> list[Seed]:
        rows = [row.split(" ", 2) for row in await self._server.ask("HMGET", "seeds", *ids) if row is not None]
        return [load_seed(seed_id, platform, row) for seed_id, (_, platform, row) in zip(ids, rows, strict=True)]

    async def _endings(self, ids: Sequence[str]) -> list[Ending | None]:
        if not ids:
            return []
        values = await self._server.ask("HMGET", "ended", *ids)
        return [None if value is None else read_ending(value) for value in values]

    async def _reopen(self, is_wanted: Callable[[Ending], bool]) -> int:
        """Open anew the seeds whose ending *is_wanted*; return how many."""
        count = 0
        async for page in self._server.scan("ended"):
            ids = [seed_id for seed_id, value in page.items() if is_wanted(read_ending(value))]
            ids.sort(key=split_id)
            if ids:
                count += int(await self._call("reopen", *ids))
        return count

    async def _numbers(self, key: str) -> dict[str, int]:
        found: dict[str, str] = await self._server.ask("HGETALL", key)
        return {name: int(value) for name, value in found.items() if int(value)}

    async def _call(self, what: str, *args: Any) -> Any:
        return await self._server.call(what, self._worker, *args)


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
