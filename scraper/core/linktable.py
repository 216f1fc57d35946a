"""URL forms as data, compiled to one expression a host. No request is made: a short link stays a ``short`` ref."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus

UNWRAP = "unwrap"
"""Kind of a form that names no resource but carries another link: *canonical* is that link."""
_ASCII = re.ASCII
_GROUP = re.compile(r"\(\?P<(\w+)>")
_MAX_PART = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """What a link points to, in the platform's own terms."""

    platform: str
    kind: str
    """video, photo, short, user, live … as docs/platforms.md lists them."""
    id: str
    """The platform's id; of a short link its code."""
    url: str
    """Canonical: https, the ``www.`` host, no tracking parameters."""
    part: int | None = None
    """From 1, where a link names one medium of a post."""

    @property
    def key(self) -> str:
        """The same for every link of one post."""
        part = "" if self.part is None else f"#{self.part}"
        return f"{self.platform}:{'short' if self.kind == 'short' else 'ref'}:{self.id}{part}"


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """One URL form. *path* and *query* name a group ``id``; the path must match as a whole, once it is unquoted."""

    kind: str
    hosts: tuple[str, ...]
    path: str
    canonical: str
    """Template over the named groups and ``host``; it must lead to the same ref again."""
    query: str = ""
    """A parameter that must be there, as ``name=value``: an expression, too."""
    where: str = ""
    """One more."""
    convert: Callable[[str], str | None] | None = None
    """Turns the id as written into the platform's own; None = there is no such id."""
    part: str = ""
    """Added to the canonical link where it names a part: the group ``part``, else the parameter *part_from*."""
    part_from: str = ""


@dataclass(frozen=True, slots=True)
class BareId:
    """An id that people write without a link; it is read as *url* with the text in its place."""

    text: str
    """An expression without groups; no word may run on before or after it."""
    url: str
    prefix: str = ""
    """Stands before the id in the text, and not in *url*."""
    is_alone: bool = False
    """Whether nothing else may stand in its line."""


@dataclass(frozen=True, slots=True)
class _Row:
    pattern: LinkPattern
    groups: tuple[tuple[str, int], ...]
    part_from: re.Pattern[str] | None


class HostTable:
    """The URL forms of a host, the first that fits wins."""

    def __init__(self, platform: str, patterns: Sequence[LinkPattern]) -> None:
        self.platform = platform
        self._expression = re.compile("|".join(_alternative(*row) for row in enumerate(patterns)), _ASCII)
        index = self._expression.groupindex
        self._rows = {
            index[f"end_{number}"]: _Row(
                pattern,
                tuple((name, index[f"{name}_{number}"]) for name in _names(pattern)),
                re.compile(rf"[?&](?:{pattern.part_from})=(\d{{1,4}})(?![^&])", _ASCII) if pattern.part_from else None,
            )
            for number, pattern in enumerate(patterns)
        }

    def find(self, host: str, rest: str) -> Ref | str | None:
        """Return what *rest*, all that follows *host*, names: a ref, a link to judge in its place, or nothing."""
        head, _, fragment = rest.partition("#")
        if fragment.startswith(("/", "!/")) and (ref := self._find(host, fragment.removeprefix("!"))) is not None:
            return ref
        return self._find(host, head if head.startswith("/") else f"/{head}")

    def _find(self, host: str, head: str) -> Ref | str | None:
        if "%" in head:
            path, mark, query = head.partition("?")
            head = unquote(path).rstrip(" \t\r\n") + mark + query
        found = self._expression.match(head)
        if found is None:
            return None
        assert found.lastindex is not None  # each row ends with a group
        row = self._rows[found.lastindex]
        pattern = row.pattern
        groups = {name: found[index] or "" for name, index in row.groups}
        if pattern.query:
            groups = {name: unquote_plus(value).strip() for name, value in groups.items()}
        if pattern.kind == UNWRAP:
            return pattern.canonical.format_map(groups)
        id_: str | None = groups["id"]
        if pattern.convert is not None:
            id_ = pattern.convert(groups["id"])
        if not id_:
            return None
        part = _to_part(groups.get("part") or (row.part_from and _first(row.part_from.search(head))))
        groups["id"] = id_
        for name, value in groups.items():
            if not value.isalnum() or not value.isascii():
                groups[name] = quote(value, safe="/@+,").replace("~", "%7E")  # a text's link ends at one
        url = pattern.canonical.format(host=host, **groups)
        if part is not None:
            url += pattern.part.format_map(groups | {"part": str(part)})
        return Ref(platform=self.platform, kind=pattern.kind, id=id_, url=url, part=part)


def build_hosts(platform: str, patterns: Sequence[LinkPattern]) -> dict[str, HostTable]:
    """Return the table of every host in *patterns*."""
    rows: dict[str, list[LinkPattern]] = {}
    for pattern in patterns:
        for host in pattern.hosts:
            rows.setdefault(host, []).append(pattern)
    tables = {tuple(found): HostTable(platform, found) for found in rows.values()}
    return {host: tables[tuple(found)] for host, found in rows.items()}


def _alternative(number: int, pattern: LinkPattern) -> str:
    """Return *pattern* as one branch, its groups named for it; an empty group at its end tells which one matched."""
    needed = "".join(rf"(?=\?(?:[^&]*+&)*?(?:{query})(?![^&]))" for query in (pattern.where, pattern.query) if query)
    branch = _GROUP.sub(rf"(?P<\1_{number}>", pattern.path + needed)
    return rf"{branch}(?=\?|\Z)(?P<end_{number}>)"


def _names(pattern: LinkPattern) -> list[str]:
    return list(dict.fromkeys(_GROUP.findall(pattern.path + pattern.query)))


def _first(found: re.Match[str] | None) -> str | None:
    return found and found[1]


def _to_part(text: str | None) -> int | None:
    number = int(text) if text else 0
    return number if 0 < number <= _MAX_PART else None
