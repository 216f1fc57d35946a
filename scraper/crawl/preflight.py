"""The checks before a crawl starts; each problem is one line with advice."""

import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, default_settings

from scraper.envelopes.shape import load_shape
from scraper.errors import BrowserMissingError, UsageError
from scraper.fetch.browser.cdp import examine
from scraper.fetch.browser.install import start_problem
from scraper.fetch.browser.launch import needed_arguments, spki_hashes
from scraper.fetch.browser.locate import find_browser
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.network.proxy_urls import ProxyUrl
from scraper.fetch.sessions.options import COOKIES_DIR
from scraper.ledger.access import peek
from scraper.ledger.interface import RunState
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import check_server
from scraper.links.recogniser import Recogniser
from scraper.media.storage.local import LocalStorage
from scraper.media.storage.options import OUTPUT_DIR, StorageOptions
from scraper.monitoring.alert import GIVEN
from scraper.monitoring.options import MonitorOptions
from scraper.options.catalogue import SETTINGS
from scraper.options.config_file import CONFIG, PREFIX
from scraper.platform.contract import Platform
from scraper.platform.registry import load_platforms, recogniser
from scraper.platform.session_rules import SessionRules
from scraper.runs.folder import LEDGER as LEDGER_FILE
from scraper.runs.options import ENVELOPE, LEDGER, RETRY
from scraper.seeds.arguments import ARGUMENTS, SCRAPYD, check_arguments
from scraper.seeds.lists import check_seeds, is_url, locate_list, source_of
from scraper.settings import defaults
from scraper.system.lock import take_lock
from scraper.text.values import check_all, read_bool, read_int

logger = logging.getLogger(__name__)

_CONNECT_TIMEOUT = 5
_CHECKS = 32
"""Number of proxies to try at the same time."""
_SHOWN = 5


def check(settings: BaseSettings, arguments: Mapping[str, str], platform: type[Platform] | None) -> None:
    """Raise UsageError with a line for each problem that would stop the crawl or spoil its results."""
    urls, seeds, column, shard = (arguments.get(name) for name in ARGUMENTS)
    extra = {name: value for name, value in arguments.items() if name not in ARGUMENTS}
    known = load_platforms(settings).values()
    links = recogniser(known, only=None if platform is None else platform.name)
    find_run = cache(partial(_read_run, settings))
    check_all(
        (
            lambda: check_arguments(
                urls, seeds, extra, column=column, shard=shard, may_join=_has_open_run(settings, find_run())
            ),
            lambda: _check_list(arguments, links),
            lambda: check_values(settings),
            lambda: _check_ledger(settings, find_run(), partial(source_of, urls, seeds, column, shard)),
            lambda: check_server(parse_address(ledger)) if (ledger := LEDGER.read(settings)) else None,
            lambda: _check_alert(MonitorOptions.from_settings(settings)),
            lambda: _check_names(settings),
            lambda: _check_folder(OUTPUT_DIR.read(settings), StorageOptions.from_settings(settings).min_free),
            lambda: LocalStorage(OUTPUT_DIR.read(settings), StorageOptions.from_settings(settings)).check(),
            lambda: _check_cookies(COOKIES_DIR.read(settings)),
            lambda: _check_network(NetworkOptions.from_settings(settings)),
            lambda: _check_browser(
                BrowserOptions.from_settings(settings), NetworkOptions.from_settings(settings), platform
            ),
        )
    )


def check_values(settings: BaseSettings) -> None:
    """Raise UsageError with a line for each setting that would be wrong on any machine."""
    check_all(
        (
            *(partial(row.read, settings) for row in SETTINGS.values()),
            lambda: load_shape(ENVELOPE.read(settings), settings.getdict("ENVELOPE_SHAPES")),
            lambda: parse_address(ledger) if (ledger := LEDGER.read(settings)) else None,
            lambda: _check_numbers(settings),
            lambda: MonitorOptions.from_settings(settings),
            lambda: StorageOptions.from_settings(settings),
            lambda: BrowserOptions.from_settings(settings),
        )
    )


def find_faults(settings: BaseSettings, given: Mapping[str, str]) -> list[str]:
    """Return a line for each value in *given* that is wrong; all other values come from *settings*."""

    def look(changed: Mapping[str, str]) -> list[str]:
        merged = settings.copy()
        merged.update(dict(changed), priority="cmdline")
        try:
            check_values(merged)
        except UsageError as error:
            return str(error).splitlines()
        except (ValueError, ImportError) as error:  # what Scrapy reads is JSON, or names a module
            return [f"{', '.join(changed)}: expected values that can be read: {error}"]
        return []

    before = look({})
    return [line for line in look(given) if line not in before]


def _check_list(arguments: Mapping[str, str], links: Recogniser) -> None:
    """Raise UsageError for a list that cannot be read; a job runs in Scrapyd's folder, without standard input."""
    seeds = arguments.get("seeds")
    if seeds and SCRAPYD[0] in arguments and not is_url(seeds) and not Path(locate_list(seeds)).is_absolute():
        raise UsageError(f"seeds: expected a whole path on the host of Scrapyd, got {seeds}: write seeds=/…/links.txt")
    check_seeds(seeds or "-", links, arguments.get("column"))


