"""``scrapy doctor``: find out whether this machine can crawl, and if not, why."""

import argparse
import sys
from collections.abc import Mapping, Sequence

from scraper.cli.project_command import ProjectCommand
from scraper.doctor.diagnosis import Check
from scraper.errors import UsageError
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.sessions.options import SessionOptions
from scraper.fetch.transport.options import TransportOptions
from scraper.media.libav.options import LibavOptions
from scraper.media.options import MediaOptions
from scraper.media.storage.options import StorageOptions
from scraper.platform.contract import Platform
from scraper.platform.registry import load_platforms

_GROUPS = (
    NetworkOptions,
    BrowserOptions,
    TransportOptions,
    MediaOptions,
    LibavOptions,
    StorageOptions,
    SessionOptions,
)
"""Settings that are checked before the first check of the machine."""


class Command(ProjectCommand):
    """Exit code 0: no check failed; 1: a check failed, see the report; 2: wrong use."""

    requires_project = True
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[platform] ..."

    def short_desc(self) -> str:
        return "Say whether this machine can crawl, and if not, why"

    def long_desc(self) -> str:
        return (
            "Look at browser, versions, clock, proxies, certificates, folders, disk, sessions and cookies; then take "
            "one post of each platform through every stage of a crawl and name the first that fails, with the culprit. "
            "The report holds no secret, so it is safe to publish. Example: scrapy doctor tiktok --json"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
        parser.add_argument("--offline", action="store_true", help="check this machine only; send no request")
        parser.add_argument(
            "--canary",
            action="append",
            default=[],
            metavar="PLATFORM=URL",
            help="post to fetch instead of the usual one",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Examine the platforms in *args*, or all."""
        # imported here, as Scrapy imports every command for each run, and these imports load the browser
        from scraper.doctor.report import is_well, order, print_report, to_json
        from scraper.doctor.spider import OFF, DoctorSpider

        assert self.settings is not None
        assert self.crawler_process is not None
        checks: list[Check] = []
        try:
            chosen = _choose(load_platforms(self.settings), args)
            links = _links(chosen, opts.canary)
            for group in _GROUPS:
                group.from_settings(self.settings)
        except UsageError as error:
            for line in str(error).splitlines():
                print(f"scrapy doctor: {line}", file=sys.stderr)
            self.exitcode = 2
            return
        self.settings.setdict(dict(OFF), priority="cmdline")
        crawler = self.crawler_process.create_crawler(DoctorSpider)
        self.crawler_process.crawl(crawler, chosen, links, checks.append, is_offline=opts.offline)
        self.crawler_process.start()
        checks = order(checks)
        if opts.json:
            print(to_json(checks))
        else:
            print_report(checks)
        self.exitcode = 0 if checks and is_well(checks) and not self.crawler_process.bootstrap_failed else 1


def _choose(known: Mapping[str, Platform], names: Sequence[str]) -> dict[str, Platform]:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"expected some of {', '.join(known)}, got {unknown[0][:40]!r}: name platforms, or none for all"
        )
    return {name: platform for name, platform in known.items() if not names or name in names}


def _links(chosen: Mapping[str, Platform], given: Sequence[str]) -> dict[str, str]:
    links = {name: platform.canary for name, platform in chosen.items()}
    for each in given:
        name, _, url = each.partition("=")
        if name not in links or not url:
            raise UsageError(f"--canary: expected PLATFORM=URL, got {each[:60]!r}: name one of {', '.join(links)}")
        links[name] = url
    return links
