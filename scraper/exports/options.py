"""The settings of exports, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.runs.options import RAW
from scraper.text.setting import switch

TABLES = switch("TABLES", True, "`0` writes no `posts.csv` and no `posts.db`")
SUMMARY = switch("SUMMARY", True, "`0` writes no summary; it is made of the answers that `RAW` keeps")
REPORT = switch("REPORT", True, "`0` writes no `report.html`")
CSV_GUARD = switch(
    "CSV_GUARD", True, "`0` leaves CSV cells that a spreadsheet would run as formulas byte for byte as they came"
)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The files that are made of a run at its end."""

    tables: bool
    summary: bool
    """It is made of the answers that RAW keeps."""
    report: bool
    guard: bool
    """Whether a CSV cell that a spreadsheet would run is made a text."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "ExportOptions":
        """Read TABLES, SUMMARY, REPORT and CSV_GUARD; raise UsageError."""
        rows = (TABLES, SUMMARY, REPORT, CSV_GUARD, RAW)
        tables, summary, report, guard, raw = (row.read(settings) for row in rows)
        return cls(tables=tables, summary=summary and raw, report=report, guard=guard)
