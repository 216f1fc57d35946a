"""The parser of schedule.toml: each problem is one line with entry and key, and disables only its own entry."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from posixpath import isabs, normpath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from scraper.errors import UsageError
from scraper.scheduling.cron import CronTimes
from scraper.scheduling.secrets import holds_secret, holds_user, names_secret
from scraper.seeds.arguments import ARGUMENTS, check_arguments
from scraper.text.values import is_address, quote, read_choice

OVERLAPS = ("skip", "queue")
MISSED = ("run", "skip")
ON_TIME = timedelta(minutes=5)
"""A start within this time of its due time is not late."""
_ENTRIES, _SCRAPYD, _STATE, _OUTPUT = "schedule", "scrapyd", "state", "OUTPUT_DIR"
KEYS = (
    *("name", "spider", "seeds", "arguments", "settings", "cron", "timezone", "jitter"),
    *("overlap", "missed", "missed_within"),
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,62}")
_PROJECT = re.compile(r"[A-Za-z0-9][\w.\-]{0,62}", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,7})\s*([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ALERT = "ALERT_COMMAND"
_LONGEST = 100_000
"""Bytes of an argument: Linux takes 128 KiB."""
_T = TypeVar("_T")
_Faults = Callable[[Mapping[str, str]], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """One crawl that is started again and again."""

    name: str
    spider: str
    arguments: Mapping[str, str]
    """Spider arguments, ``seeds`` among them."""
    settings: Mapping[str, str]
    times: CronTimes
    jitter: timedelta = timedelta(0)
    """Largest delay of a start after its due time."""
    overlap: str = "skip"
    """Action for a due time while a job of this name is pending or running."""
    missed_within: timedelta = timedelta(days=1)
    """Largest delay with which a missed due time is still started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The whole file: its valid entries, and the problems of the others."""

    entries: tuple[ScheduleEntry, ...]
    problems: tuple[str, ...]
    url: str
    """Scrapyd's address."""
    project: str
    """Name of the project on Scrapyd."""
    state: str
    """Path of the state file, relative to the schedule's folder; "" = beside the schedule, named after it."""


def parse_schedule(
    data: Mapping[str, Any], spiders: Collection[str], known_settings: Collection[str], find_faults: _Faults
) -> Schedule:
    """
    Return the schedule in *data*, the parsed file; raise UsageError if no entry can be started.

    *find_faults* yields a line for each value that is wrong among an entry's settings.
    """
    problems = list(_unknown("", data, (_SCRAPYD, _STATE, _ENTRIES)))
    url, project = _parse_scrapyd(_table(data, _SCRAPYD))
    raws = data.get(_ENTRIES, [])
    if not isinstance(raws, list) or not all(isinstance(raw, dict) for raw in raws):
        raise UsageError(f"{_ENTRIES}: expected tables: write [[{_ENTRIES}]] above each entry")
    entries: list[ScheduleEntry] = []
    for number, raw in enumerate(raws, 1):
        name = raw.get("name")
        shown = name if isinstance(name, str) and _NAME.fullmatch(name) else f"entry {number}"
        reader = _EntryReader(raw, shown)
        entry = reader.read(spiders, known_settings, find_faults)
        reader.problems += _clashes(shown, name, entry, entries)
        problems += reader.problems
        if entry is not None and not reader.problems:
            entries.append(entry)
    if not raws:
        problems.append(f"expected at least one entry, got none: write [[{_ENTRIES}]] and its keys below")
    state = data.get(_STATE)
    if state is not None and (not isinstance(state, str) or not state.strip()):
        raise UsageError(f"{_STATE}: expected the path of a file, got {quote(state)}: correct it, or leave it out")
    return Schedule(entries=tuple(entries), problems=tuple(problems), url=url, project=project, state=state or "")


def _parse_scrapyd(table: Mapping[str, Any]) -> tuple[str, str]:
    problems = list(_unknown(f"{_SCRAPYD}.", table, ("url", "project")))
    url, project = table.get("url", "http://localhost:6800"), table.get("project", "scraper")
    if isinstance(url, str) and holds_user(url):
        problems.append(
            f"{_SCRAPYD}.url: expected no user and password: give them in SCRAPYD_USERNAME and SCRAPYD_PASSWORD, "
            "or in ~/.netrc"
        )
    elif not isinstance(url, str) or not _is_address(url):
        problems.append(f'{_SCRAPYD}.url: expected an address, got {quote(url)}: write url = "http://localhost:6800"')
    if not isinstance(project, str) or not _PROJECT.fullmatch(project):
        problems.append(f'{_SCRAPYD}.project: expected a name, got {quote(project)}: write project = "scraper"')
    if problems:
        raise UsageError("\n".join(problems))
    return url.rstrip("/"), project


