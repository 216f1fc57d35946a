"""The parts of a page that are read; the browser process sends only these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """The keys of a page's JSON that are read; the browser process sends only these."""

    script: str
    """Id of the script with the JSON."""
    scope: str
    """Key of the object in that JSON."""
    needed: tuple[str, ...]
    """Keys of that object; if none of them is present, the whole page is sent."""
    kept: tuple[str, ...]
    """Keys that are sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScripts:
    """The scripts of a page that are read, if they are more than plain JSON."""

    marks: tuple[str, ...]
    """A script with one of these texts is sent; if no script has one, the whole page is sent."""
    unless: tuple[str, ...] = ()
    """A page with one of these texts is sent whole."""
    kept: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names of globals that a script assigns an object to, and the keys of that object that are sent."""
