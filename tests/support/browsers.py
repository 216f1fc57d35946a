"""A Chromium that runs on its own, as a person or a container starts one for BROWSER_CDP."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scraper.fetch.browser.launch import start_command
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions

_PATIENCE = 30
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class LoneBrowser:
    """Started with what a crawl would start it with; ready when the constructor returns."""

    def __init__(self, folder: Path, ca_file: str | None = None, port: int = 0) -> None:
        self._command = start_command(
            BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30),
            NetworkOptions(None, Path(ca_file) if ca_file else None),
            folder,
            port,
        )
        mark = folder / "DevToolsActivePort"
        quiet: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self._command, **quiet)
        if not port:
            self._wait(lambda: mark.exists() and "\n" in mark.read_text())
        self.port = port or int(mark.read_text().split("\n")[0])
        self._wait(self._answers)
        self.path = str(urlsplit(self._get("version")["webSocketDebuggerUrl"]).path)

    @property
    def url(self) -> str:
        """For BROWSER_CDP; it holds across a restart at the same port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        """For BROWSER_CDP; its path is a secret."""
        return f"ws://127.0.0.1:{self.port}{self.path}"

    def open(self, url: str) -> str:
        """Open *url* in the browser's own context; return the id of the page."""
        return str(self._get(f"new?{url}", "PUT")["id"])

    def pages(self) -> dict[str, str]:
        """Return the URL of each open page of any context, by id."""
        return {page["id"]: page["url"] for page in self._get("list") if page["type"] == "page"}

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(_PATIENCE)

    def _answers(self) -> bool:
        with suppress(OSError):
            return bool(self._get("version"))
        return False

    def _wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            assert self.process.poll() is None, "the browser did not start"
            assert time.monotonic() < end, "the browser opened no port"
            time.sleep(0.02)

    def _get(self, what: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.url}/json/{what}", method=method)
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return json.load(answer)
