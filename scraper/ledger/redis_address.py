"""The address of a ledger that several machines share: the setting LEDGER."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from scraper.errors import UsageError

_SCHEMES = ("redis", "rediss", "unix")
_DATABASE = re.compile(r"(/[0-9]{0,3})?")
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ADVICE = "write LEDGER=redis://HOST:6379/0?run=NAME"


@dataclass(frozen=True, slots=True)
class Address:
    """A Redis, and the name of the run in it."""

    url: str = field(repr=False)
    """The URL for redis-py; it may hold a password: never log it."""
    run: str
    shown: str
    """The URL without credentials, for people."""


def parse_address(text: str) -> Address:
    """
    Read ``redis://[user:password@]host[:port][/db][?run=NAME]``, ``rediss://…`` or ``unix:///socket[?run=NAME]``.

    Raises UsageError; its message repeats no text that may be part of a password.
    """
    try:
        parts = urlsplit(text.strip())
        host = f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError as error:
        raise UsageError(f"LEDGER: expected the address of a Redis: {_ADVICE}") from error
    if parts.scheme not in _SCHEMES:
        raise UsageError(f"LEDGER: expected redis://, rediss:// or unix://: {_ADVICE}")
    if "@" in parts.path + parts.query or parts.fragment:
        raise UsageError("LEDGER: a / ? # or @ in its password is written as %2F %3F %23 or %40")
    if parts.scheme != "unix" and not _DATABASE.fullmatch(parts.path):
        raise UsageError(f"LEDGER: expected the number of a database behind the host: {_ADVICE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    run = options.pop("run", "scraper")
    if options:
        raise UsageError(f"LEDGER: expected no option but run: {_ADVICE}")
    if not _RUN.fullmatch(run):
        raise UsageError(f"LEDGER: run: expected a name of letters, digits and _ . -: {_ADVICE}")
    shown = f"{parts.scheme}://{'' if parts.scheme == 'unix' else host}{parts.path}?run={run}"
    return Address(url=f"{parts.scheme}://{parts.netloc}{parts.path}", run=run, shown=shown)
