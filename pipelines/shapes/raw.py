"""The platform's own object, in the frame of our envelope: for clients that read e.g. ``data.video.play_addr``."""

from scraper.core.envelope import Envelope
from scraper.core.record import JSON, to_json
from scraper.core.shape import Source

READS_ANSWER = True


def make_data(source: Source) -> JSON:
    """Return the object that describes the post, as the platform wrote it."""
    return to_json(source.own)


def make_frame(envelope: Envelope) -> Envelope:
    """Return *envelope* without the number of a schema that describes another ``data``."""
    return {key: value for key, value in envelope.items() if key != "schema"}
