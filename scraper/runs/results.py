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
"""Runs that are looked at: of those many may be of other lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one seed ended."""

    envelope: dict[str, Any]
    record: dict[str, Any] | None
    """None where there is no post, or where another seed has it."""


def read_results(folder: Path) -> Iterator[Result]:
    """
    Yield the results of the run in *folder*, in the order seeds finished; raise OSError.

    Both files are read side by side, so a run of any length takes no memory: a record stands in its file where its
    envelope stands in the other.
    """
    records = _records(folder / POSTS)
    record = next(records, None)
    for _, _, envelope in read_lines(folder / ENVELOPES):
        has_one = has_record(envelope)
        while has_one and record is not None and record["seed"] != envelope["seed"]:
            record = next(records, None)  # a record whose envelope found no room
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
    """Return how many seeds of the run in *folder* ended how, as the ledger would, from its lines; raise OSError."""
    errors = (envelope.get("error") for _, _, envelope in read_lines(folder / ENVELOPES))
    return dict(sorted(Counter(str(error["code"]) if isinstance(error, dict) else OK for error in errors).items()))


def read_kept(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the envelope and the file of each answer that the run in *folder* kept, in the order seeds finished."""
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
    """Return what run.json says; nothing where it is missing or broken."""
    try:
        return RunInfo.from_json(json.loads((folder / RUN).read_text("utf-8")))
    except (OSError, ValueError):
        return RunInfo()


def write_run(folder: Path, run: RunInfo) -> None:
    """Write *run* as run.json, and as run.prom; raise OSError."""
    write_whole(folder / RUN, json.dumps(run.to_json(), indent=2, default=str) + "\n")
    write_whole(folder / METRICS, make_metrics(run, str(folder.absolute())))


def read_earlier(folder: Path) -> list[RunInfo]:
    """Return the newest of the earlier runs, the newest first; those whose run.json cannot be read are left out."""
    runs = sorted((folder / RUNS).glob("*"), reverse=True)[:_EARLIER]
    return [run for run in map(read_run, runs) if run != RunInfo()]


def _names(folder: Path) -> dict[str, Path]:
    """Return the answers by the part of a request's id that stands in their names."""
    named = ((parse_name(path.name), path) for path in folder.glob("raw_*") if not path.name.endswith(MORE))
    return {found[1]: path for found, path in named if found is not None}


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():  # a device has no end
        return
    with path.open("rb") as file:
        yield from (record for _, record in whole_lines(file) if "seed" in record)
