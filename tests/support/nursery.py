"""
Programs with their imports done: they are forked from a process that did them once.

Importing Scrapy or the lab with all they need takes a second of a processor, and the tests start hundreds of such processes.
What a fork runs is the very same: its own arguments, standard streams, loop and end. Where the environment differs, as
settings are read from it when they are imported, a process is started in the usual way (tests/support/crawling.py).
"""

import atexit
import gc
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import TracebackType
from typing import IO, Any, Self

from scrapy.exceptions import ScrapyDeprecationWarning

from tests.lab.proxies import read_exactly

ROOT = Path(__file__).parents[2]
_PACKAGES = {
    "scrapy": (
        *("scrapy.cmdline", "scrapy.commands", "scrapy.downloadermiddlewares", "scrapy.spidermiddlewares", "scrapy.extensions"),
        *("scrapy.dupefilters", "scrapy.logformatter", "scrapy.pqueues", "scrapy.responsetypes", "scrapy.squeues", "aiohttp.web"),
        *("scraper", "spiders", "pipelines", "rich._emoji_codes"),
    ),
    "tests.lab": ("tests.lab.__main__",),
}
"""What a program imports, sooner or later."""
_OPTIONS = {"scrapy": ("-W", "error::ResourceWarning"), "tests.lab": ()}
_LENGTH = 8
_SPANS = os.environ.get("TEST_SPANS")
"""File for a line a fork: seconds of processor time, its own and of the processes that it waited for, and its arguments."""


class Child:
    """A process that was forked for us, with the part of Popen's interface that the tests use."""

    def __init__(self, reports: int, stdout: IO[str] | None = None) -> None:
        self._reports = open(reports, "rb", buffering=0)  # noqa: SIM115
        self.pid = self._read()
        self.returncode: int | Any = None
        self.stdout = stdout

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._end() if self.returncode is None and self._has_report(0) else self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise TimeoutExpired."""
        if self.returncode is not None:
            return self.returncode
        if not self._has_report(timeout):
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return self._end()

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Wait for the end; return what was written to standard output."""
        self.wait(timeout)
        assert self.stdout is not None
        with self.stdout:
            self.stdout.seek(0)
            return self.stdout.read(), None

    def send_signal(self, number: int) -> None:
        """Send the signal *number*, if the process has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self.kill()
        self.wait()
        if self.stdout is not None:
            self.stdout.close()

    def _has_report(self, timeout: float | None) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._reports, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    def _end(self) -> int:
        code = self.returncode = self._read()
        self._reports.close()
        return code

    def _read(self) -> int:
        report = self._reports.read(_LENGTH)
        if len(report or b"") != _LENGTH:
            raise RuntimeError("the process that forks for the tests has ended")
        return int.from_bytes(report, "big", signed=True)


class Nursery:
    """The process that forks *program*, ``scrapy`` or ``tests.lab``."""

    def __init__(self, program: str) -> None:
        self._environ = _environ()
        self._ours, theirs = socket.socketpair()
        command = [sys.executable, *_OPTIONS[program], "-m", "tests.support.nursery", program, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True)
        self._turn = threading.Lock()

    @property
    def is_of_now(self) -> bool:
        """Whether the environment is still what it was."""
        return self._environ == _environ()

    def start(
        self,
        args: Sequence[str],
        stdin: int | IO[bytes],
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
        *,
        env: Mapping[str, str] | None = None,
        said: IO[str] | None = None,
    ) -> Child:
        """Fork the program with *args* and more of an environment, in the project's root; *said* becomes the child's ``stdout``."""
        reader, writer = os.pipe()
        request = json.dumps({"args": list(args), "env": dict(env or {})}).encode()
        streams = [each if isinstance(each, int) else each.fileno() for each in (stdin, stdout, stderr)]
        with self._turn:
            socket.send_fds(self._ours, [len(request).to_bytes(_LENGTH, "big")], [*streams, writer])
            self._ours.sendall(request)
        os.close(writer)
        return Child(reader, said)

    def close(self) -> None:
        """End the process, and what it forked if that has not ended."""
        self._ours.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@cache
def nursery_of(program: str) -> Nursery:
    """Return this test process's nursery of *program*; it ends with the test process."""
    nursery = Nursery(program)
    atexit.register(nursery.close)
    return nursery


