"""The target of a streamed body: a file that a later transfer can resume."""

import builtins
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HEAD = 4096
"""Bytes kept from the beginning, enough to recognise the type of a file."""
OVERLAP = 16_384
"""Bytes requested again to resume a file: if they differ from those on disk, the server's file has changed."""
_BLOCK = 1 << 20


@dataclass(slots=True, kw_only=True)
class Sink:
    """A growing file: the body is written to *path* while it arrives, only for status 200 or a requested 206."""

    path: Path
    maxsize: int
    """Largest accepted size in bytes."""
    idle_timeout: float
    """Seconds without a byte after which the transfer is abandoned."""
    accept: Callable[[builtins.bytes], None]
    """Called with the first bytes before anything is written; raises the error of the request to reject them."""
    min_speed: int = 0
    """Bytes a second, over *idle_timeout* seconds, below which the transfer is abandoned; 0 = no limit."""
    on_start: Callable[["Sink"], None] | None = None
    """Called after the headers of an accepted answer, before its body; *total* and *validator* are known then."""
    bytes: int = 0
    """Bytes of the file that are on disk."""
    fetched: int = 0
    """Bytes received over the network, including repeats."""
    total: int | None = None
    """Size of the whole file, as the server states it."""
    validator: str | None = None
    """A strong ETag, else Last-Modified, for ``If-Range``: the server compares it with its current file."""
    sha256: str = ""
    head: builtins.bytes = field(default=b"", repr=False)
    is_given_up: bool = False
    """Whether the caller has abandoned it; then no file is created, because the caller would not remove it."""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)
    """Hash of the bytes on disk."""

    @property
    def offset(self) -> int:
        """The first byte to request."""
        return max(0, self.bytes - OVERLAP)

    def restart(self) -> None:
        """Start again at byte 0."""
        self.bytes, self.total, self.validator = 0, None, None
        self.sha256, self.head, self.digest = "", b"", hashlib.sha256()

    def load(self) -> None:
        """Resume the file that an earlier run left in *path*; raise OSError. Blocking."""
        self.restart()
        with self.path.open("rb") as file:
            self.head = file.read(HEAD)
            file.seek(0)
            while block := file.read(_BLOCK):
                self.digest.update(block)
                self.bytes += len(block)
