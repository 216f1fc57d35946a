"""``scrapy payload``: read saved answers again, without any request."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import write_utf8
from scraper.envelopes.envelope import platform_of
from scraper.errors import ErrorCode, PayloadError, SeedError, UsageError
from scraper.model.record import to_json, to_record
from scraper.platform.contract import Platform
from scraper.platform.registry import load_platforms
from scraper.posts.answer import Answer, PostFragment
from scraper.runs.folder import ENVELOPES
from scraper.runs.replay import read_again
from scraper.runs.results import read_kept
from scraper.text.jsonline import dump_line

UNREADABLE = "unreadable"
"""Error code of a file that cannot be opened; it stands in no envelope."""


class Command(ProjectCommand):
    """Exit code 0: every file was read, with or without a post; 1: a file cannot be opened; 2: wrong use."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "<platform> <file> ... | <folder>"

    def short_desc(self) -> str:
        return "Print the posts in saved answers as JSON lines"

    def long_desc(self) -> str:
        return (
            "Read saved answers of a platform (pages or JSON) and print each post as its record, one line each. "
            "A list ends with a line that has its page; values of a post that the file does not describe "
            "(media, parts, chapters) give one line for each kind; any other file gives a line with the error. An "
            "output folder alone stands for all answers that its run kept. Example: scrapy payload tiktok page.html"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the files in *args*, after the platform's name, or those of an output folder."""
        try:
            files = self._find_files(args)
        except UsageError as error:
            print(f"scrapy payload: {error}", file=sys.stderr)
            self.exitcode = 2
            return
        for name, parse in files:
            for line in read_lines(name, parse):
                if line.get("error", {}).get("code") == UNREADABLE:
                    self.exitcode = 1
                if not write_utf8(f"{dump_line(line)}\n"):
                    return

    def _find_files(self, args: list[str]) -> Iterable[tuple[str, Callable[[str], Answer]]]:
        """Return each file with the function that reads it."""
        assert self.settings is not None
        platforms = load_platforms(self.settings)
        known = ", ".join(platforms)
        if len(args) == 1 and Path(args[0]).is_dir():
            folder = Path(args[0])
            if not (folder / ENVELOPES).is_file():
                raise UsageError(f"{folder}: no run has been here: give an output folder, or a platform and files")
            kept = ((platforms.get(platform_of(envelope)), path) for envelope, path in read_kept(folder))
            return ((str(path), self._reader(path, platform)) for platform, path in kept if platform is not None)
        if len(args) < 2:
            raise UsageError(f"expected a platform ({known}) and one or more files: scrapy payload tiktok page.html")
        if args[0] not in platforms:
            raise UsageError(f"{args[0]}: no such platform: expected one of {known}")
        return ((name, self._reader(Path(name), platforms[args[0]])) for name in args[1:])

    def _reader(self, path: Path, platform: Platform) -> Callable[[str], Answer]:
        """Return a function that reads the answer at *path*, with the further answers that a crawl kept beside it."""
        settings = self.settings
        assert settings is not None

        def parse(text: str) -> Answer:
            post = read_again(path, text, platform, settings)
            return platform.parse_answer(text) if post is None else Answer(posts=[post])

        return parse


def read_lines(name: str, parse: Callable[[str], Answer]) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects for one file."""
    try:
        text = _decode(Path(name).read_bytes())
    except (OSError, ValueError) as error:
        yield _error(name, UNREADABLE, None, getattr(error, "strerror", None) or str(error))
        return
    try:
        answer = parse(text)
    except SeedError as error:
        yield _error(name, error.code, error.raw_code, error.raw_message)
        return
    except PayloadError as error:
        yield _error(name, ErrorCode.PARSE_ERROR, None, str(error))
        return
    for post in answer.posts:
        yield to_record(post)
    if answer.fragment is not None:
        for kind in ("media", "parts", "chapters"):
            if getattr(answer.fragment, kind) is not None:
                yield _fragment(name, answer.fragment, kind)
    if answer.page is not None:
        yield {"file": name, "page": to_json(answer.page)}
    if answer.leads_to is not None:
        yield {"file": name, "leads_to": answer.leads_to}


def _fragment(name: str, fragment: PostFragment, kind: str) -> dict[str, Any]:
    """Return the JSON object for the values of one *kind* in *fragment*."""
    names = ("post_id", "part_id", kind, "restrictions", "warnings")
    return {"file": name, **{field: to_json(getattr(fragment, field)) for field in names}}


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _error(name: str, code: str, raw_code: str | None, message: str | None) -> dict[str, Any]:
    return {"file": name, "error": {"code": str(code), "raw_code": raw_code, "message": message}}
