"""What goes wrong with media files, and what only with the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import errorcode

import av

from scraper.errors import MediaCause, MediaError

_OF_A_FILE = (av.error.FFmpegError, OSError, ValueError, ArithmeticError, SyntaxError)
"""Also a codec that a format cannot hold, a time beyond all numbers; Pillow raises the last for a broken PNG."""


@contextmanager
def as_media_error(problem: str) -> Iterator[None]:
    """Raise MediaError(not_media) with *problem* for what is wrong with a file; an OSError of the disk stays one."""
    try:
        yield
    except _OF_A_FILE as error:
        if isinstance(error, OSError) and error.errno in errorcode:
            raise
        raise MediaError(MediaCause.NOT_MEDIA, f"{problem}: {type(error).__name__}") from error
