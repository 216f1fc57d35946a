"""Seeds and their endings as the texts that ledger.lua stores."""

import json
from typing import NamedTuple

from scraper.errors import ErrorCode
from scraper.model.ref import Ref
from scraper.model.seed import Seed


class Ending(NamedTuple):
    """The result of a seed, and the worker that has its envelope."""

    code: int
    offset: int
    """Offset of its envelope in the envelopes.jsonl of *worker*."""
    worker: str
    error: str | None
    duplicate_of: str | None


def read_ending(text: str) -> Ending:
    """Read ``code|offset|worker|error|first|key``."""
    code, offset, worker, error, first, _ = text.split("|", 5)
    return Ending(int(code), int(offset), worker, error or None, first or None)


def dump_seed(seed: Seed) -> str:
    """Return *seed* as text, without id and platform; default values are left out to save memory."""
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
    """Read the text of ``dump_seed``."""
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
