"""``scrapy cookies``: set, list, check and clear the cookies of the user's own accounts."""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import print_columns
from scraper.errors import UsageError
from scraper.fetch.sessions.accounts import open_store
from scraper.fetch.sessions.cookie_status import CookieStatus, describe
from scraper.fetch.sessions.cookie_text import (
    MAX_TEXT,
    Cookie,
    CookieError,
    has_login,
    parse_cookies,
    show_time,
    stale_reason,
)
from scraper.platform.accounts import CookieService
from scraper.platform.registry import load_platforms

_USAGE = "set SERVICE [FILE | -] | list [--json] | check [SERVICE] | clear SERVICE"


class Command(ProjectCommand):
    """Exit code 0: done; 1: ``check`` found cookies that cannot be used; 2: wrong use, or text without cookies."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return _USAGE

    def short_desc(self) -> str:
        return "Keep the cookies of your own accounts: set, list, check, clear"

    def long_desc(self) -> str:
        return (
            "Cookies are stored in COOKIES_DIR, one file for each service, readable only by you; a crawl reads them at "
            "every use. `set` takes a Cookie header, cookies.txt, Playwright's storage state or a browser extension's "
            "JSON, from a prompt, a file or standard input (-): scrapy cookies set tiktok_web cookies.txt. "
            "No value is ever printed. `check` reads the files and sends no request to a platform."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="list: print one JSON object for each service")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the action that *args* name."""
        assert self.settings is not None
        platforms = load_platforms(self.settings).values()
        self._services = {service.name: service for platform in platforms for service in platform.accounts}
        self._store = open_store(self.settings)
        try:
            self.exitcode = self._do(args, is_json=opts.json)
        except UsageError as error:
            print(f"scrapy cookies: {error}", file=sys.stderr)
            self.exitcode = 2
        except KeyboardInterrupt:
            self.exitcode = 130

    def _do(self, args: Sequence[str], *, is_json: bool) -> int:
        match args:
            case ["set", name]:
                return self._set(self._service(name), None)
            case ["set", name, source]:
                return self._set(self._service(name), source)
            case ["list"]:
                return self._list(is_json=is_json)
            case ["check", *names]:
                return self._check([self._service(name) for name in names] or list(self._services.values()))
            case ["clear", name]:
                was_there = self._store.clear(self._service(name))
                print(f"{name}: {'cleared' if was_there else 'there were no cookies'}")
                return 0
        raise UsageError(f"expected {_USAGE}, got {' '.join(args)[:60] or 'nothing'!r}: see scrapy cookies --help")

    def _service(self, name: str) -> CookieService:
        if name not in self._services:
            raise UsageError(f"expected one of {', '.join(self._services)}, got {name[:40]!r}: name a service")
        return self._services[name]

    def _set(self, service: CookieService, source: str | None) -> int:
        cookies = parse_cookies(_read(service, source), service, time.time())
        if (reason := stale_reason(cookies, service, time.time())) is not None:
            raise CookieError(f"{service.name}: {reason}: log in and export again")
        self._store.write(service, cookies)
        what = "is there" if has_login(cookies, service) else "is not: a guest's cookies, no login"
        kept = f"{len(cookies)} cookies kept in {self._store.path(service)}"
        print(f"{service.name}: {kept}; {service.marker} {what}{_until(cookies, service)}")
        return 0

    def _list(self, *, is_json: bool) -> int:
        found = [describe(self._store, service, time.time()) for service in self._services.values()]
        if is_json:
            for status in found:
                print(json.dumps(asdict(status), ensure_ascii=False))
        else:
            _print(found)
        return 0

    def _check(self, services: Sequence[CookieService]) -> int:
        problems = 0
        for service in services:
            status = describe(self._store, service, time.time())
            if status.login is None and status.problem is None:
                print(f"{service.name}: none")
            elif status.problem is None:
                print(f"{service.name}: {'a login' if status.login else 'no login'}, according to the file")
            else:
                problems += 1
                print(f"{service.name}: {status.problem}")
        print("no request was sent: `scrapy cookies list` shows whether the platform accepted them at their last use")
        return 1 if problems else 0


def _until(cookies: Sequence[Cookie], service: CookieService) -> str:
    dates = [each.expires for each in cookies if each.name == service.marker and each.expires > 0]
    return f" until {show_time(dates[0])}" if dates else ""


def _read(service: CookieService, source: str | None) -> str:
    """Return the cookies as text, from a prompt without echo, from standard input or from a file."""
    if source is None and sys.stdin.isatty():
        return getpass.getpass(f"Cookie header for {service.name} (it is not shown): ")
    try:
        if source in (None, "-"):
            data = sys.stdin.buffer.read(4 * MAX_TEXT)
        else:
            with Path(str(source)).open("rb") as file:
                data = file.read(4 * MAX_TEXT)
    except OSError as error:
        raise UsageError(
            f"{source}: {error.strerror}: give a file that can be read, or - for standard input"
        ) from error
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise UsageError(
            f"{source or 'standard input'}: expected text in UTF-8 or UTF-16, got other bytes: export again"
        ) from None


def _print(found: Sequence[CookieStatus]) -> None:
    rows = []
    for each in found:
        login = "-" if each.login is None else f"yes ({each.marker})" if each.login else "no"
        age = "-" if each.age is None else _span(each.age)
        rows.append((each.service, login, age, each.expires or "-", each.last or "-", each.problem or ""))
    print_columns(("service", "login", "age", "expires", "last outcome", "note"), rows)


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
