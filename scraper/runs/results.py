"""Reads envelopes, records and run.json back from an output folder."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scraper.envelopes.envelope import has_record
from scraper.envelopes.lines import EnvelopeLine, read_envelopes
from scraper.envelopes.messages import OK
from scraper.runs.answers import MORE, parse_name, short_id
from scraper.runs.folder import ENVELOPES, METRICS, POSTS, RAW, RUN, RUNS
from scraper.runs.info import RunInfo
from scraper.runs.prometheus import make_metrics
from scraper.system.atomic import write_whole
from scraper.text.jsonline import whole_lines

_EARLIER = 50
"""Most earlier runs that are read; many of them may be of other lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one seed."""

    envelope: dict[str, Any]
    record: dict[str, Any] | None
    """None = no post, or the post of another seed."""


def read_results(folder: Path) -> Iterator[Result]:
    """
    Yield the results of the run in *folder*, in the order seeds finished; raise OSError.

    Both files are read side by side, so a long run takes no more memory: records and envelopes are in the same order.
    """
    records = _records(folder / POSTS)
    record = next(records, None)
    for _, _, envelope in read_lines(folder / ENVELOPES):
        has_one = has_record(envelope)
        while has_one and record is not None and record["seed"] != envelope["seed"]:
            record = next(records, None)  # a record without an envelope: the disk was full
        found = record if record is not None and record["seed"] == envelope["seed"] else None
        yield Result(envelope=dict(envelope), record=found)
        if found is not None:
            record = next(records, None)


def read_lines(path: Path, start: int = 0) -> Iterator[EnvelopeLine]:
    """Yield the envelopes of *path* from byte *start* on, as read_envelopes() does; raise OSError."""
    with path.open("rb") as file:
        file.seek(start)
        yield from read_envelopes(file, start)


def count_results(folder: Path) -> dict[str, int]:
    """Count the results of the run in *folder* from its lines, as ``Ledger.results`` does; raise OSError."""
    errors = (envelope.get("error") for _, _, envelope in read_lines(folder / ENVELOPES))
    return dict(sorted(Counter(str(error["code"]) if isinstance(error, dict) else OK for error in errors).items()))


def read_kept(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield envelope and file of each saved answer of the run in *folder*, in the order seeds finished."""
    names: dict[str, Path] | None = None
    for result in read_results(folder):
        raw = result.record["raw"] if result.record is not None else None
        if raw is not None and raw.startswith(f"{RAW}/") and ".." not in raw:
            yield result.envelope, folder / raw
        elif result.record is None and "duplicate_of" not in result.envelope:
            names = _names(folder / RAW) if names is None else names
            path = names.get(short_id(str(result.envelope.get("request_id"))))
            if path is not None:
                yield result.envelope, path


def read_run(folder: Path) -> RunInfo:
    """Read run.json; return ``RunInfo()`` if it is missing or broken."""
    try:
        return RunInfo.from_json(json.loads((folder / RUN).read_text("utf-8")))
    except (OSError, ValueError):
        return RunInfo()


def write_run(folder: Path, run: RunInfo) -> None:
    """Write *run* as run.json, and as run.prom; raise OSError."""
    write_whole(folder / RUN, json.dumps(run.to_json(), indent=2, default=str) + "\n")
    write_whole(folder / METRICS, make_metrics(run, str(folder.absolute())))


def read_earlier(folder: Path) -> list[RunInfo]:
    """Return the earlier runs, newest first; those with a broken run.json are left out."""
    runs = sorted((folder / RUNS).glob("*"), reverse=True)[:_EARLIER]
    return [run for run in map(read_run, runs) if run != RunInfo()]


def _names(folder: Path) -> dict[str, Path]:
    """Return the saved answers by the request id prefix in their names."""
    named = ((parse_name(path.name), path) for path in folder.glob("raw_*") if not path.name.endswith(MORE))
    return {found[1]: path for found, path in named if found is not None}


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():  # a device may have no end
        return
    with path.open("rb") as file:
        yield from (record for _, record in whole_lines(file) if "seed" in record)
