"""``scrapy report``: write the report of a run again."""

import argparse
import sys

from scraper.cli.project_command import ProjectCommand, choose_folder
from scraper.errors import UsageError
from scraper.exports.export import REPORT, write_report
from scraper.runs.folder import ENVELOPES


class Command(ProjectCommand):
    """Exit code 0: report.html is written; 2: wrong use, or it cannot be written."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[folder]"

    def short_desc(self) -> str:
        return "Write report.html for the run in an output folder"

    def long_desc(self) -> str:
        return (
            "Make report.html of the envelopes and records in an output folder, or in one of its runs/, as a crawl "
            "does at its end; without a folder in OUTPUT_DIR. Example: scrapy report out/demo"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Write the report of the folder in *args*."""
        assert self.settings is not None
        try:
            if len(args) > 1:
                raise UsageError(f"expected one folder, got {len(args)}: scrapy report out")
            folder = choose_folder(self.settings, args[0] if args else None)
            if not (folder / ENVELOPES).is_file():
                raise UsageError(f"{folder}: no run has been here: give the folder that holds {ENVELOPES}")
            write_report(folder)
        except (UsageError, OSError) as error:
            print(f"scrapy report: {error}", file=sys.stderr)
            self.exitcode = 2
            return
        print(folder / REPORT)
