"""The worker processes of a crawl, which open its media files."""

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scrapy.statscollectors import StatsCollector

from scraper.errors import MediaCause, MediaError
from scraper.media.libav.options import LibavOptions
from scraper.model.post import Chapter, Probe
from scraper.system.environment import bare_environ

logger = logging.getLogger(__name__)

_MOST = 4
"""Most workers; each uses about 50 MB."""
_LEAST = 30.0
"""Seconds that every task may take at least."""
_READ, _DECODED, _COPIED = 20e6, 200e3, 10e6
"""Bytes a second that even a slow machine reads, decodes, copies."""
_RENDER = 600.0
"""Seconds for a slideshow."""
_TRIES = 2
"""Attempts for a file whose worker dies: the first death may have another cause."""
_LINE = 1 << 20


class LibavPool:
    """At most as many workers as processors; each starts when it is needed and stays until the end."""

    def __init__(self, options: LibavOptions, stats: StatsCollector) -> None:
        self._stats = stats
        self._is_full = options.verify == "full"
        self._slots = asyncio.Semaphore(min(os.cpu_count() or 1, options.concurrency, _MOST))
        self._idle: list[_Worker] = []
        self._first: asyncio.Future[None] | None = None
        self._is_closed = False

    def warm_up(self) -> None:
        """Start a worker while the first file is still arriving."""
        if self._first is None and not self._is_closed:
            self._first = asyncio.ensure_future(self._start_first())

    async def probe(self, path: Path, size: int) -> Probe:
        """Verify *path*, of *size* bytes, as VERIFY says, and return its properties; raise MediaError."""
        seconds = _LEAST + size / (_DECODED if self._is_full else _READ)
        return Probe(**await self._do("probe", seconds, path=str(path), is_full=self._is_full))

    async def mux(
        self, tracks: Sequence[Sequence[Path]], target: Path, ext: str, chapters: Sequence[Chapter], size: int
    ) -> None:
        """Join *tracks*, of *size* bytes, into *target* (media/libav/mux.py); raise MediaError or OSError."""
        paths = [[str(file) for file in files] for files in tracks]
        given = {"target": str(target), "ext": ext, "chapters": [asdict(chapter) for chapter in chapters]}
        await self._do("mux", _LEAST + size / _COPIED, tracks=paths, **given)

    async def render(self, images: Sequence[Path], sound: Path | None, target: Path) -> float:
        """Make a slideshow (media/libav/slideshow.py), return its duration in seconds; raise MediaError or OSError."""
        given = {"sound": None if sound is None else str(sound), "target": str(target)}
        return float(await self._do("render", _RENDER, images=[str(image) for image in images], **given))

    async def _start_first(self) -> None:
        with suppress(OSError):  # the first task tries again
            self._idle.append(await _Worker.start())

    async def _do(self, name: str, seconds: float, **args: object) -> Any:
        """Let a worker do a task; raise its error, or MediaError if it takes too long or the worker dies."""
        task = {"task": name, "seconds": seconds, "args": args}
        async with self._slots:
            for _ in range(_TRIES):
                try:
                    return _read(await self._ask(task, seconds))
                except EOFError:
                    self._stats.inc_value("media/worker_died")
                except TimeoutError as error:
                    self._stats.inc_value("media/worker_stopped")
                    problem = f"libav needs more than {seconds:.0f} s to {name} it"
                    raise MediaError(MediaCause.NOT_MEDIA, problem) from error
        raise MediaError(MediaCause.NOT_MEDIA, f"libav crashes on the attempt to {name} it")

    async def _ask(self, task: dict[str, object], seconds: float) -> Any:
        worker = self._idle.pop() if self._idle else await _Worker.start()
        is_well = False
        try:
            async with asyncio.timeout(seconds):
                answer = await worker.ask(task)
            is_well = True
        finally:
            if is_well and not self._is_closed:
                self._idle.append(worker)
            else:
                await worker.end()
        return answer

    async def close(self) -> None:
        """End the workers; busy ones end after their tasks."""
        self._is_closed = True
        if self._first is not None:
            await asyncio.wait([self._first])
        while self._idle:
            await self._idle.pop().end()


class _Worker:
    """One process of ``scraper.media.libav.worker``."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout

    @classmethod
    async def start(cls) -> "_Worker":
        env = bare_environ()
        env["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
        command = (sys.executable, "-P", "-m", "scraper.media.libav.worker")
        # a process session of its own: Ctrl-C must reach only the crawl, which then ends the workers
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=env, start_new_session=True, limit=_LINE
        )
        return cls(process)

    async def ask(self, task: dict[str, object]) -> Any:
        """Return the answer to *task*; raise EOFError for a missing answer or invalid JSON."""
        try:
            self._in.write(json.dumps(task).encode() + b"\n")
            await self._in.drain()
            return json.loads(await self._out.readline())
        except (ConnectionError, ValueError) as error:
            raise EOFError from error

    async def end(self) -> None:
        """Kill the process, even during a task."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # Popen.kill may reap the process before asyncio does
        await self._process.wait()
        self._in.close()


def _read(answer: Any) -> Any:
    """Return the result in *answer*; raise the error in it, or EOFError if it is not an answer."""
    try:
        if "media_error" in answer:
            cause, detail = answer["media_error"]
            error: Exception = MediaError(MediaCause(cause), str(detail))
        elif "os_error" in answer:
            error = OSError(*answer["os_error"])
        else:
            return answer["result"]
    except (TypeError, ValueError, KeyError) as problem:
        raise EOFError from problem
    raise error
