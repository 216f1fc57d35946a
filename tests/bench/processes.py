"""Processes of a benchmark: observed from outside, and ended by it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figure import BenchError
from tests.lab.process import LabProcess
from tests.support.tree import ROOT

_POLL = 0.2
_GRACE = 15
_BROWSERS = ("chrom", "headless_shell", "headless-shell", "msedge")


@contextmanager
def open_lab(*options: str) -> Iterator[LabProcess]:
    """Start a lab; stop it at the end."""
    lab = LabProcess(*options)
    try:
        yield lab
    finally:
        lab.stop()


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder; remove it at the end."""
    with TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def python(module: str, *args: str, folder: Path, timeout: float) -> str:
    """Run *module* in a process of its own; return its output."""
    return run([sys.executable, "-m", module, *args], folder=folder, timeout=timeout)


def run(command: Sequence[str], *, folder: Path, timeout: float) -> str:
    """Run *command* in the project's root; return its standard output, raise BenchError with the end of its log."""
    watch = Watched(command, folder)
    code = watch.wait(timeout)
    if code != 0:
        raise BenchError(f"{command[0]} ended with {code}: {watch.tail}")
    return watch.stdout.read_text("utf-8")


def install(packages: Mapping[str, str]) -> None:
    """Check that the programs in *packages* exist; install the Debian packages if that is possible."""
    places = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    missing = [package for program, package in packages.items() if shutil.which(program, path=places) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BenchError(f"install {' '.join(missing)}")
    # RUNLEVEL=1: the packages start no service
    command = ["env", "RUNLEVEL=1", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq"]
    with open_folder() as folder:
        run([*command, "--no-install-recommends", *missing], folder=folder, timeout=180)


class Watched:
    """A command whose descendants are known: it counts their browsers, and at the end kills all that still run."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.stdout, self._stderr = folder / "stdout.txt", folder / "stderr.txt"
        with self.stdout.open("wb") as out, self._stderr.open("wb") as err:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        self._seen: dict[int, int] = {}
        self.browsers: set[tuple[int, int]] = set()
        """Pid and start time of every browser's first process."""

    @property
    def is_running(self) -> bool:
        """Whether the command is still running."""
        return self._process.poll() is None

    @property
    def pids(self) -> list[int]:
        """The process ids of the command and of all processes that it has started so far."""
        return [self._process.pid, *list(self._seen)]

    @property
    def log(self) -> str:
        """The text on its standard error."""
        return self._stderr.read_text("utf-8", "replace")

    @property
    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.splitlines()[-5:])

    def wait(self, timeout: float) -> int:
        """Return the exit code; a command that takes longer than *timeout* seconds is stopped."""
        end = time.monotonic() + timeout
        try:
            while self._process.poll() is None:
                if time.monotonic() > end:
                    raise BenchError(f"not done within {timeout:g} s: {self.tail}")
                self._look()
                time.sleep(_POLL)
        finally:
            self._end()
        return self._process.returncode

    def _look(self) -> None:
        parents = {pid: (parent, born) for pid, parent, born in _processes()}
        for pid, (_, born) in parents.items():
            above = pid
            while above in parents and above != self._process.pid:
                above = parents[above][0]
            if above != self._process.pid:
                continue
            self._seen[pid] = born
            if _is_first(pid, parents[pid][0]):
                self.browsers.add((pid, born))

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        alive = {pid: born for pid, _, born in _processes()}
        for pid, born in self._seen.items():
            if alive.get(pid) == born:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, int, int]]:
    """Yield pid, parent and start time of every process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                yield int(entry.name), int(fields[1]), int(fields[19])


def _is_browser(pid: int) -> bool:
    """Whether the process belongs to a browser."""
    name = Path(_command(pid).partition(" ")[0]).name
    return "crashpad" not in name and any(known in name for known in _BROWSERS)


def _is_first(pid: int, parent: int) -> bool:
    """Whether the process is a browser's first process; a child may not have its own name yet."""
    return _is_browser(pid) and not _is_browser(parent) and "--type=" not in _command(pid)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ")
    except OSError:
        return ""
