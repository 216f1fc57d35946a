"""The user's cookies on disk: one YAML file per service, in a form that similar tools read."""

import hashlib
import hmac
import json
import logging
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scraper.fetch.sessions.cookie_text import MAX_TEXT, Cookie, CookieError, date_cookies, parse_header, to_header
from scraper.platform.accounts import CookieService
from scraper.system.atomic import write_secret

logger = logging.getLogger(__name__)

_MANAGER, _HEADERS, _COOKIE, _EXPIRIES = "TokenManager", "headers", "Cookie", "expires"
_HEAD = "# Cookies of your own account: keep them to yourself. An edit here affects the next request.\n"
_Mark = tuple[int, int, int, int]


@dataclass(slots=True)
class _Seen:
    mark: _Mark
    """State of the file when it was read."""
    result: tuple[Cookie, ...] | CookieError | None


class CookieStore:
    """The folder COOKIES_DIR, and *notes*, our file with the platforms' answers to the cookies."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self._folder = folder
        self._notes = notes
        self._seen: dict[str, _Seen] = {}

    def path(self, service: CookieService) -> Path:
        """Return the file of *service*."""
        return self._folder / service.path

    def read(self, service: CookieService) -> tuple[Cookie, ...] | None:
        """
        Return the current cookies on disk, None if there are none.

        Raise CookieError for a file that other users can read, or that is unreadable or malformed.
        """
        path = self.path(service)
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise CookieError(f"{service.name}: cannot read {path}: {error.strerror}: correct its mode") from error
        mark = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
        seen = self._seen.get(service.name)
        if seen is None or seen.mark != mark:
            seen = self._seen[service.name] = _Seen(mark, _load(path, found, service))
        if isinstance(seen.result, CookieError):
            raise seen.result
        return seen.result

    def write(self, service: CookieService, cookies: tuple[Cookie, ...]) -> None:
        """Replace the cookies in the file by *cookies*, and keep its other content. May raise CookieError."""
        path = self.path(service)
        data = _read_yaml(path, service) if path.is_file() else {}
        entry = _entry(data, service, make=True)
        assert entry is not None
        headers = entry.get(_HEADERS)
        header, dates = to_header(cookies), {each.name: int(each.expires) for each in cookies if each.expires > 0}
        entry[_HEADERS] = {**(headers if isinstance(headers, dict) else {}), _COOKIE: header}
        entry[_EXPIRIES] = {"of": _digest(header), "at": dates}
        _save(path, _HEAD + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=2**20), service.name)

    def clear(self, service: CookieService) -> bool:
        """Remove the cookies of *service*; return whether there were any."""
        path = self.path(service)
        if not path.is_file():
            return False
        data = _read_yaml(path, service)
        entry = _entry(data, service, make=False)
        headers = entry.get(_HEADERS) if entry is not None else None
        if entry is None or not isinstance(headers, dict) or not headers.pop(_COOKIE, None):
            return False
        entry.pop(_EXPIRIES, None)
        if any(headers.values()) or any(value for name, value in entry.items() if name != _HEADERS):
            _save(path, yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=2**20), service.name)
        else:
            path.unlink()
        return True

    def note(self, service: str, mark: str, outcome: str, now: float) -> None:
        """Save the platform's answer to the cookies with the fingerprint *mark*, at *now* in Unix seconds."""
        notes = self._read_notes()
        key = notes.get("key") if isinstance(notes.get("key"), str) else secrets.token_hex(16)
        notes |= {"key": key, service: {"of": _seal(str(key), mark), "outcome": outcome, "time": now}}
        try:
            _save(self._notes, json.dumps(notes), service)
        except CookieError as error:
            logger.warning("%s", error)

    def last(self, service: str, mark: str) -> tuple[str, float] | None:
        """Return the platform's last answer to the cookies with the fingerprint *mark*, and its time."""
        notes = self._read_notes()
        entry = notes.get(service)
        if not isinstance(entry, dict) or entry.get("of") != _seal(str(notes.get("key")), mark):
            return None
        outcome, time = entry.get("outcome"), entry.get("time")
        return (outcome, float(time)) if isinstance(outcome, str) and isinstance(time, int | float) else None

    def _read_notes(self) -> dict[str, Any]:
        try:
            notes = json.loads(self._notes.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return notes if isinstance(notes, dict) else {}


def _seal(key: str, mark: str) -> str:
    return hmac.digest(key.encode(), mark.encode(), hashlib.sha256).hex()[:32]


def _load(path: Path, found: os.stat_result, service: CookieService) -> tuple[Cookie, ...] | CookieError | None:
    if found.st_mode & 0o077 or found.st_uid not in (os.getuid(), 0):
        mode = stat.S_IMODE(found.st_mode)
        return CookieError(f"{service.name}: {path} can be read by others (mode {mode:04o}): type `chmod 600 {path}`")
    try:
        data = _read_yaml(path, service)
        entry = _entry(data, service, make=False) or data
        headers = entry.get(_HEADERS)
        text = headers.get(_COOKIE) if isinstance(headers, dict) else entry.get(_COOKIE)
        if text is None or (isinstance(text, str) and not text.strip()):
            return None
        if not isinstance(text, str):
            kind = type(text).__name__
            return CookieError(f"{service.name}: {path}: expected {_COOKIE} to be a text, got {kind}: put it in quotes")
        return date_cookies(parse_header(text, service), _read_dates(entry.get(_EXPIRIES), text))
    except CookieError as error:
        return error


def _read_dates(value: object, header: str) -> Mapping[str, float]:
    """Return the expiry times that were saved with *header*; none if the header was edited since."""
    dates = value.get("at") if isinstance(value, dict) and value.get("of") == _digest(header) else None
    if not isinstance(dates, dict):
        return {}
    return {str(name): float(when) for name, when in dates.items() if type(when) in (int, float)}


def _digest(header: str) -> str:
    return hashlib.sha256(header.encode()).hexdigest()[:16]


def _read_yaml(path: Path, service: CookieService) -> dict[str, Any]:
    """Return the mapping in *path*; raise CookieError for any other content."""
    try:
        if path.stat().st_size > MAX_TEXT:
            raise CookieError(f"{service.name}: {path} is larger than {MAX_TEXT} bytes: it holds more than cookies")
        data = yaml.safe_load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise CookieError(f"{service.name}: cannot read {path}: {error.strerror}: correct its mode") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        advice = f"set it anew with `scrapy cookies set {service.name}` after removing it"
        raise CookieError(f"{service.name}: {path}: expected YAML, got invalid YAML: {advice}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise CookieError(
            f"{service.name}: {path}: expected {_MANAGER} at the top, got {type(data).__name__}: remove it"
        )
    return data


def _entry(data: dict[str, Any], service: CookieService, *, make: bool) -> dict[str, Any] | None:
    """Return the file's entry of the platform, under any of its names; with *make*, create a missing one."""
    manager = data.get(_MANAGER)
    if isinstance(manager, dict):
        found = next((each for each in manager.values() if isinstance(each, dict)), None)
        if found is not None:
            return found
    if not make:
        return None
    name = service.domains[0].rpartition(".")[0]
    data[_MANAGER] = {**(manager if isinstance(manager, dict) else {}), name: {}}
    made: dict[str, Any] = data[_MANAGER][name]
    return made


def _save(path: Path, text: str, name: str) -> None:
    try:
        write_secret(path, text)
    except OSError as error:
        raise CookieError(f"{name}: cannot write {path}: {error.strerror}: correct the mode of its folder") from error
