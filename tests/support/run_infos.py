"""A run.json of a test's own, and the one of a folder."""

import json
from pathlib import Path
from typing import Any

from scraper.errors import ErrorCode


def make_info(ok: int, reason: str = "finished", left: int | None = 0, run: str = "now", stats: Any = (), **failed: int) -> dict[str, Any]:
    """Return the part of a run.json that the monitors read."""
    codes = {"200": ok} | {str(ErrorCode(code).status): number for code, number in failed.items()}
    counts = {"seeds/finished": ok + sum(failed.values()), **dict(stats)}
    known = {"run": run, "spider": "twitter", "reason": reason, "problem": None, "left": left}
    return {**known, "codes": codes, "results": {"ok": ok, **failed}, "stats": counts}


def info(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    return read
