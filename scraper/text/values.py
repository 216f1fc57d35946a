"""Check values that a user wrote: arguments and settings. A problem is one line: input, expected value, what to do."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from scraper.errors import UsageError

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})
_SHOWN = 60
_SIZE = re.compile(r"([0-9][0-9_]{0,18}(?:\.[0-9]{1,6})?)\s*([KMG]?)(?:I?B)?", re.ASCII)
_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def read_choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return the member of *allowed* that *value* names, in any case."""
    allowed = tuple(allowed)
    text = as_text(value).lower()
    if text in allowed:
        return text
    near = get_close_matches(text, allowed, n=1)
    advice = f"did you mean {name}={near[0]}?" if near else f"write {name}={allowed[0]}, or leave it out"
    raise UsageError(f"{name}: expected one of {', '.join(allowed)}, got {quote(value)}: {advice}")


def read_int(name: str, value: object, minimum: int = 0) -> int:
    """Return *value* as a whole number of at least *minimum*; digits may be grouped with ``_``."""
    text = as_text(value)
    try:
        number = int(text) if text.isascii() and not isinstance(value, bool) and len(text) <= 20 else None
    except ValueError:
        number = None
    if number is None:
        raise UsageError(f"{name}: expected a whole number, got {quote(value)}: write {name}={max(minimum, 1)} or more")
    if number < minimum:
        raise UsageError(f"{name}: expected at least {minimum}, got {number}: write {name}={minimum} or more")
    return number


def read_size(name: str, value: object, least: int = 0) -> int:
    """Return *value* as a number of bytes of at least *least*: digits, or a number with K, M or G (1024 and powers)."""
    found = _SIZE.fullmatch(as_text(value).upper())
    size = int(float(found[1].replace("_", "")) * _FACTORS[found[2]]) if found is not None else -1
    if size < least:
        raise UsageError(f"{name}: expected a number of bytes, got {quote(value)}: write {name}=500K, 2M or the like")
    return size


def read_bool(name: str, value: object) -> bool:
    """Return *value* as a bool: 1 true yes on, or 0 false no off."""
    text = as_text(value).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise UsageError(f"{name}: expected 1 or 0, got {quote(value)}: write {name}=1 or {name}=0")


def read_path(name: str, value: object, example: str = "out") -> Path:
    """Return *value* as a path, with ``~`` and ``~user`` as home folders: nothing else in the project expands them."""
    written = "" if value is None else str(value)
    if not written.strip():
        raise UsageError(f"{name}: expected a folder, got nothing: write {name}={example}")
    try:
        return Path(written).expanduser()
    except RuntimeError:
        home = written.partition("/")[0]
        raise UsageError(f"{name}: {quote(home)} is no home folder on this machine: write the whole path") from None


def is_address(text: str) -> bool:
    """Whether *text* is an http or https URL whose host can be looked up."""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        return parts.scheme in ("http", "https") and bool(host) and len(host.split()) == 1 and parts.port != 0
    except ValueError:
        return False


def check_all(checks: Iterable[Callable[[], object]]) -> None:
    """Call all *checks*, then raise one UsageError with the lines of all failures."""
    problems = []
    for check in checks:
        try:
            check()
        except UsageError as error:
            problems += str(error).splitlines()
    if problems:
        raise UsageError("\n".join(dict.fromkeys(problems)))


def as_text(value: object) -> str:
    """Return a user's value as stripped text; None becomes the empty text."""
    return "" if value is None else str(value).strip()


def quote(value: object) -> str:
    """Return *value* for a message, short and on one line."""
    text = ascii(value) if isinstance(value, str) else ascii(str(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
