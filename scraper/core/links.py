"""Recognise the links of the platforms in any text. Pure: no request is made, a short link stays a ``short`` ref."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, parse_qs, urlsplit

from scraper.core.errors import ErrorCode

_ASCII = re.ASCII
# A link ends at white space, quotes, brackets, full-width punctuation, zero-width or CJK characters (share texts run
# on). Latin, Greek and Cyrillic letters belong to it, so that no look-alike is cut down to a link it is not.
_URL_CHARS = r"[A-Za-z0-9\-._~:/?#@!$&'*+,;=%\u00c0-\u024f\u0370-\u052f]"
_CANDIDATE = re.compile(
    rf"(?<![A-Za-z])(?P<url>[A-Za-z][A-Za-z0-9+\-]{{0,20}}://(?:[^\W_]|[\-._~@:%\[\]]){{1,255}}+(?:[/?#]{_URL_CHARS}*+)?)"
    r"|(?<![A-Za-z0-9_\-.@%])(?P<bare>(?:[A-Za-z0-9\-]{1,63}+\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,61}"
    rf"(?![A-Za-z0-9\-@_])(?::\d{{1,5}}+)?(?:[/?#]{_URL_CHARS}*+)?)"
)
_GLUED = re.compile(r"(?<=[A-Za-z0-9/,;&_\-])(?=https?://)", re.IGNORECASE)
_TRAILING = ".,;:!?'*~&"
_CJK = re.compile(
    r"[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,61}", _ASCII)
_SCHEMES = frozenset({"http", "https"})
_PORTS = frozenset({None, 80, 443})
_MAX_FIELDS = 100


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A link that no platform takes, and why."""

    url: str
    reason: ErrorCode
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class LinkPattern:
    """One URL form: *path* (and *query*, where given) must match as a whole and name a group ``id``."""

    kind: str
    hosts: tuple[str, ...]
    path: str
    canonical: str
    """Template over the named groups."""
    query: str | None = None
    """Name of the query parameter that holds the id, where the path does not."""
    lower: bool = False
    """Whether the id is written in lower case (handles)."""


class Recogniser:
    """Finds the refs of the given platforms: *tables* maps a platform to its patterns, *owned* to its domains."""

    def __init__(self, tables: Mapping[str, Sequence[LinkPattern]], owned: Mapping[str, Iterable[str]]) -> None:
        self._tables = tables
        self._owned = {domain: platform for platform, domains in owned.items() for domain in domains}

    @cached_property
    def _by_host(self) -> dict[str, list[tuple[str, LinkPattern, re.Pattern[str]]]]:
        table: dict[str, list[tuple[str, LinkPattern, re.Pattern[str]]]] = {}
        for platform, patterns in self._tables.items():
            for pattern in patterns:
                compiled = re.compile(pattern.path, _ASCII)
                for host in pattern.hosts:
                    table.setdefault(host, []).append((platform, pattern, compiled))
        return table

    def find(self, text: str) -> list[Ref | Rejected]:
        """Return every link in *text*, in order: a Ref, or why it is none. Linear in the length of *text*."""
        return [found for _, found in self.scan(text)]

    def scan(self, text: str) -> Iterator[tuple[str, Ref | Rejected]]:
        """Yield every link in *text* as it is written, with its Ref or why it is none."""
        for url, bare in _candidates(text):
            if (found := self._judge(url, bare)) is not None:
                yield url, found

    def match(self, url: str) -> Ref | Rejected:
        """Judge one link; what is no link at all is rejected as ``no_url``."""
        return self._judge(url.strip(), bare=False) or Rejected(url=url, reason=ErrorCode.NO_URL)

    def owner(self, host: str) -> str | None:
        """Return the platform that owns *host* or a domain above it."""
        labels = host.split(".")
        for start in range(len(labels) - 1):
            if (platform := self._owned.get(".".join(labels[start:]))) is not None:
                return platform
        return None

    def _judge(self, url: str, bare: bool) -> Ref | Rejected | None:
        try:
            parts = urlsplit(url.replace("&amp;", "&") if not bare else f"https://{url.replace('&amp;', '&')}")
            host = (parts.hostname or "").rstrip(".")
            port = parts.port
        except ValueError:
            return None if bare else Rejected(url=url, reason=ErrorCode.HOST_NOT_ALLOWED)
        if not parts.netloc and parts.scheme not in _SCHEMES:
            return None
        platform = self.owner(host) if parts.netloc.isascii() else None  # lower() turns a Kelvin sign into k
        if bare and (not _HOST.fullmatch(host) or platform is None or (parts.path in ("", "/") and not parts.query)):
            return None
        if parts.scheme not in _SCHEMES or "@" in parts.netloc or port not in _PORTS or platform is None:
            return Rejected(url=url, reason=ErrorCode.HOST_NOT_ALLOWED)
        for name, pattern, compiled in self._by_host.get(host, ()):
            if (ref := _apply(name, pattern, compiled, parts)) is not None:
                return ref
        return Rejected(url=url, reason=ErrorCode.UNKNOWN_RESOURCE, platform=platform)


def _apply(platform: str, pattern: LinkPattern, compiled: re.Pattern[str], parts: SplitResult) -> Ref | None:
    """Return the ref if *pattern* covers the URL."""
    found = compiled.fullmatch(parts.path or "/")
    if found is None:
        return None
    groups = {name: value or "" for name, value in found.groupdict().items()}
    if pattern.query is not None:
        values = parse_qs(parts.query).get(pattern.query, []) if parts.query.count("&") < _MAX_FIELDS else []
        if not values or not values[0].isascii() or not values[0].isdigit():
            return None
        groups["id"] = values[0]
    if pattern.lower:
        groups["id"] = groups["id"].lower()
    part = groups.get("part")
    url = pattern.canonical.format_map(groups)
    return Ref(platform=platform, kind=pattern.kind, id=groups["id"], url=url, part=int(part) if part else None)


def _candidates(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what looks like a link, and whether it came without a scheme."""
    if "\\/" in text:
        text = text.replace("\\/", "/")  # JSON's way to write a slash
    if text.count("://") > 1:
        text = _GLUED.sub(" ", text)
    for found in _CANDIDATE.finditer(text):
        before = text[found.start() - 1 : found.start()]
        trailing = _TRAILING + before if before == "_" else _TRAILING  # Markdown; a handle may end in one
        if (url := found["url"]) is not None:
            yield url.rstrip(trailing), False
        elif not _runs_on(before) and not _runs_on(text[found.end() : found.end() + 1]):
            yield found["bare"].rstrip(trailing), True


def _runs_on(neighbour: str) -> bool:
    """Whether *neighbour* makes a host without a scheme a part of a longer name, as a Cyrillic letter does."""
    return neighbour.isalpha() and _CJK.match(neighbour) is None