def _environ() -> dict[str, str]:
    """Return the environment without what pytest notes in it for every test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


class _Forker:
    """Forks for each request, and reports process ids and exit codes."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._selector = selectors.DefaultSelector()
        self._selector.register(stream, selectors.EVENT_READ)
        self._running: dict[int, tuple[int, int]] = {}
        """Process and pipe for its exit code, by pidfd."""
        self._args: dict[int, list[str]] = {}

    def serve(self) -> None:
        """Return in a fork, with its arguments set; the process itself never returns."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._stream:
                    self._report_end(key.fd)
                elif self._fork():
                    return

    def _fork(self) -> bool:
        """Take one request; say whether this is the fork."""
        head, files, _, _ = socket.recv_fds(self._stream, _LENGTH, 4)
        if not head:  # the test process has ended, and with it all that it started
            for pid, _ in self._running.values():
                os.kill(pid, signal.SIGKILL)
            sys.exit(0)
        request = json.loads(read_exactly(self._stream, int.from_bytes(head, "big")))
        pid = os.fork()
        if pid == 0:
            self._become(request, files)
            return True
        *streams, reports = files
        for file in streams:
            os.close(file)
        pidfd = os.pidfd_open(pid)
        self._running[pidfd] = (pid, reports)
        self._args[pid] = request["args"]
        self._selector.register(pidfd, selectors.EVENT_READ)
        _report(reports, pid)
        return False

    def _become(self, request: dict[str, Any], files: Sequence[int]) -> None:
        for number, (file, name, mode) in enumerate(zip(files, ("stdin", "stdout", "stderr"), "rww", strict=False)):
            os.dup2(file, number)
            # anew, as what the process that forks has is a file where this may be a pipe or a terminal
            is_live = name == "stderr" or os.isatty(number)
            errors = "backslashreplace" if name == "stderr" else "strict"
            setattr(sys, name, open(number, mode, 1 if is_live else -1, errors=errors, closefd=False))  # noqa: SIM115
        others = [each for pidfd, (_, reports) in self._running.items() for each in (pidfd, reports)]
        self._selector.close()
        for file in (*files, *others, self._stream.detach()):
            os.close(file)
        random.seed()
        os.environ.update(request["env"])
        sys.argv = [sys.argv[1], *request["args"]]

    def _report_end(self, pidfd: int) -> None:
        self._selector.unregister(pidfd)
        os.close(pidfd)
        pid, reports = self._running.pop(pidfd)
        _, status, used = os.wait4(pid, 0)
        if _SPANS is not None:
            with Path(_SPANS).open("a") as file:
                print(f"{used.ru_utime + used.ru_stime:.2f}", *self._args.pop(pid), sep="\t", file=file)
        _report(reports, os.waitstatus_to_exitcode(status))
        os.close(reports)


def _report(pipe: int, number: int) -> None:
    with suppress(BrokenPipeError):  # the test does not want to know
        os.write(pipe, number.to_bytes(_LENGTH, "big", signed=True))


def _preload(program: str) -> None:
    """Import what *program* imports, but no reactor; make what all labs may share."""
    with warnings.catch_warnings(action="ignore", category=ScrapyDeprecationWarning):
        for name in _PACKAGES[program]:
            module = import_module(name)
            for info in walk_packages(getattr(module, "__path__", ()), f"{name}."):
                import_module(info.name)
    if program == "tests.lab":
        import_module("tests.lab.authority").authority()
        import_module("tests.lab.catalog").load_posts()
    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()


def _run(program: str) -> None:
    """Run *program* as ``python -m`` does, with ``sys.argv``."""
    if program == "scrapy":
        from scrapy.cmdline import execute

        execute()
    else:
        from tests.lab.__main__ import main

        main()


if __name__ == "__main__":
    _preload(sys.argv[1])
    with socket.socket(fileno=int(sys.argv[2])) as asked:
        _Forker(asked).serve()
    _run(sys.argv[0])
