"""The checks that need no network: versions, browser, folders, disk, sessions, cookies."""

import os
import shutil
import stat
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from scrapy.settings import BaseSettings

from scraper.doctor.diagnosis import Check, CheckStatus, Culprit, advise, blame
from scraper.errors import UsageError
from scraper.fetch.browser.cdp import examine as examine_remote
from scraper.fetch.browser.launch import needed_arguments
from scraper.fetch.browser.locate import find_browser
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.browser.probe import start_browser, try_browser
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.sessions.accounts import NOTES, open_store
from scraper.fetch.sessions.cookie_status import describe
from scraper.fetch.sessions.files import is_private, read_session
from scraper.fetch.sessions.options import COOKIES_DIR, SESSION_DIR
from scraper.media.storage.options import OUTPUT_DIR, StorageOptions
from scraper.platform.contract import Platform

_WANTED = {"scrapy": "2.19.", "scrapy-playwright": "0.0.48"}
"""Versions whose private interfaces this code uses."""
_SHOWN = ("scrapy", "scrapy-playwright", "playwright", "aiohttp", "av")


async def examine(settings: BaseSettings, platforms: Mapping[str, Platform]) -> AsyncIterator[Check]:
    """Yield a check for each thing on this machine that a crawl needs."""
    yield _versions()
    yield await timed(_browser, settings)
    for step in (_folders, _disk, _sessions, _cookies):
        for check in step(settings, platforms):
            yield check
    yield Check(name="robots.txt", says="not asked for: each link is one that a person gave (ROBOTSTXT_OBEY=False)")


async def timed(step: Callable[[BaseSettings], Awaitable[Check]], settings: BaseSettings) -> Check:
    """Return the check of *step* with its duration."""
    began = time.monotonic()
    check = await step(settings)
    check.seconds = time.monotonic() - began
    return check


def _versions() -> Check:
    found = {name: _version(name) for name in _SHOWN}
    shown = ", ".join(f"{name} {number}" for name, number in found.items())
    says = f"Python {sys.version.split()[0]}, {shown}"
    wrong = [name for name, wanted in _WANTED.items() if not found[name].startswith(wanted)]
    if not wrong and sys.version_info >= (3, 11):
        return Check(name="versions", says=says)
    advice = "install what requirements.txt locks: make setup"
    return Check(name="versions", says=says, status=CheckStatus.FAIL, culprit=Culprit.SETTING, advice=advice)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


async def _browser(settings: BaseSettings) -> Check:
    try:
        options, network = BrowserOptions.from_settings(settings), NetworkOptions.from_settings(settings)
        if options.cdp is not None:
            examine_remote(options.cdp, needed_arguments(network))
            number = await try_browser(options.cdp)
            return Check(name="browser", says=f"Chromium {number} answers (BROWSER_CDP: {options.cdp.name})")
        found = find_browser(options.executable)
        number = await start_browser(options, network)
    except UsageError as error:
        culprit = blame(error)
        return Check(name="browser", says=str(error), status=CheckStatus.FAIL, culprit=culprit, advice=advise(culprit))
    return Check(name="browser", says=f"Chromium {number} starts ({found.source}: {found.path})")


def _folders(settings: BaseSettings, _: Mapping[str, Platform]) -> Iterator[Check]:
    for row in (OUTPUT_DIR, SESSION_DIR, COOKIES_DIR):
        name, folder = row.name, row.read(settings)
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            what = "is no folder" if not there.is_dir() else "cannot be written to"
            yield _fail(name, f"{there} {what}", f"give another folder: -s {name}=FOLDER")
        elif name == "SESSION_DIR" and there == folder and folder.stat().st_mode & 0o022:
            yield _fail(name, f"{folder} can be written to by others", f"type `chmod 700 {folder}`")
        else:
            yield Check(name=name, says=f"{folder} {'is there' if there == folder else 'will be made'}")


def _disk(settings: BaseSettings, _: Mapping[str, Platform]) -> Iterator[Check]:
    least = StorageOptions.from_settings(settings).min_free
    folder = OUTPUT_DIR.read(settings).absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    says = f"{free // 1024**2} MiB free, MIN_FREE wants {least // 1024**2}"
    if free < least:
        yield _fail("disk", says, "free some space, or set MIN_FREE lower")
    else:
        yield Check(name="disk", says=says)


def _sessions(settings: BaseSettings, platforms: Mapping[str, Platform]) -> Iterator[Check]:
    folder = SESSION_DIR.read(settings)
    now = time.time()
    files = sorted(path for path in folder.glob("*.json") if path.name != NOTES) if folder.is_dir() else []
    for path in files:
        if not is_private(path):
            mode = stat.S_IMODE(path.stat().st_mode)
            advice = f"type `chmod 600 {path}`, or delete it"
            yield _fail("sessions", f"{path.name} can be read by others (mode {mode:04o}), so it is not used", advice)
    for name, platform in platforms.items():
        rules = platform.session
        found = [read_session(path) for path in files if path.name.startswith(f"{name}-") and is_private(path)]
        known = [session for session in found if session is not None and session.platform == name]
        if not known or rules is None:
            yield Check(name="sessions", platform=name, says="none on disk: the first request that needs one makes it")
            continue
        ages = [
            f"{(now - each.born) / 3600:.1f} h old{', stale' if each.is_stale(rules, now) else ''}" for each in known
        ]
        parts = [f"{each.state}, {age}" for each, age in zip(known, ages, strict=True)]
        yield Check(name="sessions", platform=name, says=f"{len(known)} on disk: {'; '.join(parts)}")


def _cookies(settings: BaseSettings, platforms: Mapping[str, Platform]) -> Iterator[Check]:
    store, now = open_store(settings), time.time()
    for name, platform in platforms.items():
        for service in platform.accounts:
            status = describe(store, service, now)
            if status.problem is not None:
                advice = f"set others with `scrapy cookies set {service.name}`"
                says = f"{service.name}: {status.problem}"
                yield Check(
                    name="cookies",
                    platform=name,
                    says=says,
                    status=CheckStatus.WARN,
                    culprit=Culprit.COOKIE,
                    advice=advice,
                )
            elif status.login is not None:
                until = f" until {status.expires}" if status.expires else ""
                last = f", last {status.last}" if status.last else ""
                login = "a login" if status.login else "no login"
                yield Check(name="cookies", platform=name, says=f"{service.name}: {login}{until}{last}")


def _fail(name: str, says: str, advice: str) -> Check:
    return Check(name=name, says=says, status=CheckStatus.FAIL, culprit=Culprit.SETTING, advice=advice)
