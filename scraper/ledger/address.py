"""Where a ledger is that several machines share: the setting LEDGER."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from scraper.core.errors import UsageError

_SCHEMES = ("redis", "rediss", "unix")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ADVICE = "write LEDGER=redis://HOST:6379/0?run=NAME"


@dataclass(frozen=True, slots=True)
class Address:
    """A Redis, and the name of the run in it."""

    url: str = field(repr=False)
    """What redis-py takes; may hold a password: never log it."""
    run: str
    shown: str
    """The same for people, without credentials."""


def is_shared(text: str) -> bool:
    """Whether *text* is meant as the address of a ledger on a server, not as a folder."""
    return urlsplit(text).scheme in _SCHEMES


def parse_address(text: str) -> Address:
    """
    Read ``redis://[user:password@]host[:port][/db][?run=NAME]``, ``rediss://…`` or ``unix:///socket[?run=NAME]``.

    Raises UsageError.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in _SCHEMES:
        raise UsageError(f"LEDGER: expected the address of a Redis, got {parts.scheme or 'no scheme'}: {_ADVICE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    run = options.pop("run", "scraper")
    if not _RUN.fullmatch(run):
        raise UsageError(f"LEDGER: run: expected letters, digits and _ . -, got {run[:60]!a}: {_ADVICE}")
    unknown = sorted(set(options) - {"db"})
    if unknown:
        raise UsageError(f"LEDGER: {unknown[0][:60]!a}: is no option: expected run: {_ADVICE}")
    query = "&".join(f"{name}={value}" for name, value in options.items())
    try:
        host = f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError as error:
        raise UsageError(f"LEDGER: expected a port of 1 to 65535: {_ADVICE}") from error
    shown = f"{parts.scheme}://{'' if parts.scheme == 'unix' else host}{parts.path}?run={run}"
    url = f"{parts.scheme}://{parts.netloc}{parts.path}{'?' if query else ''}{query}"
    return Address(url=url, run=run, shown=shown)