def _is_address(url: str) -> bool:
    return is_address(url) and url.isascii() and url.isprintable() and " " not in url and not urlsplit(url).query


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise UsageError(f"{key}: expected a table, got {quote(table)}: write [{key}] and its keys below")
    return table


def _unknown(place: str, table: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"expected some of {', '.join(known)}"
            yield f"{place}{key if key.isidentifier() else quote(key)}: is no key: {advice}"


def _clashes(shown: str, name: object, entry: ScheduleEntry | None, others: Collection[ScheduleEntry]) -> Iterator[str]:
    """Yield the conflicts of an entry with *others*."""
    if any(other.name == name for other in others):
        yield f"{shown}: name: another entry has it: give each a name of its own"
    elif entry is not None:
        folder = entry.settings.get(_OUTPUT)
        twin = next((other.name for other in others if _folder(other) == _folder(entry)), None)
        if twin is not None:
            what = folder or "Scrapyd's own OUTPUT_DIR, as neither names one"
            yield f"{shown}: settings.{_OUTPUT}: {twin} writes there too ({what}): give each a folder of its own"


def _folder(entry: ScheduleEntry) -> str:
    folder = entry.settings.get(_OUTPUT)
    return normpath(folder) if folder else ""


class _EntryReader:
    """Reads the table of one entry, key by key; problems are collected with the entry's name."""

    def __init__(self, raw: Mapping[str, Any], shown: str) -> None:
        self._raw = raw
        self._shown = shown
        self.problems = [f"{shown}: {line}" for line in _unknown("", raw, KEYS)]

    def read(
        self, spiders: Collection[str], known_settings: Collection[str], find_faults: _Faults
    ) -> ScheduleEntry | None:
        """Return the entry, or None if a part of it is wrong."""
        raw = self._raw
        name = self._try(_read_name, raw.get("name"))
        spider = self._try(_read_spider, raw.get("spider"), spiders)
        arguments = self._try(_read_arguments, raw)
        settings = self._try(_read_settings, raw, known_settings, find_faults)
        times = self._try(CronTimes.parse, raw.get("cron"), raw.get("timezone", "UTC"))
        jitter = self._try(read_span, "jitter", raw.get("jitter", 0), timedelta(days=1))
        overlap = self._try(read_choice, "overlap", raw.get("overlap", "skip"), OVERLAPS)
        within = self._try(_read_missed, raw)
        if name is None or spider is None or arguments is None or settings is None or times is None:
            return None
        if jitter is None or overlap is None or within is None:
            return None
        return ScheduleEntry(
            name=name, spider=spider, arguments=arguments, settings=settings, times=times, jitter=jitter,
            overlap=overlap, missed_within=within,
        )  # fmt: skip

    def _try(self, read: Callable[..., _T], *args: object) -> _T | None:
        try:
            return read(*args)
        except UsageError as error:
            self.problems += [f"{self._shown}: {line}" for line in str(error).splitlines()]
            return None


def _read_name(value: object) -> str:
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    got = "nothing" if value is None else quote(value)
    raise UsageError(f'name: expected small letters, digits, - and _, 63 at most, got {got}: write name = "daily"')


def _read_spider(value: object, spiders: Collection[str]) -> str:
    if isinstance(value, str) and value in spiders:
        return value
    got = "nothing" if value is None else quote(value)
    near = get_close_matches(value, spiders, n=1) if isinstance(value, str) else []
    advice = f"did you mean {near[0]}?" if near else "name a spider"
    raise UsageError(f"spider: expected one of {', '.join(spiders)}, got {got}: {advice}")


def _read_arguments(raw: Mapping[str, Any]) -> dict[str, str]:
    given = dict(_table(raw, "arguments"))
    problems = list(_unknown("arguments.", given, ARGUMENTS))
    if "seeds" in raw and "seeds" in given:
        problems.append("seeds: stands under arguments as well: leave one out")
    if "seeds" in raw:
        given["seeds"] = raw["seeds"]
    texts = {}
    for name, value in given.items():
        try:
            texts[name] = _text(f"arguments.{name}" if name not in raw else name, value)
        except UsageError as error:
            problems.append(str(error))
    seeds = texts.get("seeds", "/")
    if not isabs(seeds) and not is_address(seeds):
        problems.append(
            f"seeds: expected a whole path or a URL, got {quote(seeds)}: Scrapyd runs in a folder of its own, "
            'write seeds = "/srv/lists/daily.txt"'
        )
    if not set(given) - {"column", "shard"}:
        problems.append('seeds: expected a list, got nothing: write seeds = "/srv/lists/daily.txt"')
    read = texts if {"urls", "seeds"} & set(texts) else texts | {"seeds": seeds}  # to report other problems, too
    try:
        check_arguments(read.get("urls"), read.get("seeds"), column=read.get("column"), shard=read.get("shard"))
    except UsageError as error:
        problems += str(error).splitlines()
    if problems:
        raise UsageError("\n".join(problems))
    return texts


def _read_settings(raw: Mapping[str, Any], known: Collection[str], find_faults: _Faults) -> dict[str, str]:
    settings, problems = {}, []
    for name, value in _table(raw, "settings").items():
        place = f"settings.{name if name.isidentifier() else quote(name)}"
        near = get_close_matches(name.upper(), known, n=1, cutoff=0.75)
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name) or (name not in known and near):
            advice = f"did you mean {near[0]}?" if near else "settings are written in capitals"
            problems.append(f"{place}: is no setting: {advice}")
        elif name == _ALERT:
            advice = f"set SCRAPER_{_ALERT} in Scrapyd's environment"
            problems.append(f"{place}: it may hold a secret, and would stand in the process list: {advice}")
        elif names_secret(name):
            problems.append(_leak(place))
        else:
            settings[name] = _text(place, value)
    if not isabs(settings.get(_OUTPUT, "/")):
        got = quote(settings[_OUTPUT])
        problems.append(f"settings.{_OUTPUT}: expected a whole path, got {got}: Scrapyd runs in a folder of its own")
    problems += [f"settings.{line}" for line in find_faults(settings)]
    if problems:
        raise UsageError("\n".join(problems))
    return settings


