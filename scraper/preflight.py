"""What must be right before a crawl starts; each fault is one line that says what to do."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from scraper.browser.locate import find_browser
from scraper.core.arguments import check_all, check_arguments, read_bool, read_int
from scraper.core.errors import UsageError
from scraper.core.variants import Policy
from scraper.options import BrowserOptions, MediaOptions, NetworkOptions
from scraper.platform import Platform
from scraper.seedlist import open_seeds

_CONNECT_TIMEOUT = 5


def check(settings: BaseSettings, arguments: Mapping[str, str], platform: Platform | None) -> None:
    """Raise UsageError with a line for everything that would stop the crawl or spoil it."""
    extra = {name: value for name, value in arguments.items() if name not in ("urls", "seeds", "_job")}
    check_all(
        (
            lambda: check_arguments(arguments.get("urls"), arguments.get("seeds"), extra),
            lambda: _check_seeds(arguments.get("seeds")),
            lambda: Policy(media=settings["MEDIA"], watermark=settings["WATERMARK"], content=settings["CONTENT"]),
            lambda: read_int("OPEN_SEEDS", settings["OPEN_SEEDS"], 1),
            lambda: read_bool("POLITE", settings["POLITE"]),
            lambda: _check_folder(Path(settings["OUTPUT_DIR"]), MediaOptions.from_settings(settings).min_free),
            lambda: _check_network(NetworkOptions.from_settings(settings)),
            lambda: _check_browser(BrowserOptions.from_settings(settings), platform),
        )
    )


def _check_seeds(name: str | None) -> None:
    if name is not None and name not in ("-", ""):
        open_seeds(name).close()


def _check_folder(folder: Path, min_free: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"OUTPUT_DIR: cannot make {folder}: {error.strerror}: give another folder") from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"OUTPUT_DIR: {folder} cannot be written to: give another folder")
    free = shutil.disk_usage(folder).free
    if free < min_free:
        raise UsageError(
            f"OUTPUT_DIR: {free // 1024**2} MiB free on the disk of {folder}, MIN_FREE wants {min_free // 1024**2}: "
            "free some space or set MIN_FREE lower"
        )


def _check_network(network: NetworkOptions) -> None:
    if network.proxy is None:
        return
    parts = urlsplit(network.proxy)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), _CONNECT_TIMEOUT).close()
    except OSError as error:
        raise UsageError(
            f"PROXY: {network.proxy_name} does not answer ({error.strerror or error}): start it, or leave PROXY out"
        ) from error


def _check_browser(options: BrowserOptions, platform: Platform | None) -> None:
    if options.executable is not None or (platform is not None and platform.session is not None):
        find_browser(options.executable)
