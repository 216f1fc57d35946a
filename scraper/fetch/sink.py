"""Where a streamed body goes: into a file that can be gone on with."""

import builtins
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HEAD = 4096
"""Bytes kept from the beginning, enough to tell what a file is."""
OVERLAP = 16_384
"""Bytes asked for again when a file is gone on with: they must be those that are there, or it is another file."""
_BLOCK = 1 << 20


@dataclass(slots=True, kw_only=True)
class Sink:
    """A file that grows: the body is written to *path* while it arrives, and only on 200 or the 206 asked for."""

    path: Path
    maxsize: int
    """Bytes."""
    idle_timeout: float
    """Seconds without a byte after which the transfer is given up."""
    accept: Callable[[builtins.bytes], None]
    """Called with the first bytes before anything is written; raises what the request shall fail with."""
    min_speed: int = 0
    """Bytes a second, over *idle_timeout* seconds, below which the transfer is given up; 0 = any will do."""
    on_start: Callable[["Sink"], None] | None = None
    """Called when an answer is taken, before its body: *total* and *validator* are known then."""
    bytes: int = 0
    """How many of the file are there."""
    fetched: int = 0
    """How many came over the network, those that came twice included."""
    total: int | None = None
    """How many the file has, as the server says."""
    validator: str | None = None
    """A strong ETag, else Last-Modified: with ``If-Range`` it tells whether the file is still the same."""
    sha256: str = ""
    head: builtins.bytes = field(default=b"", repr=False)
    is_given_up: bool = False
    """Nobody waits for it any more, so no file is made that nobody would clear up."""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)
    """Of the bytes that are there."""

    @property
    def offset(self) -> int:
        """The first byte to ask for."""
        return max(0, self.bytes - OVERLAP)

    def restart(self) -> None:
        """Forget what is there."""
        self.bytes, self.total, self.validator = 0, None, None
        self.sha256, self.head, self.digest = "", b"", hashlib.sha256()

    def load(self) -> None:
        """Take over what an earlier run left in *path*; raise OSError. Blocking."""
        self.restart()
        with self.path.open("rb") as file:
            self.head = file.read(HEAD)
            file.seek(0)
            while block := file.read(_BLOCK):
                self.digest.update(block)
                self.bytes += len(block)
