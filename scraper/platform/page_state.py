"""What of a page is read: the rest of it need not leave the browser."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """Where a page keeps what is read of it: the rest of a page need not leave the browser."""

    script: str
    """Id of the script with the JSON."""
    scope: str
    """Key of the object in it."""
    needed: tuple[str, ...]
    """Keys of that object, of which one must be there; else the page is handed on whole."""
    kept: tuple[str, ...]
    """Keys that are handed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScripts:
    """Which scripts of a page are read, where what they hold is no JSON of its own."""

    marks: tuple[str, ...]
    """Texts of which a script that is handed on has one; a page without such a script is handed on whole."""
    unless: tuple[str, ...] = ()
    """Texts with one of which a page is handed on whole."""
    kept: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names of globals that a script assigns an object to, and the keys of it that are handed on."""
