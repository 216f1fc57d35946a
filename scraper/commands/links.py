"""``scrapy links``: recognise the links in texts, without any request."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from scraper.cli.project_command import ProjectCommand
from scraper.cli.terminal import write_utf8
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from scraper.platform.registry import load_platforms, recogniser
from scraper.seeds.lines import split_text
from scraper.text.jsonline import dump_line
from scraper.text.unicode import clean_text

STDIN = "-"
_CHUNK = 1 << 18


class Command(ProjectCommand):
    """Exit code 0: every line was read, with or without a link; 2: wrong use."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "<text> ... | -"

    def short_desc(self) -> str:
        return "Recognise the links in texts; print JSON lines"

    def long_desc(self) -> str:
        return (
            "Find the links in each line of the texts, or of standard input (-), and print one JSON line for each: "
            "the refs in it, and the links that are not refs, with the reason. No request is sent. "
            "Example: scrapy links - < links.txt"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the texts in *args*."""
        if not args:
            print('scrapy links: expected texts, or - for standard input: scrapy links "LINK"', file=sys.stderr)
            self.exitcode = 2
            return
        assert self.settings is not None
        known = recogniser(load_platforms(self.settings).values())
        try:
            for text in args:
                for lines in _read_stdin() if text == STDIN else [_split(text)]:
                    if not write_utf8("".join([dump_line(read_line(line, known)) + "\n" for line in lines])):
                        return
        except KeyboardInterrupt:
            self.exitcode = 130


def read_line(text: str, known: Recogniser) -> dict[str, Any]:
    """Return the JSON object for one line of text."""
    refs, rejected = [], []
    for _, found in known.scan(text):
        if isinstance(found, Ref):
            refs.append(
                {"platform": found.platform, "kind": found.kind, "id": found.id, "url": found.url, "part": found.part}
            )
        else:
            rejected.append({"url": found.url, "reason": found.reason.value})
    return {"input": text, "refs": refs, "rejected": rejected}


def _split(text: str) -> list[str]:
    """Return the lines of an argument; a line end at its end begins no new one."""
    lines = split_text(clean_text(text))
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def _read_stdin() -> Iterator[list[str]]:
    """Yield the lines of standard input as they come, some at a time."""
    return read_lines(sys.stdin.buffer) if sys.stdin is not None else iter(())


def read_lines(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the lines of *file* as they come, each exactly once; bytes that are not UTF-8 are replaced."""
    rest: list[bytes] = []
    encoding = "utf-8-sig"
    for chunk in iter(lambda: file.read1(_CHUNK), b""):  # type: ignore[attr-defined]  # a buffered reader has it
        whole, end, tail = chunk.rpartition(b"\n")
        if end:
            rest.append(whole)
            yield _decode(b"".join(rest).split(b"\n"), encoding)
            rest.clear()
            encoding = "utf-8"
        rest.append(tail)
    if last := b"".join(rest):
        yield _decode([last], encoding)


def _decode(lines: list[bytes], encoding: str) -> list[str]:
    first = lines[0].removesuffix(b"\r").decode(encoding, "replace")
    return [first, *(line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines[1:])]
