"""Envelopes read back from a file, with the bytes where they lie."""

from collections.abc import Iterable, Iterator, Mapping

from scraper.text.jsonline import JSON, whole_lines

EnvelopeLine = tuple[int, int, Mapping[str, JSON]]
"""One line of envelopes.jsonl: the byte where it begins, the byte after it, the envelope."""


def read_envelopes(lines: Iterable[bytes], offset: int) -> Iterator[EnvelopeLine]:
    """Yield the whole *lines*, which begin at byte *offset*, up to the first that is cut short or no envelope."""
    for line, envelope in whole_lines(lines):
        if not isinstance(envelope.get("seed"), str):
            return
        yield offset, offset + len(line), envelope
        offset += len(line)
