"""What tells an output folder from others that work on the same ledger."""

import json
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

from scraper.core.naming import safe_name
from scraper.wholefile import write_whole

_NAME = ".worker"


class Badge(NamedTuple):
    """The name of a folder as a worker, for good."""

    worker: str
    run: float | None = None
    """When the run began that it took part in last, in unix seconds."""


def read_badge(folder: Path) -> Badge:
    """Return the badge of *folder*; one that has none, or whose is broken, gets a new name."""
    try:
        found = json.loads((folder / _NAME).read_text("utf-8"))
        return Badge(str(found["worker"]), found["run"])
    except (OSError, ValueError, KeyError, TypeError):
        badge = Badge(f"{safe_name(socket.gethostname())[:40]}-{secrets.token_hex(4)}")
        write_badge(folder, badge)
        return badge


def write_badge(folder: Path, badge: Badge) -> None:
    """Keep *badge* in *folder*; raise OSError."""
    write_whole(folder / _NAME, json.dumps(badge._asdict()) + "\n")
