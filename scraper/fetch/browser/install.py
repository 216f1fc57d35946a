"""``python -m scraper.fetch.browser.install``: print the browser that a crawl will use, or install one."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from scraper.errors import BrowserMissingError, UsageError
from scraper.fetch.browser.locate import BrowserPath, find_browser
from scraper.fetch.browser.options import BROWSER_EXECUTABLE

FIRST_PROGRESS = 60.0
"""Seconds for the first tenth of a download; without a network Playwright may try for minutes."""
NEXT_PROGRESS = 300.0
"""Seconds for each further tenth."""
APT_LIMIT = 900.0

_PLAYWRIGHT = (sys.executable, "-m", "playwright")
_APT = ("apt-get", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
_ADVICE = (
    "type `apt-get install chromium` (Debian) or `.venv/bin/playwright install --with-deps chromium` as root, "
    "or name a Chromium or Chrome in SCRAPER_BROWSER_EXECUTABLE"
)
_DEPS_ADVICE = "type `.venv/bin/playwright install-deps chromium` as root"
_PROGRESS = re.compile(r"\d+% of .*")


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Return 0 if a browser is available or was installed, else print one line of advice and return 2."""
    try:
        given = {"BROWSER_EXECUTABLE": environ.get("SCRAPER_BROWSER_EXECUTABLE")}
        found = ensure_browser(BROWSER_EXECUTABLE.read(given))
    except UsageError as error:
        _print(str(error))
        return 2
    print(f"browser: {found.path} ({found.source})")
    return 0


def ensure_browser(explicit: str | None) -> BrowserPath:
    """Return a browser that starts, after installing one if necessary; raise UsageError with advice."""
    try:
        found = find_browser(explicit)
    except UsageError:
        if explicit:
            raise
        found = _install()
    problem = start_problem(found.path)
    if problem and found.source == "playwright" and _may_use_apt():
        _print(f"{problem}; installing the libraries that Playwright's Chromium needs")
        run_quietly((*_PLAYWRIGHT, "install-deps", "chromium"), APT_LIMIT)
        problem = start_problem(found.path)
    if problem:
        advice = _DEPS_ADVICE if found.source == "playwright" else _ADVICE
        raise BrowserMissingError(f"{found.path} does not start ({problem}): {advice}")
    return found


def _install() -> BrowserPath:
    _print("none found, downloading Playwright's Chromium")
    problem = run_quietly((*_PLAYWRIGHT, "install", "chromium"), FIRST_PROGRESS, NEXT_PROGRESS)
    if problem and _may_use_apt():
        _print(f"no download ({problem}), installing the system's chromium with apt-get")
        run_quietly((*_APT, "update"), APT_LIMIT)
        problem = run_quietly((*_APT, "install", "chromium"), APT_LIMIT)
    try:
        return find_browser(None)
    except UsageError:
        reason = problem or "Playwright's download left no program"
        raise BrowserMissingError(f"no Chromium or Chrome, and none could be installed ({reason}): {_ADVICE}") from None


def start_problem(path: str) -> str | None:
    """Return the reason why the browser at *path* does not start, or None; ``--version`` shows a missing library."""
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"


def run_quietly(command: Sequence[str], first: float, following: float | None = None) -> str | None:
    """
    Run *command*, print only its download progress, and return None or the reason for its failure.

    Stop it after *first* seconds without a line of progress, or *following* seconds after the last one.
    """
    return asyncio.run(_run(command, first, following or first))


async def _run(command: Sequence[str], first: float, following: float) -> str | None:
    pipe = asyncio.subprocess.PIPE
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT, env=environ, start_new_session=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(first) as limit:
            async for raw in process.stdout:
                line = raw.decode(errors="replace").strip()
                if progress := _PROGRESS.search(line):
                    _print(progress[0])
                    limit.reschedule(asyncio.get_running_loop().time() + following)
                elif line:
                    lines.append(line)
            await process.wait()
    except TimeoutError:
        return "no progress in time"
    finally:
        # The whole group, also on Ctrl-C: Playwright and apt-get have children of their own.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode == 0:
        return None
    named = [line for line in lines if re.match(r"(E|Error): ", line)]
    return (named or lines[-1:] or [f"exit code {process.returncode}"])[0]


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _print(text: str) -> None:
    print(f"browser: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
