"""URL forms as data, compiled to one expression per host. Sends no request: a short link stays a ``short`` ref."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus

from scraper.model.ref import Ref

UNWRAP = "unwrap"
"""Kind of a form that names no resource but carries another link: *canonical* is that link."""
_ASCII = re.ASCII
_GROUP = re.compile(r"\(\?P<(\w+)>")
_PLACE = re.compile(r"\{(?!host)(\w+)\}")
_SAFE = re.compile(r"https://(?:\{host\})?[\w./?=@+,\-&]*+", _ASCII)


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """One URL form. *path* or *query* has a group ``id``; *path* must match the whole unquoted path."""

    kind: str
    hosts: tuple[str, ...]
    path: str
    canonical: str
    """Template over the named groups and ``host``; its link must be recognised as the same ref."""
    query: str = ""
    """A required parameter ``name=value``, as an expression."""
    where: str = ""
    """Another required parameter."""
    convert: Callable[[str], str | None] | None = None
    """Turns the written id into the platform's own id, which then starts *canonical*; None = no such id."""
    part: str = ""
    """Template appended to the canonical link of a part: the group ``part``, else the parameter *part_from*."""
    part_from: str = ""


@dataclass(frozen=True, slots=True)
class BareId:
    """An id that people write without a link; it stands for *url* with the id filled in."""

    text: str
    """An expression without groups; it matches whole words only."""
    url: str
    prefix: str = ""
    """Text before the id that *url* does not contain."""
    is_alone: bool = False
    """Whether the id must be alone in its line."""


class _Row:
    """A pattern, with the groups of its branch in the expression."""

    def __init__(self, pattern: LinkPattern, number: int, index: Mapping[str, int]) -> None:
        names = _PLACE.findall(pattern.canonical)
        self.pattern = pattern
        self.template = _PLACE.sub("%s", pattern.canonical)
        self.places = [index[f"{name}_{number}"] for name in ("id", *names)]
        """Groups of the id and of the template's placeholders."""
        self.is_free = "[^" in pattern.path + pattern.query
        """Whether these groups may match characters that a link cannot contain."""
        self.is_simple = not self.is_free and pattern.convert is None
        self.has_host = "{host}" in pattern.canonical
        self.part_place = index.get(f"part_{number}")
        self.form_place = index.get(f"form_{number}")
        self.part_from: re.Pattern[str] | None = None
        if pattern.part_from:
            self.part_from = re.compile(rf"[?&](?:{pattern.part_from})=(\d{{1,4}})(?![^&,;%]|%3\d)", _ASCII)

    def read(self, found: re.Match[str]) -> tuple[str | None, str]:
        """Return the id, None if there is no such id, and the canonical link."""
        pattern = self.pattern
        id_, *values = found.group(*self.places)
        if None in values:
            values = [value or "" for value in values]
        if pattern.convert is not None:
            name = pattern.convert(id_)
            return name, self.template % (name, *values[1:])
        url: str = self.template % tuple(values)
        if self.is_free and (pattern.query or _SAFE.fullmatch(url) is None):
            if pattern.query:
                id_, *values = (unquote_plus(value).strip() for value in (id_, *values))
            if pattern.kind == UNWRAP:
                return id_, self.template % tuple(values)
            # A link in a text ends at a ~.
            return id_, self.template % tuple(quote(value, safe="/@+,").replace("~", "%7E") for value in values)
        return id_, url

    def read_part(self, found: re.Match[str], head: str) -> tuple[int | None, str]:
        """Return the number of the named part, and its suffix of the canonical link."""
        text = found[self.part_place] if self.part_place is not None else None
        if text is None and self.part_from is not None and (named := self.part_from.search(head)) is not None:
            text = named[1]
        if text is None or not (number := int(text)):
            return None, ""
        form = found[self.form_place] if self.form_place is not None else ""
        return number, self.pattern.part.format(part=number, form=form)


class HostTable:
    """The URL forms of a host; the first match wins."""

    def __init__(self, platform: str, patterns: Sequence[LinkPattern]) -> None:
        self.platform = platform
        self._expression = re.compile("|".join(_alternative(*row) for row in enumerate(patterns)), _ASCII)
        index = self._expression.groupindex
        self._rows = {index[f"end_{number}"]: _Row(pattern, number, index) for number, pattern in enumerate(patterns)}

    def find(self, host: str, rest: str) -> Ref | str | None:
        """Return the ref that *rest*, the link after *host*, names, a link to judge instead, or None."""
        if "#" in rest:
            rest, _, fragment = rest.partition("#")
            route = fragment.removeprefix("!").partition("#")[0]
            if route[:1] == "/" and (ref := self._read(host, route)) is not None:
                return ref
        return self._read(host, rest if rest[:1] == "/" else f"/{rest}")

    def _read(self, host: str, rest: str) -> Ref | str | None:
        if "%" in rest:
            path, mark, query = rest.partition("?")
            rest = unquote(path).rstrip(" \t\r\n") + mark + query
        found = self._expression.match(rest)
        if found is None:
            return None
        row = self._rows[found.lastindex or 0]
        pattern, part = row.pattern, None
        id_: str | None
        if row.is_simple:
            id_, *values = found.group(*row.places)
            url = row.template % tuple(values)
        else:
            id_, url = row.read(found)
        if pattern.kind == UNWRAP:
            return url
        if not id_ or not id_.isprintable():
            return None
        if pattern.part:
            part, more = row.read_part(found, rest)
            url += more
        if row.has_host:
            url = url.replace("{host}", host, 1)
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
    """Return *pattern* as one branch, its groups numbered; the empty last group identifies the branch that matched."""
    path, parameter = pattern.path, r"\?(?:[^&]*+&)*?(?:{})(?![^&])"
    if pattern.where:
        path = f"/(?=[^?]*+{parameter.format(pattern.where)}){path.removeprefix('/')}"
    if pattern.query:
        path += f"(?={parameter.format(pattern.query)})"
    branch = _GROUP.sub(rf"(?P<\1_{number}>", path)
    return rf"{branch}(?=\?|\Z)(?P<end_{number}>)"