def _text(place: str, value: object) -> str:
    """Return *value* for a command line; raise UsageError for a secret, or a value that does not fit there."""
    if isinstance(value, bool):
        return str(int(value))
    if not isinstance(value, str | int | float) or not str(value).strip() or "\0" in str(value):
        raise UsageError(f"{place}: expected a text or a number, got {quote(value)}: correct it, or leave it out")
    if len(str(value).encode()) > _LONGEST:
        raise UsageError(f"{place}: expected {_LONGEST} bytes at most: put links into a file, and give that as seeds")
    if holds_secret(str(value)):
        raise UsageError(_leak(place))
    return str(value)


def _leak(place: str) -> str:
    by_file = "put the links into a file, and give that as seeds"
    advice = "give it to Scrapyd's environment, or by PROXIES_FILE" if place.startswith("settings.") else by_file
    return f"{place}: a secret would stand in the process list: {advice}"


def _read_missed(raw: Mapping[str, Any]) -> timedelta:
    within = read_span("missed_within", raw.get("missed_within", "1d"), timedelta(days=31))
    if read_choice("missed", raw.get("missed", "run"), MISSED) == "run":
        return max(within, ON_TIME)
    if "missed_within" in raw:
        raise UsageError('missed_within: means nothing beside missed = "skip": leave one out')
    return ON_TIME


def read_span(name: str, value: object, most: timedelta) -> timedelta:
    """Return *value*, seconds or a number with s, m, h or d, as a time span."""
    found = _SPAN.fullmatch(str(value).strip()) if isinstance(value, str | int) and value is not True else None
    if found is None:
        raise UsageError(f'{name}: expected a time span, got {quote(value)}: write {name} = "90s", "10m", "6h" or "2d"')
    span = timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if span > most:
        raise UsageError(f"{name}: expected {most.days}d at most, got {quote(value)}: give less")
    return span
