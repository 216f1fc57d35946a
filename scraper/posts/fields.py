"""Read values from decoded JSON, whatever their types, and report the paths of odd ones."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scraper.errors import PayloadError
from scraper.text.unicode import clean_text

T = TypeVar("T")

Reader = Callable[[object], T | None]
"""Converts a raw value into our form; returns None for an absent one, raises OddValueError."""

Path = str | Sequence[str]
"""``"a.b.0.c"``, or a sequence of steps if a key contains a dot."""

_NUMBER = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_NOT_IN_URL = re.compile(r'[\s"<>\\]')
_ID = re.compile(r"[0-9]{1,25}", re.ASCII)
_MILLISECONDS = 100_000_000_000  # as seconds, larger times are more than a thousand years ahead
_LAST_TIME = 32_503_680_000  # the year 3000
_ODD_LIMIT = 20


class OddValueError(ValueError):
    """A value is present but unusable; the message names the expected value."""


def type_name(value: object) -> str:
    """Return the name of *value*'s type for a message."""
    return "nothing" if value is None else type(value).__name__


def join(*parts: str) -> str:
    """Join the non-empty parts of a path."""
    return ".".join(part for part in parts if part)


def peek(data: object, path: Path) -> Any:
    """Return the value at *path*, None if any step is missing."""
    for step in _steps(path):
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        elif isinstance(data, Mapping):  # last: a check of an abstract class costs ten times as much
            data = data.get(step)
        else:
            return None
    return data


def dig(data: object, path: Path, expected: type[T], at: str = "") -> T:
    """Return the required value at *path*; raise PayloadError with the path of the first wrong step, below *at*."""
    steps = _steps(path)
    for done, step in enumerate(steps, start=1):
        data = peek(data, (step,))
        if data is None:
            wanted = expected if done == len(steps) else dict
            raise PayloadError(join(at, *steps[:done]), f"expected {wanted.__name__}, got nothing")
    if not isinstance(data, expected) or (isinstance(data, bool) and expected is int):
        raise PayloadError(join(at, *steps), f"expected {expected.__name__}, got {type_name(data)}")
    return data


def _steps(path: Path) -> Sequence[str]:
    return _split(path) if isinstance(path, str) else path


@lru_cache(4096)
def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def read_text(value: object) -> str | None:
    """Return a text; an empty one counts as absent."""
    if not isinstance(value, str):
        raise OddValueError("str")
    return clean_text(value) or None


def read_id(value: object) -> str | None:
    """Return an id as text; ``0`` and an empty one count as absent."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**25:
        value = str(value)
    if not isinstance(value, str) or (value and not _ID.fullmatch(value)):
        raise OddValueError("digits")
    return value if value.strip("0") else None


def read_float(value: object) -> float | None:
    """Return a non-negative number, from a number or its digits."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**18:
        raise OddValueError("number")
    return float(value)


def read_int(value: object) -> int | None:
    """Return a count, from a number or its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 19:
        return int(value)
    number = read_float(value)
    return None if number is None else int(number)


def read_size(value: object) -> int | None:
    """Return a count for which 0 means unknown: pixels, bytes, bits per second."""
    return read_int(value) or None


def read_seconds(value: object) -> float | None:
    """Return a duration in seconds; 0 counts as absent."""
    return read_float(value) or None


def read_milliseconds(value: object) -> float | None:
    """Return a duration in seconds, from one in ms."""
    number = read_float(value)
    return number / 1000 if number else None


def read_time(value: object) -> datetime | None:
    """Return an aware UTC time from unix seconds, or milliseconds (recognised by their size); 0 counts as absent."""
    number = read_float(value)
    if not number:
        return None
    seconds = number / 1000 if number > _MILLISECONDS else number
    if seconds > _LAST_TIME:
        raise OddValueError("unix time")
    return datetime.fromtimestamp(seconds, UTC)


def read_flag(value: object) -> bool | None:
    """Return a bool, also from 0 and 1."""
    if isinstance(value, bool):
        return value
    if value in (0, 1):
        return bool(value)
    raise OddValueError("bool")


def read_url(value: object) -> str | None:
    """Return an absolute web address."""
    if not isinstance(value, str):
        raise OddValueError("URL")
    url = clean_text(value).strip()
    if url.startswith("//"):
        url = "https:" + url
    if url and not _is_url(url):
        raise OddValueError("URL")
    return url or None


def _is_url(url: str) -> bool:
    if not url.startswith(("https://", "http://")) or _NOT_IN_URL.search(url):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


class Fields:
    """Optional values of one JSON object. A missing or odd value is None; the path of an odd one is noted."""

    __slots__ = ("at", "odd", "raw")

    def __init__(self, raw: Mapping[str, Any], at: str = "", odd: list[str] | None = None) -> None:
        self.raw = raw
        self.at = at
        self.odd: list[str] = [] if odd is None else odd
        """Paths of the odd values, shared with all children."""

    def __bool__(self) -> bool:
        return bool(self.raw)

    def path(self, path: Path) -> str:
        """Return *path* from the root, for a message."""
        return join(self.at, *_steps(path))

    def note(self, path: Path) -> None:
        """Note that the value at *path* is odd."""
        full = self.path(path)
        if full not in self.odd:
            self.odd.append(full)

    def warnings(self) -> list[str]:
        """Return a warning for each odd value, up to a limit."""
        return [f"odd_field:{path}" for path in self.odd[:_ODD_LIMIT]]

    def get(self, reader: Reader[T], *paths: Path) -> T | None:
        """Return the first value of *paths* that *reader* accepts."""
        for path in paths:
            value = peek(self.raw, path)
            if value is None:
                continue
            try:
                read = reader(value)
            except OddValueError:
                self.note(path)
                continue
            if read is not None:
                return read
        return None

    def child(self, *paths: Path) -> "Fields":
        """Return the first non-empty object of *paths*, else an empty one."""
        for path in paths:
            value = peek(self.raw, path)
            if isinstance(value, dict) and value:
                return Fields(value, self.path(path), self.odd)
            if value is not None and not isinstance(value, dict):
                self.note(path)
        return Fields({}, self.path(paths[0]), self.odd)

    def children(self, path: Path) -> "Iterator[Fields]":
        """Yield the objects of the list at *path*."""
        for index, value in enumerate(self.items(path)):
            if isinstance(value, dict):
                yield Fields(value, join(self.path(path), str(index)), self.odd)
            elif value is not None:
                self.note((*_steps(path), str(index)))

    def items(self, path: Path) -> list[Any]:
        """Return the list at *path*, empty if there is none."""
        value = peek(self.raw, path)
        if isinstance(value, list):
            return value
        if value is not None:
            self.note(path)
        return []

    def urls(self, *paths: Path) -> list[str]:
        """Return the addresses at all of *paths*, each a string or a list of strings, without repeats."""
        found: dict[str, None] = {}
        for path in paths:
            value = peek(self.raw, path)
            for entry in value if isinstance(value, list) else [value]:
                try:
                    url = None if entry is None else read_url(entry)
                except OddValueError:
                    self.note(path)
                    continue
                if url is not None:
                    found[url] = None
        return list(found)
