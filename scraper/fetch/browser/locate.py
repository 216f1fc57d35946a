"""Find the Chromium to start: the user's choice, Playwright's own, or the system's."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from scraper.errors import BrowserMissingError
from scraper.text.values import read_path

Source = Literal["setting", "playwright", "system"]

# Under Playwright's folder for browsers: package name, and the executable on Linux (two layouts) and macOS.
_BUILDS = (
    ("chromium", ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")),
    ("chromium-headless-shell", ("chrome-*/chrome-headless-shell", "chrome-linux/headless_shell")),
)
_NAMES = ("google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chromium-headless-shell")
_PATHS = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@dataclass(frozen=True, slots=True)
class BrowserPath:
    """A browser that can be started."""

    path: str
    source: Source


def find_browser(explicit: str | None, environ: Mapping[str, str] = os.environ) -> BrowserPath:
    """Return the browser to use; raise BrowserMissingError with the places tried and advice."""
    if explicit:
        path = shutil.which(explicit, path=environ.get("PATH"))
        if path is None:
            raise BrowserMissingError(
                f"BROWSER_EXECUTABLE: no program at {_short(explicit)}: name one, or leave it empty"
            )
        return BrowserPath(path, "setting")
    builds = list(_playwright_builds(environ))
    for folder, executables in builds:
        # Playwright writes this file last, so a download that was cut off has none.
        if (folder / "INSTALLATION_COMPLETE").is_file():
            for path in (str(file) for pattern in executables for file in sorted(folder.glob(pattern))):
                if is_program(path):
                    return BrowserPath(path, "playwright")
    for path in _system_paths(environ):
        if is_program(path) and not is_snap_stub(Path(path)):
            return BrowserPath(path, "system")
    tried = ", ".join([*(_short(folder) for folder, _ in builds), *_NAMES, *_PATHS])
    advice = "type `make browser` or `playwright install chromium`, or set BROWSER_EXECUTABLE"
    raise BrowserMissingError(f"no Chromium or Chrome found; tried {tried}: {advice}")


def is_program(path: str) -> bool:
    """Whether *path* is an executable file."""
    return Path(path).is_file() and os.access(path, os.X_OK)


def is_snap_stub(path: Path) -> bool:
    """Whether *path* is Ubuntu's script that starts a snap, which is confined and cannot read our folders."""
    with path.open("rb") as file:
        head = file.read(4096)
    return (head.startswith(b"#!") and b"/snap/bin/" in head) or path.resolve().name == "snap"


def _system_paths(environ: Mapping[str, str]) -> Iterator[str]:
    for name in _NAMES:
        if path := shutil.which(name, path=environ.get("PATH")):
            yield path
    yield from _PATHS


def _playwright_builds(environ: Mapping[str, str]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the folder of each build that the installed Playwright would start, with the executable's patterns."""
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).with_name("driver") / "package"
    data = json.loads((package / "browsers.json").read_text(encoding="utf-8"))
    revisions = {browser["name"]: browser["revision"] for browser in data["browsers"]}
    root = _playwright_root(package, environ)
    for name, executables in _BUILDS:
        yield root / f"{name.replace('-', '_')}-{revisions[name]}", executables


def _playwright_root(package: Path, environ: Mapping[str, str]) -> Path:
    chosen = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return package / ".local-browsers"
    if chosen:
        return read_path("PLAYWRIGHT_BROWSERS_PATH", chosen).absolute()
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "ms-playwright"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "ms-playwright"


def _short(path: str | Path) -> str:
    """Write the home folder as ~: messages are pasted into issues."""
    home = str(Path.home())
    return str(path).replace(home, "~", 1) if str(path).startswith(home + os.sep) else str(path)
