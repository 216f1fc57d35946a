"""Seeds and their endings as the texts that ledger.lua keeps."""

import json
from typing import NamedTuple

from scraper.errors import ErrorCode
from scraper.model.ref import Ref
from scraper.model.seed import Seed


class Ending(NamedTuple):
    """What a seed ended with, and in whose folder."""

    code: int
    offset: int
    """Where its envelope begins in envelopes.jsonl of *worker*."""
    worker: str
    error: str | None
    duplicate_of: str | None


def read_ending(text: str) -> Ending:
    """Read ``code|offset|worker|error|first|key``."""
    code, offset, worker, error, first, _ = text.split("|", 5)
    return Ending(int(code), int(offset), worker, error or None, first or None)


def dump_seed(seed: Seed) -> str:
    """Return *seed* without its id and platform; memory counts, so what is as usual is left out."""
    ref = seed.ref
    row: dict[str, object] = {"t": seed.text}
    if ref is not None:
        row |= {"k": ref.kind, "i": ref.id}
        row |= {"u": ref.url} if ref.url != seed.text else {}
        row |= {} if ref.part is None else {"p": ref.part}
    others = {"r": seed.rejected, "x": seed.problem, "o": dict(seed.options), "g": list(seed.tags)}
    row |= {name: value for name, value in others.items() if value}
    return json.dumps(row, separators=(",", ":"))


def load_seed(seed_id: str, platform: str, text: str) -> Seed:
    """Return the seed that ``dump_seed`` wrote."""
    row = json.loads(text)
    ref = None
    if "k" in row:
        ref = Ref(platform=platform, kind=row["k"], id=row["i"], url=row.get("u", row["t"]), part=row.get("p"))
    return Seed(
        id=seed_id,
        line=int(seed_id.partition(".")[0]),
        text=row["t"],
        ref=ref,
        rejected=None if "r" not in row else ErrorCode(row["r"]),
        platform=platform or None,
        problem=row.get("x"),
        options=row.get("o", {}),
        tags=tuple(row.get("g", ())),
    )
