"""Why a wanted file of a medium is missing, as a value."""

from typing import NamedTuple

from scraper.errors import MediaCause, MediaError
from scraper.text.redaction import redact


class MediaFailure(NamedTuple):
    """The cause by which programs decide, and the words for people."""

    cause: MediaCause
    text: str
    """The cause and its detail in one short line, without secrets."""

    @classmethod
    def of(cls, error: MediaError) -> "MediaFailure":
        """Return *error* without its traceback, fit for a record."""
        return cls(error.cause, redact(str(error)))
