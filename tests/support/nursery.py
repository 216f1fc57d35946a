"""
Processes that are ``python -m scrapy`` with its imports done: they are forked from one that did them once.

Importing Scrapy and what it needs takes a second, and the tests start hundreds of such processes. What a fork runs is the
very same: its own arguments, standard streams, reactor and end. Where the environment differs, as settings are read from it
when they are imported, a process is started in the usual way (tests/support/crawling.py).
"""

import gc
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from tests.lab.proxies import read_exactly

ROOT = Path(__file__).parents[2]
_PACKAGES = ("scrapy.commands", "scraper.commands", "scraper.extensions", "scraper.fetch.middlewares", "scraper.fetch.transport", "spiders", "pipelines")
_OPTIONS = ("-W", "error::ResourceWarning")
_LENGTH = 8


class Nursery:
    """The process that forks, for the one that asks."""

    def __init__(self) -> None:
        self._environ = _environ()
        self._ours, theirs = socket.socketpair()
        command = [sys.executable, *_OPTIONS, "-m", "tests.support.nursery", str(theirs.fileno())]
        with theirs:
            # a group of its own, which can be ended with all that it forked
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], start_new_session=True)

    @property
    def is_of_now(self) -> bool:
        """Whether the environment is still what it was."""
        return self._environ == _environ()

    def run(self, args: Sequence[str], stdin: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run ``scrapy`` with *args* in the project's root; raise TimeoutError after *timeout* seconds, which ends it."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            reader, writer = os.pipe()
            threading.Thread(target=_feed, args=(writer, stdin.encode()), daemon=True).start()
            request = json.dumps(list(args)).encode()
            self._ours.settimeout(timeout)
            head = len(request).to_bytes(_LENGTH, "big")
            socket.send_fds(self._ours, [head], [reader, out.fileno(), err.fileno()])
            os.close(reader)
            self._ours.sendall(request)
            try:
                code = int.from_bytes(read_exactly(self._ours, _LENGTH), "big", signed=True)
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise
            texts = [(file.seek(0), file.read().decode())[1] for file in (out, err)]
        return subprocess.CompletedProcess(["scrapy", *args], code, *texts)

    def close(self) -> None:
        """End the process, and what it forked if that has not ended."""
        self._ours.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _environ() -> dict[str, str]:
    """Return the environment without what pytest notes in it for every test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _feed(writer: int, data: bytes) -> None:
    with os.fdopen(writer, "wb") as file:
        try:
            file.write(data)
        except BrokenPipeError:
            pass  # nobody read to the end


def serve(stream: socket.socket) -> None:
    """Fork for each request, and answer with the exit code; return in a fork, with its arguments set."""
    while True:
        head, streams, _, _ = socket.recv_fds(stream, _LENGTH, 3)
        if not head:
            sys.exit(0)
        request = read_exactly(stream, int.from_bytes(head, "big"))
        pid = os.fork()
        if pid == 0:
            for number, file in enumerate(streams):
                os.dup2(file, number)
            for file in (*streams, stream.detach()):
                os.close(file)
            random.seed()
            sys.argv = ["scrapy", *json.loads(request)]
            return
        for file in streams:
            os.close(file)
        _, status = os.waitpid(pid, 0)
        stream.sendall(os.waitstatus_to_exitcode(status).to_bytes(_LENGTH, "big", signed=True))


def preload() -> None:
    """Import what a crawl imports, but no reactor."""
    for name in _PACKAGES:
        package = import_module(name)
        for info in walk_packages(package.__path__, f"{name}."):
            import_module(info.name)
    assert "twisted.internet.reactor" not in sys.modules
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    preload()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        serve(asked)
    from scrapy.cmdline import execute

    execute()
