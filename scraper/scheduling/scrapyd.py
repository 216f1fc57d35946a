"""The part of Scrapyd's HTTP API that schedules need: list the jobs, and start one."""

import base64
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from scraper.errors import ScraperError, UsageError
from scraper.scheduling.due import name_of
from scraper.text.redaction import printable

_TIMEOUT = 30.0
"""Seconds to wait for an answer: for the first job of a new version, Scrapyd lists its spiders before it answers."""
_LARGEST = 1 << 24
_SHOWN = 200
_USER, _PASSWORD = "SCRAPYD_USERNAME", "SCRAPYD_PASSWORD"
_STATES = ("pending", "running", "finished")


class ScrapydError(ScraperError):
    """Scrapyd did not answer as expected; the message is one line with advice."""


class RefusedError(ScrapydError):
    """Scrapyd answered, and refused this one request."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The jobs that Scrapyd lists: all that are pending or running, and the last that ended."""

    active: Mapping[str, tuple[str, str]]
    """By entry name: the id of its current job, and ``pending`` or ``running``."""
    known: frozenset[str]
    """The ids of all jobs."""


@dataclass(frozen=True, slots=True)
class Scrapyd:
    """One Scrapyd and the project in it; requests go to it directly, without any proxy of the environment."""

    url: str
    project: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    timeout: float = _TIMEOUT

    def status(self) -> None:
        """Raise ScrapydError unless Scrapyd answers."""
        self._ask("daemonstatus.json")

    def spiders(self) -> list[str]:
        """Return the spiders of the deployed version; raise ScrapydError."""
        return [str(name) for name in self._list(self._ask("listspiders.json", self._project), "spiders")]

    def jobs(self) -> Jobs:
        """Return the jobs; raise ScrapydError."""
        answer = self._ask("listjobs.json", self._project)
        active: dict[str, tuple[str, str]] = {}
        known = set()
        for state in _STATES:
            for job in self._list(answer, state):
                name = str(job.get("id", "")) if isinstance(job, dict) else ""
                known.add(name)
                if state != "finished" and (entry := name_of(name)) is not None:
                    active[entry] = (name, state)
        return Jobs(active, frozenset(known))

    def start(self, spider: str, job: str, arguments: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Start *spider* as *job*; raise ScrapydError. Scrapyd accepts the same job twice: check jobs() first."""
        given = [*self._project, ("spider", spider), ("jobid", job), *arguments.items()]
        given += [("setting", f"{name}={value}") for name, value in settings.items()]
        self._ask("schedule.json", body=given)

    @property
    def _project(self) -> list[tuple[str, str]]:
        return [("project", self.project)]

    def _ask(
        self, name: str, query: list[tuple[str, str]] | None = None, body: list[tuple[str, str]] | None = None
    ) -> dict[str, Any]:
        status, data = self._exchange(f"{name}?{urlencode(query)}" if query else name, body)
        if status == 401:
            verb = "correct" if self.credentials is not None else "set"
            advice = f"{verb} {_USER} and {_PASSWORD}, or ~/.netrc"
            raise ScrapydError(f"Scrapyd at {self.url} wants another user and password: {advice}")
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if status != 200 or not isinstance(answer, dict) or "status" not in answer:
            raise ScrapydError(f"{self.url} answers {status} and not as Scrapyd does: correct url under [scrapyd]")
        if answer["status"] != "ok":
            raise RefusedError(f"Scrapyd: {self._words(answer)}")
        return answer

    def _exchange(self, path: str, body: list[tuple[str, str]] | None) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = connect(parts.hostname or "", parts.port, timeout=self.timeout)
        headers = {"Accept": "application/json"}
        if self.credentials is not None:
            token = base64.b64encode(":".join(self.credentials).encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            target = f"{parts.path.rstrip('/')}/{path}"
            form = urlencode(body) if body is not None else None
            connection.request("GET" if form is None else "POST", target, form, headers)
            response = connection.getresponse()
            return response.status, response.read(_LARGEST)
        except (OSError, HTTPException) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
            problem = f"Scrapyd at {self.url} does not answer ({printable(why)[:_SHOWN]})"
            raise ScrapydError(f"{problem}: start it, or correct url under [scrapyd]") from error
        finally:
            connection.close()

    def _list(self, answer: Mapping[str, Any], key: str) -> list[Any]:
        value = answer.get(key)
        if not isinstance(value, list):
            raise ScrapydError(f"{self.url} answers without {key!r}: expected Scrapyd 1.6 or newer")
        return value

    def _words(self, answer: Mapping[str, Any]) -> str:
        """Return Scrapyd's message on one line, with advice where the cause is known."""
        lines = _lines(str(answer.get("message", "")))
        words = (lines[0] if len(lines) == 1 else f"{lines[0]} … {lines[-1]}") if lines else "no reason given"
        return f"{words[:_SHOWN]}{': deploy it (scrapyd-deploy), or correct its name' if 'not found' in words else ''}"


def read_credentials(url: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """
    Return user and password for *url*, from Scrapyd's variables in the environment, else from ~/.netrc.

    None without either; raise UsageError for one without the other, or a file that others can read.
    """
    user, password = environ.get(_USER, ""), environ.get(_PASSWORD, "")
    if bool(user) != bool(password):
        raise UsageError(f"{_USER} and {_PASSWORD}: expected both, got one: set the other, or neither")
    if user:
        return user, password
    path = Path(environ.get("NETRC") or Path(environ.get("HOME") or "/nonexistent") / ".netrc")
    try:
        if not path.is_file():
            return None
        found = netrc(path).hosts.get(urlsplit(url).hostname or "")
        if found is None:
            return None
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise UsageError(f"{path}: others can read it: type chmod 600 {path}")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}: correct it, or set {_USER} and {_PASSWORD}") from error
    except (NetrcParseError, UnicodeDecodeError):
        advice = f"correct it, or set {_USER} and {_PASSWORD}"
        raise UsageError(f"{path}: cannot be read as a netrc file: {advice}") from None
    return found[0], found[2]


def _lines(text: str) -> list[str]:
    """Return the lines of *text* that are not blank."""
    return [printable(line.strip()) for line in text.splitlines() if line.strip()]
