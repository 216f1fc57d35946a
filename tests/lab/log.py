"""The request log: one record per request, refused ones too."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field


@dataclass(slots=True, kw_only=True)
class Record:
    """One request to the lab."""

    time: float
    """Unix seconds."""
    method: str
    host: str
    target: str = ""
    """Path and query."""
    status: int = 0
    bytes: int = 0
    """Number of bytes of the body that were sent."""
    note: str = ""
    """Reason of a refusal or disturbance, e.g. ``unknown host``, ``signature``, ``fault truncate``."""
    headers: dict[str, str] = field(default_factory=dict)
    """Interesting request headers, names in lower case; no cookie."""
    cookies: list[str] = field(default_factory=list)
    """Names of the cookies."""
    foreign: list[str] = field(default_factory=list)
    """Names of cookies that another platform gave."""
    member: str = ""
    """``live`` or ``dead`` for a request with an account's cookie."""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"https://{self.host}{self.target}"

    def line(self) -> str:
        """Return the record as a line for people."""
        note = f"  ({self.note})" if self.note else ""
        return f"{self.status} {self.method} {self.host}{self.target.partition('?')[0]} {self.bytes}{note}"


def dump(records: Iterable[Record]) -> str:
    """Return JSON lines."""
    return "".join(json.dumps(asdict(record)) + "\n" for record in records)


def parse(text: str) -> list[Record]:
    """Read the output of ``dump``."""
    return [Record(**json.loads(line)) for line in text.splitlines()]
