"""Base class of the commands that crawl a few links at once and print the results."""

import argparse
import asyncio
import sys
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.text import Text
from scrapy.crawler import Crawler

from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import tolerate_terminal
from scraper.crawl.preflight import check
from scraper.errors import UsageError
from scraper.platform.contract import Platform
from scraper.platform.modules import find_spider
from scraper.platform.registry import load_platforms, recogniser
from scraper.runs.run import Run
from scraper.runs.services import RunServices
from scraper.seeds.lines import split_text
from scraper.text.redaction import printable

STDIN = "-"
_MAX_TEXT = 1 << 20
_SPIDER = "hybrid"


class OneShotCommand(ProjectCommand):
    """Parses, checks, crawls with the spider of all platforms; a subclass chooses the links and prints the results."""

    name = ""
    """The command's name, for messages."""
    requires_project = True
    default_settings = {"LOG_ENABLED": False}

    def add_download_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of a command that keeps files."""
        parser.add_argument("-o", "--output-dir", metavar="DIR", help="the output folder (OUTPUT_DIR)")
        parser.add_argument("--watermark", metavar="without|with|both", help="the variant to download (WATERMARK)")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything before Scrapy starts anything."""
        super().process_options(args, opts)
        assert self.settings is not None
        try:
            unknown = next((arg for arg in args if arg.startswith("-") and arg != STDIN), None)
            if unknown is not None:
                raise UsageError(f"{unknown[:40]}: is no option: scrapy {self.name} --help lists them")
            for name, value in self.choose_settings(opts).items():
                if value is not None:
                    self.settings.set(name, value, priority="cmdline")
            self.settings.set("MONITORS", False, priority="cmdline")  # the results are on the screen
            self._spider = find_spider(self.settings, _SPIDER)
            self._arguments = self.choose_links(args)
            check(self.settings, self._arguments, None)
        except UsageError as error:
            for line in str(error).splitlines():
                self.warn(line)
            sys.exit(2)

    def choose_settings(self, opts: argparse.Namespace) -> Mapping[str, object]:
        """Return the settings that the options stand for, here those of downloads; None leaves a setting unchanged."""
        return {"OUTPUT_DIR": opts.output_dir, "WATERMARK": opts.watermark}

    def choose_links(self, args: Sequence[str]) -> dict[str, str]:
        """Return the spider's arguments, here one link's; raise UsageError."""
        assert self.settings is not None
        if len(args) != 1:
            raise UsageError(f"expected one link, got {len(args) or 'none'}: scrapy {self.name} LINK")
        return {"urls": _one_link(args[0], load_platforms(self.settings).values())}

    def listen(self, crawler: Crawler) -> None:
        """Connect to the signals of *crawler* that the command needs."""

    @abstractmethod
    def print_result(self, run: Run, opts: argparse.Namespace) -> int:
        """Print the results of the crawl, and return the exit code."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, then print the results."""
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(self._spider)
        self.listen(crawler)
        self.crawler_process.crawl(crawler, **self._arguments)
        self.crawler_process.start()
        recorder = RunServices.of(crawler).recorder
        asyncio.run(recorder.close("forced"))
        tolerate_terminal()
        if recorder.run.problem:
            self.warn(recorder.run.problem)
            self.exitcode = 2
        else:
            self.exitcode = self.print_result(recorder.run, opts)

    def warn(self, line: str) -> None:
        """Print a line for a person to standard error."""
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(Text.assemble((f"scrapy {self.name}: ", "bold"), printable(line)))


def _one_link(text: str, platforms: Iterable[Platform]) -> str:
    """Return the only link in *text*; ``-`` reads it from standard input. Raises UsageError."""
    if text == STDIN:
        text = sys.stdin.buffer.read(_MAX_TEXT).decode("utf-8", "replace")
    known = recogniser(platforms)
    found = [written for line in split_text(text) for written, _ in known.scan(line)]
    if len(found) != 1:
        advice = "give one link or share text" if not found else "use scrapy batch for several"
        raise UsageError(f"expected one link, got {len(found) or 'none'}: {advice}")
    return found[0]


def show(name: str, value: object, style: str = "") -> None:
    """Print one line to standard output, in colour on a terminal."""
    text = "-" if value is None else str(value)
    if sys.stdout.isatty():
        line = Text.assemble((f"{name:<12}", "dim"), " ", (printable(text), style))
        Console(highlight=False, soft_wrap=True).print(line)
    else:
        print(f"{name:<12} {printable(text)}")
