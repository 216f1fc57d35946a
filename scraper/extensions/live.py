"""The progress display of a run: a live table on a terminal, else a log line now and then."""

import asyncio
import logging
import sys
import time

from rich.console import Console, Group
from rich.filesize import decimal
from rich.live import Live as RichLive
from rich.table import Table
from rich.text import Text
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.log import get_scrapy_root_handler

from scraper.runtime.progress import duration
from scraper.runtime.services import RuntimeServices
from scraper.text.redaction import printable

logger = logging.getLogger(__name__)

_REFRESH = 4
"""Refreshes a second."""
_FILES = 12
"""Most lines for files."""


class Live:
    """Shows the progress; replaces Scrapy's LogStats."""

    def __init__(self, crawler: Crawler) -> None:
        self._progress = RuntimeServices.of(crawler).progress
        self._interval = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        self._console = Console(stderr=True)
        self._live: RichLive | None = None
        self._task: asyncio.Task[None] | None = None
        self._has_log_file = bool(crawler.settings["LOG_FILE"])
        crawler.signals.connect(self._open, signals.spider_opened)
        crawler.signals.connect(self._close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Live":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _open(self) -> None:
        if self._console.is_terminal:
            self._live = RichLive(
                get_renderable=self._draw, console=self._console, refresh_per_second=_REFRESH, transient=True
            )
            self._live.start()
            self._move_log()
        elif self._interval > 0:
            self._task = asyncio.ensure_future(self._log())

    def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._live is not None:
            self._live.stop()
            self._move_log()

    def _move_log(self) -> None:
        """Print log lines above the table: point the handler to the current sys.stderr, which the table replaces."""
        handler = get_scrapy_root_handler()
        if not self._has_log_file and isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)

    async def _log(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            logger.info("%s", self._progress.line(time.monotonic()))

    def _draw(self) -> Group:
        now, progress = time.monotonic(), self._progress
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("ok", "failed", "open", "of", "seeds/s", "left"):
            table.add_column(name, justify="right")
        left = progress.left(now)
        table.add_row(
            Text(str(progress.ok), "green"),
            Text(str(progress.failed), "red" if progress.failed else ""),
            str(progress.open),
            "?" if progress.total is None else str(progress.total),
            f"{progress.rate(now):.1f}",
            "?" if left is None else duration(left),
        )
        files = list(progress.files.values())
        lines = [Text(f"  {decimal(f.done()):>9} of {_size(f.total):>9}  {printable(f.name)}") for f in files[:_FILES]]
        if len(files) > _FILES:
            lines.append(Text(f"  … {len(files) - _FILES} more files"))
        return Group(table, *lines)


def _size(total: int | None) -> str:
    return "?" if total is None else decimal(total)
