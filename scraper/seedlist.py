"""Seed lists as files, read without holding up the event loop."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TypeVar

from scraper.core.errors import UsageError

_T = TypeVar("_T")
PIPE = "pipe"
"""The fingerprint of a list that cannot be read twice: a run of it begins anew."""
_AHEAD = 64
"""Items read before they are asked for."""
_CHUNK = 1 << 16


def is_url(name: str | None) -> bool:
    """Whether *name* is the address of a list rather than a file."""
    return name is not None and name.lower().startswith(("http://", "https://"))


@contextmanager
def open_seeds(name: str) -> "Iterator[BufferedReader[FileIO]]":
    """Open the seed list *name* (``-`` = standard input); raise UsageError when it cannot be read, or not on."""
    if name == "-" and (sys.stdin is None or sys.stdin.closed):
        raise UsageError("seeds: standard input is closed: give a file, or pipe the list in")
    try:
        # Standard input too as a file of our own: a thread that waits in sys.stdin.buffer would abort the interpreter.
        with BufferedReader(FileIO(name if name != "-" else os.dup(sys.stdin.fileno())), _CHUNK) as file:
            yield file
    except OSError as error:
        shown = "standard input" if name == "-" else name
        raise UsageError(f"seeds: cannot read {shown}: {error.strerror}: give the path of a text file") from error


def read_lines(name: str) -> Iterator[bytes]:
    """Yield the lines of the seed list *name*, as open_seeds() does."""
    with open_seeds(name) as file:
        yield from file


def check_seeds(name: str) -> None:
    """Raise UsageError for a list that cannot be read or holds no seed; a pipe is left untouched."""
    if name == "-" or is_url(name) or Path(name).is_fifo():
        return
    with open_seeds(name) as file:
        if not any(line.strip() and not line.lstrip().startswith(b"#") for line in file):
            raise UsageError(f"seeds: {name} holds no seed: write one link or share text a line")


async def read_ahead(items: Iterator[_T]) -> AsyncIterator[_T]:
    """Yield *items*, which may block, from a thread that dies with the process: a quiet pipe stops nothing."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[_T | BaseException | None] = asyncio.Queue(_AHEAD)

    def put(item: _T | BaseException | None) -> None:
        asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()

    def read() -> None:
        try:
            for item in items:
                put(item)
            put(None)
        except RuntimeError:
            pass  # the loop has ended
        except Exception as error:  # noqa: BLE001 - raised again where it is read
            put(error)

    threading.Thread(target=read, name="seeds", daemon=True).start()
    while (item := await queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def source_of(urls: str | None, seeds: str | None) -> str:
    """Return what tells the list of these spider arguments from another."""
    return fingerprint(seeds or "") if urls is None else f"urls:{sha256(urls.encode()).hexdigest()}"


def fingerprint(name: str) -> str:
    """Return what tells this list from another: its content; of what can be read only once, PIPE."""
    if is_url(name):
        return f"url:{name}"
    if name == "-" or not Path(name).is_file():
        return PIPE
    with open_seeds(name) as file:
        return f"file:{file_digest(file, 'sha256').hexdigest()}"
