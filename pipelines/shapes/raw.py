"""The platform's own object, in the frame of our envelope: for clients that read e.g. ``data.video.play_addr``."""

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.shape import Source
from scraper.model.record import to_json
from scraper.text.jsonline import JSON

READS_ANSWER = True


def make_data(source: Source) -> JSON:
    """Return the object that describes the post, as the platform wrote it."""
    return to_json(source.own)


def make_frame(envelope: Envelope) -> Envelope:
    """Return *envelope* without its schema number, as that schema describes another ``data``."""
    return {key: value for key, value in envelope.items() if key != "schema"}
