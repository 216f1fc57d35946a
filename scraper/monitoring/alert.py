"""The program that a run starts when it has an alarm."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from scraper.system.environment import bare_environ
from scraper.system.interrupt import interruptible
from scraper.text.redaction import printable

RUN, FOLDER = GIVEN = ("SCRAPER_RUN", "SCRAPER_FOLDER")
"""Variables in the program's environment: the name of the run, and the path of its output folder."""
_KEPT = ("USER", "LOGNAME", "TZ", "DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
"""Further variables, for mail and desktop notices."""
PATIENCE = 30.0
"""Time limit of the program in seconds."""
_SHOWN = 200


def run_alert_command(command: Sequence[str], message: str, folder: Path, run: str) -> str | None:
    """
    Run *command* with *message* on its standard input; return its problem, or None.

    Blocks, so call it after the run. Ctrl-C ends the program and its children.
    """
    env = bare_environ(*_KEPT) | {RUN: run, FOLDER: str(folder.absolute())}
    try:
        # files, not pipes: they need no reader meanwhile, and a child that the program leaves behind cannot block them
        with _open_file() as given, _open_file() as said:
            given.write(message.encode())
            given.seek(0)
            process = subprocess.Popen(command, stdin=given, stdout=said, stderr=said, env=env, start_new_session=True)
            code = _wait(process)
            return f"ended with {code}{_last_line(said)}" if code else None
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"was ended, as it took more than {PATIENCE:.0f} s"
    except KeyboardInterrupt:
        return "was ended by Ctrl-C"


def _open_file() -> IO[bytes]:
    """Return a nameless file, in memory if possible: a full disk is a reason for alarms."""
    return os.fdopen(os.memfd_create("alert"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile()


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        with interruptible():
            return process.wait(PATIENCE)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_line(said: IO[bytes]) -> str:
    """Return the end of the program's output, on one line."""
    said.seek(max(said.seek(0, os.SEEK_END) - _SHOWN, 0))
    lines = said.read().decode("utf-8", "replace").split("\n")
    words = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f": {printable(words)}" if words else ""
