"""The name of an output folder among those that share a ledger."""

import json
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

from scraper.system.atomic import write_whole
from scraper.text.names import safe_name

NAME = ".worker"


class WorkerId(NamedTuple):
    """The name of a folder as a worker of one run."""

    worker: str
    run: str
    """Start of the run, as its Redis holds it."""
    ended: bool = False
    """Whether the folder saw the run end."""


def read_worker_id(folder: Path) -> WorkerId | None:
    """Return the WorkerId of *folder*, or None if it is missing or broken."""
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
        return WorkerId(str(found["worker"]), str(found["run"]), bool(found["ended"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_worker_id(folder: Path, run: str) -> WorkerId:
    """Write a new, unique WorkerId for *folder* in *run*; raise OSError."""
    worker = WorkerId(f"{safe_name(socket.gethostname())[:40]}-{secrets.token_hex(4)}", run)
    write_worker_id(folder, worker)
    return worker


def write_worker_id(folder: Path, worker: WorkerId) -> None:
    """Write *worker* to *folder*; raise OSError."""
    write_whole(folder / NAME, json.dumps(worker._asdict()) + "\n")
