"""The sources of values: the environment, then a configuration file, then the defaults."""

import stat
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from scraper.errors import UsageError
from scraper.options.catalogue import SETTINGS
from scraper.text.values import as_text, quote, read_path

CONFIG = "SCRAPER_CONFIG"
"""The variable that names the file."""
PREFIX = "SCRAPER_"
_FILE = Path("share-link-scraper/config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values of settings in the environment and in a file."""

    values: dict[str, str | int | float]
    sources: Mapping[str, str]
    """The source of each value, in words for people."""
    warnings: tuple[str, ...] = ()


def read_values(
    known: Collection[str], environ: Mapping[str, str], config: str | None = None, *, is_strict: bool = True
) -> Values:
    """
    Return the values that stand before the defaults of *known*, the settings that hold one value.

    *config* names the file, else SCRAPER_CONFIG, else it is that of the user. Raise UsageError, a line for each fault
    of the file, if it *is_strict*; a file at fault counts as empty otherwise.
    """
    found: dict[str, str | int | float] = {}
    sources: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    try:
        if (file := _find(environ, config)) is not None:
            found = _read(file, known)
            sources = dict.fromkeys(found, f"file {file}")
            warnings = _find_leak(file, found)
    except UsageError:
        if is_strict:
            raise
    for name in known:
        if (value := environ.get(PREFIX + name)) is not None:
            found[name], sources[name] = value, f"environment {PREFIX}{name}"
    for name, (value, source) in _compute(environ).items():
        if name not in found:
            found[name], sources[name] = value, source
    return Values(values=found, sources=sources, warnings=warnings)


def _find(environ: Mapping[str, str], config: str | None) -> Path | None:
    """Return the file to read, None where the user has none; raise UsageError for a name that cannot be expanded."""
    if config is not None:
        return read_path("--config", config, "FILE")
    if environ.get(CONFIG):
        return read_path(CONFIG, environ[CONFIG])
    try:
        file = read_path("XDG_CONFIG_HOME", environ.get("XDG_CONFIG_HOME") or "~/.config") / _FILE
    except UsageError:
        return None
    try:
        return file if file.exists() else None
    except OSError:
        return file  # reading it reports the reason


def _read(file: Path, known: Collection[str]) -> dict[str, str | int | float]:
    """Return the values in *file*, by the names of settings in capitals; raise UsageError with all of its faults."""
    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}: name another file") from error
    except UnicodeDecodeError:
        raise UsageError(f"{file}: expected text in UTF-8: save it so") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f'{file}: is no TOML: {str(error)[:100]}: write lines such as media = "best"') from None
    values: dict[str, str | int | float] = {}
    problems = []
    for key, value in data.items():
        try:
            name = _read_name(key, known)
            if name in values:
                raise UsageError(f"{key}: stands there twice: leave one out")
            values[name] = _read_value(key, name, value)
        except UsageError as error:
            problems += [f"{file}: {line}" for line in str(error).splitlines()]
    if problems:
        raise UsageError("\n".join(problems))
    return values


def _read_name(key: str, known: Collection[str]) -> str:
    if (name := key.upper()) in known and key in (name, name.lower()):
        return name
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    advice = f"did you mean {near[0].lower()}?" if near else "leave it out"
    raise UsageError(f"{quote(key)}: is no setting: {advice}")


def _read_value(key: str, name: str, value: object) -> str | int | float:
    if not isinstance(value, str | int | float):
        kind = "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a time"
        raise UsageError(f"{key}: expected a text, a number, true or false, got {kind}: correct it")
    if name in SETTINGS:
        SETTINGS[name].parse(name, value)
    return value


def _find_leak(file: Path, values: Mapping[str, object]) -> tuple[str, ...]:
    """Return a warning where others can read a file that holds a secret."""
    rows = (SETTINGS[name] for name, value in values.items() if name in SETTINGS and as_text(value))
    secrets = [row.name.lower() for row in rows if row.is_secret]
    if not secrets or not file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return ()
    return (f"{file}: others can read it, and {', '.join(secrets)} may hold a secret: type `chmod 600 {file}`",)


def _compute(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the values that other variables of the environment give, with their sources."""
    computed = {}
    for name in ("https_proxy", "HTTPS_PROXY"):
        if environ.get(name) and "PROXY" not in computed:
            computed["PROXY"] = (environ[name], f"environment {name}")
    if state := environ.get("XDG_STATE_HOME"):
        computed["SESSION_DIR"] = (f"{state}/scraper/sessions", "environment XDG_STATE_HOME")
    return computed
