"""Recognise the links of the platforms in any text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from scraper.errors import ErrorCode
from scraper.links.pattern import BareId, HostTable, LinkPattern, build_hosts
from scraper.links.text import (
    CODED,
    REST,
    TAIL,
    build_posing,
    build_scanner,
    longer,
    normalise,
    runs_on,
    shorter,
    strip_tail,
    visible,
)
from scraper.model.ref import Ref

__all__ = ["BareId", "LinkPattern", "Recogniser", "Ref", "Rejected"]

_SCHEMES = frozenset({"", "http", "https"})
_HTTP = re.compile(r"https?\Z", re.IGNORECASE)
_WHOLE = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*+)://([^/?#]*)(.*)", re.DOTALL)
_NETLOC = re.compile(
    r"(?=[^:]{1,254}(?::|\Z))((?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{1,61})\.?(?::(?:80|443)?)?",
    re.ASCII,
)
_MAX_DEPTH = 3
"""Levels of links within links that are unwrapped."""
_MAX_LABEL = 63
"""Most letters of another alphabet before a host that are quoted with it."""
_MAX_REREAD = 2048
"""Most characters that are scanned again for one more link, so that the time stays linear."""


class Rejected(NamedTuple):
    """A link that no platform accepts, and the reason."""

    url: str
    reason: ErrorCode
    platform: str | None = None
    """The platform whose site it is on; None = unknown."""


class Recogniser:
    """
    Finds the refs of the given platforms: *tables* maps a platform to its patterns, *owned* to its domains.

    With *only*, links of the other platforms are known and rejected as ``host_not_allowed``.
    """

    def __init__(
        self,
        tables: Mapping[str, Sequence[LinkPattern]],
        owned: Mapping[str, Iterable[str]],
        *,
        ids: Iterable[BareId] = (),
        only: str | None = None,
    ) -> None:
        self._tables = tables
        self._owned = {domain: platform for platform, domains in owned.items() for domain in domains}
        self._ids = sorted(ids, key=lambda form: not form.is_alone)
        self._only = only

    @cached_property
    def _hosts(self) -> dict[str, HostTable]:
        hosts: dict[str, HostTable] = {}
        for platform, patterns in self._tables.items():
            hosts |= build_hosts(platform, patterns)
        return hosts

    @cached_property
    def _scanner(self) -> re.Pattern[str]:
        return build_scanner(self._ids)

    @cached_property
    def _posing(self) -> re.Pattern[str]:
        return build_posing(
            {domain for domain in self._owned for host in self._hosts if f".{host}".endswith(f".{domain}")}
        )

    def find(self, text: str) -> list[Ref | Rejected]:
        """Return a Ref or a Rejected for every link in *text*, in order. Linear in the length of *text*."""
        return [found for _, found in self.scan(text)]

    def scan(self, text: str, depth: int = 0) -> Iterator[tuple[str, Ref | Rejected]]:
        """Yield every link in *text* as written, with its Ref or Rejected."""
        text = normalise(text)
        position, search, ids = 0, self._scanner.search, len(self._ids)
        while (found := search(text, position)) is not None:
            position, group = found.end(), found.lastindex or 0
            if group == ids + REST:
                pair, position = self._read_link(text, found, *found.group(group - 2, group - 1, group))
                yield pair
            elif group == ids + TAIL:
                host, tail = found.group(group - 1, group)
                if self._is_link(text, found, host, tail):
                    pair, position = self._read_link(text, found, "", host, tail)
                    yield pair
                elif tail not in ("", "/") and (written := self._look_alike(text, found, host)) is not None:
                    yield written, Rejected(url=written, reason=ErrorCode.HOST_NOT_ALLOWED)
            elif group == ids + CODED:
                if depth < _MAX_DEPTH:
                    yield from self.scan(unquote(found[0]), depth + 1)
            elif (named := self._read_id(found[group], self._ids[group - 1])) is not None:
                yield named

    def match(self, url: str) -> Ref | Rejected:
        """Judge one link; text that is not a link is rejected as ``no_url``."""
        url = url.strip()
        found = _WHOLE.fullmatch(url.replace("&amp;", "&"))
        if found is None or not (found[2] or found[3]):
            return Rejected(url=url, reason=ErrorCode.NO_URL)
        if found[1].lower() not in _SCHEMES:
            return Rejected(url=url, reason=ErrorCode.HOST_NOT_ALLOWED)
        return self._judge(url, found[2], found[3])

    def owner(self, host: str) -> str | None:
        """Return the platform that owns *host* or a domain above it."""
        labels = host.split(".")
        for start in range(len(labels) - 1):
            if (platform := self._owned.get(".".join(labels[start:]))) is not None:
                return platform
        return None

    def _read_link(
        self, text: str, found: re.Match[str], scheme: str, netloc: str, rest: str
    ) -> tuple[tuple[str, Ref | Rejected], int]:
        """Judge the link *found* in *text*; return it as written with its result, and the position after it."""
        link, end = found[0], found.end()
        path = end - len(rest)
        written = strip_tail(link)
        if written[-1:] == "_" == text[found.start() - 1 : found.start()]:
            written = written[:-1]  # Markdown; a handle alone may end in an underscore
        if len(written) != len(link):
            rest = rest[: len(written) - len(link)]
        if scheme not in _SCHEMES and scheme.lower() not in _SCHEMES:
            http = _HTTP.search(scheme)
            if http is None:
                return (written, Rejected(url=written, reason=ErrorCode.HOST_NOT_ALLOWED)), end
            written = written[http.start() :]  # the word before it has no space after it
        result = self._judge(written, netloc, rest)
        if isinstance(result, Ref) or result.reason is not ErrorCode.UNKNOWN_RESOURCE:
            return (written, result), end
        return self._read_again(text, path, end, written, netloc, rest) or ((written, result), end)

    def _read_again(
        self, text: str, path: int, end: int, written: str, netloc: str, rest: str
    ) -> tuple[tuple[str, Ref | Rejected], int] | None:
        """Judge a link of unknown form again: without text that may not belong to it, then with the next letters."""
        lead = written[: len(written) - len(rest)]
        if (less := shorter(rest)) is not None and isinstance(ref := self._judge(written, netloc, less), Ref):
            return (lead + less, ref), path + len(less) if len(rest) <= _MAX_REREAD else end
        more = longer(text, end)
        if more > end:
            rest = strip_tail(rest + text[end:more])
            if isinstance(ref := self._judge(written, netloc, rest), Ref):
                return (lead + rest, ref), more
        return None

    def _is_link(self, text: str, found: re.Match[str], host: str, tail: str) -> bool:
        """Whether *host* without a scheme is meant as a link: to a platform, and not to its home page."""
        start = found.start()
        return tail not in ("", "/") and not runs_on(text[start - 1 : start]) and self._is_known(host)

    def _is_known(self, host: str) -> bool:
        name = host.lower().partition(":")[0]
        return name in self._hosts or self.owner(name) is not None

    def _look_alike(self, text: str, found: re.Match[str], host: str) -> str | None:
        """Return *found* as written if *host*, without a scheme, looks like a platform's host but is not one."""
        start, end = found.span()
        if self._is_known(host):  # there is a letter of another alphabet before it
            first = max(0, start - _MAX_LABEL)
            while start > first and runs_on(text[start - 1]):
                start -= 1
        elif self._posing.search(host) is None:
            return None
        return strip_tail(text[start:end])

    def _read_id(self, written: str, form: BareId) -> tuple[str, Ref | Rejected] | None:
        result = self.match(form.url.format(written.removeprefix(form.prefix)))
        return (
            None if isinstance(result, Rejected) and result.reason is ErrorCode.UNKNOWN_RESOURCE else (written, result)
        )

    def _judge(self, written: str, netloc: str, rest: str, depth: int = 0) -> Ref | Rejected:
        table = self._hosts.get(netloc)
        host = netloc
        if table is None:
            found = _NETLOC.fullmatch(visible(netloc).lower()) if visible(netloc).isascii() else None
            host = found[1] if found is not None else ""  # lower() would turn a Kelvin sign into k
            table = self._hosts.get(host)
        platform = table.platform if table is not None else self.owner(host)
        if self._only is not None and platform is not None and platform != self._only:
            return Rejected(url=written, reason=ErrorCode.HOST_NOT_ALLOWED, platform=platform)
        ref = table.find(host, rest if rest.isascii() else visible(rest)) if table is not None else None
        if isinstance(ref, Ref):
            return ref
        if ref is not None and depth < _MAX_DEPTH and (inner := _WHOLE.fullmatch(ref)) is not None:
            if inner[1].lower() not in _SCHEMES:
                return Rejected(url=written, reason=ErrorCode.HOST_NOT_ALLOWED)
            return self._judge(written, inner[2], inner[3], depth + 1)
        if platform is None or (table is not None and self.owner(host) is None):
            return Rejected(url=written, reason=ErrorCode.HOST_NOT_ALLOWED)
        return Rejected(url=written, reason=ErrorCode.UNKNOWN_RESOURCE, platform=platform)
