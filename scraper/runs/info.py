"""``run.json`` as a value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A problem of a run: *value* is beyond the *limit* of *monitor*; *message* gives advice."""

    monitor: str
    value: float
    limit: float
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """Times, end reason and results of a run; ``RunInfo()`` for a missing or broken file."""

    run: str | None = None
    """Name of the run (folder.run_name()); early versions wrote none."""
    spider: str | None = None
    started: str | None = None
    """Start of its last process, as ISO 8601 in UTC."""
    ended: str | None = None
    """None = the run continues, or was cut off."""
    reason: str | None = None
    problem: str | None = None
    codes: Mapping[str, int] = field(default_factory=dict)
    """Number of envelopes by status."""
    results: Mapping[str, int] = field(default_factory=dict)
    """Number of envelopes by OK or error code."""
    left: int | None = None
    """Number of seeds without an envelope; None = not known."""
    alarms: tuple[Alarm, ...] = ()
    earlier: tuple[Mapping[str, Any], ...] = ()
    """``started``, ``ended`` and ``reason`` of each earlier process of the run; one without ``ended`` was killed."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    stats: Mapping[str, int | float] = field(default_factory=dict)
    """Numeric stats of Scrapy for the last process; written at its end."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """Further keys, of other versions."""

    @property
    def name(self) -> str:
        """Name of the run, for files of any version."""
        return self.run or self.started or "unknown"

    def to_json(self) -> dict[str, Any]:
        """Return the object of run.json."""
        known = {name: getattr(self, name) for name in _NAMES if name != "stats" or self.stats}
        lists = {"alarms": [asdict(alarm) for alarm in self.alarms], "earlier": list(self.earlier)}
        return {**known, **lists, **self.others}

    @classmethod
    def from_json(cls, data: object) -> "RunInfo":
        """Read the object of run.json; values of an unexpected type are left out."""
        if not isinstance(data, dict):
            return cls()
        return cls(
            run=_text(data.get("run")),
            spider=_text(data.get("spider")),
            started=_text(data.get("started")),
            ended=_text(data.get("ended")),
            reason=_text(data.get("reason")),
            problem=_text(data.get("problem")),
            codes=_numbers(data.get("codes"), int),
            results=_numbers(data.get("results"), int),
            left=left if isinstance(left := data.get("left"), int) else None,
            alarms=tuple(map(_read_alarm, _objects(data.get("alarms"), _ALARM))),
            earlier=tuple(_objects(data.get("earlier"))),
            versions=_object(data.get("versions")),
            settings=_object(data.get("settings")),
            stats=_numbers(data.get("stats"), int | float),
            others={name: value for name, value in data.items() if name not in _NAMES},
        )


_NAMES = tuple(each.name for each in fields(RunInfo) if each.name != "others")
_ALARM = frozenset(each.name for each in fields(Alarm))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _numbers(value: object, kind: Any) -> dict[str, Any]:
    return {name: number for name, number in _object(value).items() if isinstance(number, kind)}


def _objects(value: object, keys: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Return the objects in a list that have all *keys*."""
    return [each for each in value if isinstance(each, dict) and keys <= each.keys()] if isinstance(value, list) else []


def _read_alarm(data: Mapping[str, Any]) -> Alarm:
    return Alarm(**{name: data[name] for name in _ALARM})
