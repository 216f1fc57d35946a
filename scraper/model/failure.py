"""The reason why a wanted file of a medium is missing."""

from typing import NamedTuple

from scraper.errors import MediaCause, MediaError
from scraper.text.redaction import redact


class MediaFailure(NamedTuple):
    """A cause for programs, and a text for people."""

    cause: MediaCause
    text: str
    """The cause and its detail in one short line, without secrets."""

    @classmethod
    def of(cls, error: MediaError) -> "MediaFailure":
        """Return *error* as a value that a record can hold."""
        return cls(error.cause, redact(str(error)))
