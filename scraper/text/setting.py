"""A setting is one row: name, type, bounds, default, and one sentence. Its check and its line in the docs follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from scraper.text.redaction import hide, printable
from scraper.text.values import as_text, read_bool, read_choice, read_int, read_path, read_size

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T_co]):
    """A setting of the project, and the one way to read it."""

    name: str
    default: str | int
    kind: str
    """Type and bounds, in words for people."""
    parse: Callable[[str, object], T_co] = field(repr=False)
    """Takes the name and what a person wrote; raises UsageError."""
    says: str
    """One sentence, in Markdown."""
    computed: str = ""
    """The effect of the environment on the default, for people."""
    is_secret: bool = False
    """Whether a value may hold a password or a token."""
    is_recorded: bool = False
    """Whether run.json has the value: never a secret, and of paths only what a result depends on."""

    def read(self, settings: Mapping[str, Any]) -> T_co:
        """Return the value in *settings*; raise UsageError, a line that says what to write."""
        value = settings.get(self.name)
        return self.parse(self.name, self.default if value is None else value)

    def show(self, value: object) -> str:
        """Return *value* as a person may see it."""
        shown = as_text(int(value) if isinstance(value, bool) else value)
        return hide(shown) if self.is_secret else printable(shown)


def choice(
    name: str, default: str, allowed: Iterable[str], says: str, *, is_optional: bool = False, is_recorded: bool = True
) -> Setting[str]:
    """Return a setting that is one of *allowed*; one that *is_optional* may be empty."""
    words = tuple(allowed)

    def parse(name: str, value: object) -> str:
        return "" if is_optional and not as_text(value) else read_choice(name, value, words)

    kind = " ".join(f"`{word}`" for word in words)
    return Setting(name=name, default=default, kind=kind, parse=parse, says=says, is_recorded=is_recorded)


def number(name: str, default: int, says: str, least: int = 0) -> Setting[int]:
    """Return a setting that is a whole number of at least *least*."""

    def parse(name: str, value: object) -> int:
        return read_int(name, value, least)

    return Setting(name=name, default=default, kind=f"number ≥ {least}", parse=parse, says=says, is_recorded=True)


def size(name: str, default: int, says: str, least: int = 0) -> Setting[int]:
    """Return a setting in bytes, which may be written in short."""

    def parse(name: str, value: object) -> int:
        return read_size(name, value, least)

    kind = "size" if not least else f"size ≥ {least}"
    return Setting(name=name, default=default, kind=kind, parse=parse, says=says, is_recorded=True)


def switch(name: str, default: bool, says: str) -> Setting[bool]:
    """Return a setting that is on or off."""
    return Setting(name=name, default=default, kind="`1` `0`", parse=read_bool, says=says, is_recorded=True)


def text(name: str, default: str, kind: str, says: str, *, computed: str = "", is_secret: bool = False) -> Setting[str]:
    """Return a setting of free form, called *kind*; its room knows what may stand there."""

    def parse(_: str, value: object) -> str:
        return as_text(value)

    return Setting(
        name=name,
        default=default,
        kind=kind,
        parse=parse,
        says=says,
        computed=computed,
        is_secret=is_secret,
        is_recorded=not is_secret,
    )


def path(name: str, says: str, *, is_recorded: bool = False) -> Setting[Path | None]:
    """Return a setting that may name a file."""

    def parse(name: str, value: object) -> Path | None:
        return read_path(name, value) if as_text(value) else None

    return Setting(name=name, default="", kind="path", parse=parse, says=says, is_recorded=is_recorded)


def program(name: str, says: str) -> Setting[str | None]:
    """Return a setting that may name a program, by its path or by its name on PATH."""

    def parse(name: str, value: object) -> str | None:
        written = as_text(value)
        return str(read_path(name, written)) if written.startswith("~") else written or None

    return Setting(name=name, default="", kind="program", parse=parse, says=says)


def folder(name: str, default: str, says: str, *, computed: str = "") -> Setting[Path]:
    """Return a setting that must name a folder."""

    def parse(name: str, value: object) -> Path:
        return read_path(name, value, default)

    return Setting(name=name, default=default, kind="folder", parse=parse, says=says, computed=computed)
