"""The counts of a run: stats, progress, one log line a seed, and the rows of the table at its end."""

import logging
import time

from scrapy.statscollectors import StatsCollector

from scraper.runs.seed_row import ResultRow
from scraper.runtime.progress import Progress

logger = logging.getLogger(__name__)

MAX_ROWS = 1000


class Tally:
    """Counts and shows the seeds that the Recorder reports."""

    def __init__(self, stats: StatsCollector, progress: Progress) -> None:
        self._stats = stats
        self._progress = progress
        self._rows: list[ResultRow] = []
        """Rows of the first seeds of this process."""
        self._failures: list[ResultRow] = []
        """Rows of failed seeds after those in *_rows*."""

    @property
    def rows(self) -> list[ResultRow]:
        """The rows of the table: of the first seeds of this process, then of later failures."""
        return [*self._rows, *self._failures]

    def begin(self, ok: int, failed: int) -> None:
        """Set the numbers of seeds that ended before this process."""
        self._progress.ok, self._progress.failed = ok, failed

    def add(self, row: ResultRow) -> None:
        """Count and log a seed whose envelope is written, and keep its *row* for the table."""
        logger.info("seed %s: %s, %d files, %d bytes, %.1f s", row.seed, row.result, row.files, row.bytes, row.seconds)
        self._stats.inc_value("seeds/finished")
        self._stats.inc_value(f"seeds/result/{row.result.partition(' ')[0].rstrip(',')}")
        self._progress.finish(is_ok=row.code == 200, now=time.monotonic())
        if len(self._rows) < MAX_ROWS:
            self._rows.append(row)
        elif row.code != 200 and len(self._failures) < MAX_ROWS:
            self._failures.append(row)

    def lose(self, seed_id: str) -> None:
        """Count and log a seed whose envelope does not belong here."""
        logger.warning("seed %s: another worker has taken it over, or it has its envelope", seed_id)
        self._stats.inc_value("seeds/taken_over")
