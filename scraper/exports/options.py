"""The settings of exports, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.values import read_bool


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is made of a run once it has ended."""

    tables: bool
    summary: bool
    """It is made of the answers that RAW keeps."""
    report: bool
    guard: bool
    """Whether a CSV cell that a spreadsheet would run is made a text."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "ExportOptions":
        """Read TABLES, SUMMARY, REPORT and CSV_GUARD; raise UsageError."""
        tables, summary, report, guard, raw = (
            read_bool(name, settings[name]) for name in ("TABLES", "SUMMARY", "REPORT", "CSV_GUARD", "RAW")
        )
        return cls(tables=tables, summary=summary and raw, report=report, guard=guard)
