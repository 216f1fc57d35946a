"""Run ``scrapy crawl`` as a person does, in a process of its own, and read its results."""

import os
import pty
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.lab.process import LabProcess
from tests.support.nursery import Child, nursery_of
from tests.support.outputs import Output
from tests.support.tree import ROOT

_PATIENCE = 240
_WARNINGS = ("-W", "error::ResourceWarning", "-W", "ignore:unclosed event loop:ResourceWarning")
"""Scrapy never closes its loop. Whether Python warns depends on the order in which it clears a process's modules."""


@dataclass(frozen=True, slots=True)
class Crawl(Output):
    """The results of one crawl."""

    code: int = 0
    stdout: str = ""
    stderr: str = ""

    @property
    def by_url(self) -> dict[str, dict[str, Any]]:
        """Envelopes by the seed's link."""
        return {envelope["params"]["url"]: envelope for envelope in self.envelopes}

    def stat(self, name: str) -> int:
        """Return a number of Scrapy's stats dump."""
        for line in self.stderr.splitlines():
            key, _, value = line.strip(" {},").partition(": ")
            if key == repr(name):
                return int(value.rstrip(",}"))
        return 0


def scrapy(
    *args: str, env: Mapping[str, str] | None = None, stdin: str = "", home: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``scrapy`` in the project's root; *home* is the user's while it runs, not yet when settings are read."""
    if not env and nursery_of("scrapy").is_of_now:
        return _run_forked(args, stdin, {"HOME": str(home)} if home else {})
    command = [sys.executable, *_WARNINGS, "-m", "scrapy", *args]
    environ = {**os.environ, **(env or {})}
    return subprocess.run(
        command, cwd=ROOT, env=environ, input=stdin, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )


def _run_forked(args: Sequence[str], stdin: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        reader, writer = os.pipe()
        threading.Thread(target=_feed, args=(writer, stdin.encode()), daemon=True).start()
        child = nursery_of("scrapy").start(args, reader, out, err, env=env)
        os.close(reader)
        with child:
            child.wait(_PATIENCE)
        texts = [(file.seek(0), file.read().decode())[1] for file in (out, err)]
    return subprocess.CompletedProcess(["scrapy", *args], child.wait(), *texts)


def _feed(writer: int, data: bytes) -> None:
    with os.fdopen(writer, "wb") as file, suppress(BrokenPipeError):  # the program ended without reading all of its input
        file.write(data)


def in_terminal(*args: str, columns: int = 100) -> str:
    """Run ``scrapy`` as in a terminal; it must succeed. Return the output with its colours."""
    master, slave = pty.openpty()
    env = {"TERM": "xterm", "COLUMNS": str(columns), "LINES": "40", "NO_COLOR": ""}
    with nursery_of("scrapy").start(args, slave, slave, slave, env=env) as child:
        os.close(slave)
        shown = b""
        with suppress(OSError):  # the other side has closed the terminal
            while chunk := os.read(master, 65536):
                shown += chunk
        os.close(master)
        assert child.wait(20) == 0
    return shown.decode()


def crawl(
    lab: LabProcess | None,
    folder: Path,
    *args: str,
    spider: str = "twitter",
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    **settings: str | int,
) -> Crawl:
    """
    Crawl with *spider* through *lab* into *folder*/out; *settings* are Scrapy's.

    X needs no browser: what holds for every platform is tried with it, and a test whose subject is the browser names another.
    """
    done = scrapy("crawl", spider, *args, *_options(lab, folder, settings), env=env, stdin=stdin)
    return Crawl(folder / "out", done.returncode, done.stdout, done.stderr)


def start_crawl(lab: LabProcess, folder: Path, *args: str, spider: str = "twitter", **settings: str | int) -> Child:
    """Begin the same crawl and return while it runs; its log is *folder*/log."""
    options = _options(lab, folder, {"LOG_FILE": str(folder / "log"), **settings})
    said = tempfile.TemporaryFile("w+")  # noqa: SIM115
    with Path(os.devnull).open("rb") as nothing:
        return nursery_of("scrapy").start(["crawl", spider, *args, *options], nothing, said.fileno(), 2, said=said)


@contextmanager
def piped_crawl(lab: LabProcess, folder: Path) -> Iterator[tuple[Child, IO[bytes]]]:
    """Begin a crawl whose list comes through a pipe, given with it; ``stdout`` and ``stderr`` lie in *folder*."""
    reader, writer = os.pipe()
    options = _options(lab, folder, {})
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        child = nursery_of("scrapy").start(["crawl", "twitter", "-a", "seeds=-", *options], reader, out, err)
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as pipe, child:
        yield child, pipe


@cache
def small_browser() -> str:
    """
    Return the headless shell, which starts in half the time of a Chromium with windows, for BROWSER_EXECUTABLE.

    It is for crawls whose subject is not the browser. Where it is not installed: empty, so the crawl finds its own.
    """
    return shutil.which("chromium-headless-shell") or ""


def _options(lab: LabProcess | None, folder: Path, settings: Mapping[str, str | int]) -> list[str]:
    given = {"OUTPUT_DIR": str(folder / "out"), "SESSION_DIR": str(folder / "sessions"), "POLITE": "0", "BROWSER_EXECUTABLE": small_browser(), **settings}
    given = {"MONITOR_LIMITS": "disk=off", **given}  # the free space of this machine's disk must not matter
    if lab is not None:
        given = {"PROXY": lab.proxy, "CA_FILE": lab.ca_file, **given}
    return [option for name, value in given.items() for option in ("-s", f"{name}={value}")]

