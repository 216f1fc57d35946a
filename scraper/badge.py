"""What tells an output folder from others that work on the same ledger."""

import json
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

from scraper.core.naming import safe_name
from scraper.wholefile import write_whole

NAME = ".worker"


class Badge(NamedTuple):
    """The name of a folder as a worker of one run."""

    worker: str
    run: str
    """The start of that run, as its Redis has it."""
    ended: bool = False
    """Whether the folder saw it end."""


def read_badge(folder: Path) -> Badge | None:
    """Return the badge of *folder*; None where it has none, or a broken one."""
    try:
        found = json.loads((folder / NAME).read_text("utf-8"))
        return Badge(str(found["worker"]), str(found["run"]), bool(found["ended"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_badge(folder: Path, run: str) -> Badge:
    """Give *folder* a name of its own, which nobody had before, in *run*; raise OSError."""
    badge = Badge(f"{safe_name(socket.gethostname())[:40]}-{secrets.token_hex(4)}", run)
    write_badge(folder, badge)
    return badge


def write_badge(folder: Path, badge: Badge) -> None:
    """Keep *badge* in *folder*; raise OSError."""
    write_whole(folder / NAME, json.dumps(badge._asdict()) + "\n")
