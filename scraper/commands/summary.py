"""``scrapy summary``: tables of TikTok and Douyin posts from saved answers, also those of other programs."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from scraper.cli.project_command import ProjectCommand
from scraper.errors import UsageError
from scraper.exports.export import read_summary
from scraper.exports.options import CSV_GUARD
from scraper.exports.summary_answers import Row, find_files, read_file
from scraper.exports.summary_files import CSV, JSON, Summary
from scraper.platform.registry import load_platforms
from scraper.runs.folder import ENVELOPES, RAW
from scraper.text.values import read_path


class Command(ProjectCommand):
    """Exit code 0: both files are written; 2: wrong use, or there is no answer to read."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[--out-dir DIR] <folder or file>"

    def short_desc(self) -> str:
        return "Write summary.csv and summary.json from saved answers"

    def long_desc(self) -> str:
        return (
            "Make summary.csv and summary.json of saved answers about TikTok and Douyin posts: of an output folder, of "
            "a folder of files as TikHub's API answers them, or of one file. A file that cannot be read is a row with "
            "parse_ok false and the reason. Example: scrapy summary out --out-dir tables"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--out-dir", metavar="DIR", help="the folder to write to; default: beside the answers")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Summarise the folder or file that *args* name."""
        try:
            if len(args) != 1:
                raise UsageError(f"expected a folder or a file, got {len(args) or 'none'}: scrapy summary out")
            summary, target = self._write(Path(args[0]), opts.out_dir)
        except (UsageError, OSError) as error:
            print(f"scrapy summary: {error}", file=sys.stderr)
            self.exitcode = 2
            return
        broken = f", {summary.failed} of them could not be read (parse_ok false)" if summary.failed else ""
        print(f"{summary.count} answers{broken}: {target / CSV}, {target / JSON}")

    def _write(self, source: Path, out_dir: str | None) -> tuple[Summary, Path]:
        assert self.settings is not None
        if not source.exists():
            raise UsageError(f"{source}: no such folder or file: give a folder or file of saved answers")
        beside = source if source.is_dir() else source.parent
        target = beside if out_dir is None else read_path("--out-dir", out_dir)
        target.mkdir(parents=True, exist_ok=True)
        with Summary(target, str(source), guard=CSV_GUARD.read(self.settings)) as summary:
            for row in self._read(source):
                summary.add(row)
        if not summary.count:
            raise UsageError(f"{source}: no saved answer of TikTok or Douyin is in it: give the folder of raw_….json")
        return summary, target

    def _read(self, source: Path) -> Iterator[Row]:
        assert self.settings is not None
        platforms = [each for each in load_platforms(self.settings).values() if each.has_aweme]
        folder = source.parent if source.name == RAW else source
        if (folder / ENVELOPES).is_file():
            yield from read_summary(folder, platforms)
        else:
            for path in find_files(source):
                yield read_file(path, platforms)
