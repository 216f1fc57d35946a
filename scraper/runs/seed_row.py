"""The row of a seed in the table at the end of a crawl."""

import time
from dataclasses import dataclass

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One line of the table."""

    seed: str
    text: str
    code: int
    result: str
    files: int
    bytes: int
    seconds: float
    advice: str


def make_row(outcome: Outcome, envelope: Envelope) -> ResultRow:
    """Return the row of *outcome* and its *envelope*."""
    media = outcome.post.media if outcome.post is not None else []
    files = [file for medium in media for file in medium.files]
    missing = sum(medium.error is not None for medium in media)
    error, code = envelope["error"], int(str(envelope["code"]))
    result = str(error["code"]) if isinstance(error, dict) else f"ok, {missing} missing" if missing else "ok"
    if "duplicate_of" in envelope:
        result = f"{result} (as {envelope['duplicate_of']})"
    return ResultRow(
        seed=outcome.seed.id,
        text=outcome.seed.text,
        code=code,
        result=result,
        files=len(files),
        bytes=sum(file.bytes for file in files),
        seconds=time.monotonic() - outcome.started,
        advice="" if code == 200 else str(envelope["message"]),
    )
