"""Read envelopes back from a file, with their offsets."""

from collections.abc import Iterable, Iterator, Mapping

from scraper.text.jsonline import JSON, whole_lines

EnvelopeLine = tuple[int, int, Mapping[str, JSON]]
"""One line of envelopes.jsonl: the offset of its first byte, the offset after its last, the envelope."""


def read_envelopes(lines: Iterable[bytes], offset: int) -> Iterator[EnvelopeLine]:
    """Yield the whole *lines*, the first at byte *offset*; stop at one that is cut short or not an envelope."""
    for line, envelope in whole_lines(lines):
        if not isinstance(envelope.get("seed"), str):
            return
        yield offset, offset + len(line), envelope
        offset += len(line)