def _check_ledger(settings: BaseSettings, run: RunState | None, find_source: Callable[[], str]) -> None:
    """Raise UsageError if RETRY does not fit the earlier *run*; *find_source* reads the whole list."""
    if not RETRY.read(settings) or LEDGER.read(settings):
        return
    if run is None:
        raise UsageError(f"RETRY: no run has been in {OUTPUT_DIR.read(settings)}: leave RETRY out")
    if run.source != find_source():
        raise UsageError("RETRY: the last run here was of another list: give the same one, or leave RETRY out")


def _has_open_run(settings: BaseSettings, run: RunState | None) -> bool:
    """Whether a crawl without a list has a run to continue."""
    return bool(LEDGER.read(settings)) or (run is not None and run.started is not None and not run.is_finished)


def _read_run(settings: BaseSettings) -> RunState | None:
    """Return the state of the run in OUTPUT_DIR, or None if it holds no ledger; raise UsageError."""
    path = OUTPUT_DIR.read(settings) / LEDGER_FILE
    if not path.exists():
        return None
    with take_lock(path.parent):
        return peek(path)


def _check_names(settings: BaseSettings) -> None:
    """Raise UsageError for each given setting that does not exist, if its name resembles one of this project."""
    known = {*GIVEN, CONFIG}
    given = {name: f"-s {name}" for name in settings if settings.getpriority(name) == SETTINGS_PRIORITIES["cmdline"]}
    given |= {name[len(PREFIX) :]: name for name in os.environ if name.startswith(PREFIX) and name not in known}
    problems = []
    for name, shown in given.items():
        near = get_close_matches(name, defaults, n=1, cutoff=0.75)
        if name not in defaults and not hasattr(default_settings, name) and (near or shown.startswith(PREFIX)):
            advice = f"did you mean {near[0]}?" if near else "leave it out"
            problems.append(f"{shown}: is no setting: {advice}")
    if problems:
        raise UsageError("\n".join(problems))


def _check_numbers(settings: BaseSettings) -> None:
    """Raise UsageError for each of Scrapy's own numbers and switches in settings.py that now is something else."""
    check_all(
        partial(read_bool if isinstance(default, bool) else read_int, name, settings.get(name))
        for name, default in defaults.items()
        if isinstance(default, int) and name not in SETTINGS and settings.get(name) is not default
    )


def _check_folder(folder: Path, min_free: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"OUTPUT_DIR: cannot make {folder}: {error.strerror}: give another folder") from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"OUTPUT_DIR: {folder} cannot be written to: give another folder")
    take_lock(folder).close()
    free = shutil.disk_usage(folder).free
    if free < min_free:
        raise UsageError(
            f"OUTPUT_DIR: {free // 1024**2} MiB free on the disk of {folder}, MIN_FREE wants {min_free // 1024**2}: "
            "free some space or set MIN_FREE lower"
        )


def _check_alert(options: MonitorOptions) -> None:
    if options.is_on and options.command and shutil.which(options.command[0]) is None:
        problem = f"ALERT_COMMAND: no such program: {options.command[0][:60]!a}"
        raise UsageError(f"{problem}: give a name on PATH, or the whole path of a file that may be run")


def _check_cookies(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"COOKIES_DIR: expected a folder, got {folder}: write COOKIES_DIR=config")


def _check_network(network: NetworkOptions) -> None:
    if network.ca_file is not None:
        spki_hashes(network.ca_file)
    if not network.proxies:
        return
    with ThreadPoolExecutor(_CHECKS) as pool:
        problems = list(pool.map(_proxy_problem, network.proxies))
    dead = [f"{proxy.name} ({why})" for proxy, why in zip(network.proxies, problems, strict=True) if why]
    if len(dead) == len(network.proxies):
        setting = "PROXIES_FILE" if network.listed else "PROXY"
        verb = "does not answer" if len(dead) == 1 else "do not answer, not one of them"
        raise UsageError(f"{setting}: {', '.join(dead[:_SHOWN])} {verb}: start it, or leave {setting} out")
    if dead:
        logger.warning("PROXIES_FILE: %d of %d do not answer: %s", len(dead), len(problems), ", ".join(dead[:_SHOWN]))


def _proxy_problem(proxy: ProxyUrl) -> str | None:
    """Return the error of a connection to *proxy*, or None if it accepts one."""
    parts = urlsplit(proxy.url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), _CONNECT_TIMEOUT).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _check_browser(options: BrowserOptions, network: NetworkOptions, platform: type[Platform] | None) -> None:
    is_needed = platform is None or isinstance(platform.session, SessionRules)
    if options.cdp is not None:
        if is_needed:
            examine(options.cdp, needed_arguments(network))
    elif options.executable is not None or is_needed:
        found = find_browser(options.executable)
        # only a browser named by a person is started here: the crawl starts one in a moment anyway
        problem = start_problem(found.path) if found.source == "setting" else None
        if not options.headless and sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
            raise UsageError("BROWSER_HEADLESS: 0 needs a screen, and there is none: leave it out, or use xvfb-run")
        if problem is not None:
            advice = "type `make browser`, or set BROWSER_EXECUTABLE"
            raise BrowserMissingError(f"{found.path} does not start ({problem}): {advice}")
