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
    """The start of that run, as its Redis has it."""
    ended: bool = False
    """Whether the folder saw it end."""


def read_worker_id(folder: Path) -> WorkerId | None:
    """Return the WorkerId of *folder*; None where it has none, or a broken one."""
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
        return WorkerId(str(found["worker"]), str(found["run"]), bool(found["ended"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_worker_id(folder: Path, run: str) -> WorkerId:
    """Give *folder* a name of its own, never used before, in *run*; raise OSError."""
    worker = WorkerId(f"{safe_name(socket.gethostname())[:40]}-{secrets.token_hex(4)}", run)
    write_worker_id(folder, worker)
    return worker


def write_worker_id(folder: Path, worker: WorkerId) -> None:
    """Keep *worker* in *folder*; raise OSError."""
    write_whole(folder / NAME, json.dumps(worker._asdict()) + "\n")
