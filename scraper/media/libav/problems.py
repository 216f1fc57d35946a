"""Distinguish errors of media files from errors of the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import errorcode

import av

from scraper.errors import MediaCause, MediaError

_OF_A_FILE = (av.error.FFmpegError, OSError, ValueError, ArithmeticError, SyntaxError)
"""Errors of a file, also an unsupported codec or an overflowing time; Pillow raises the last for a broken PNG."""


@contextmanager
def as_media_error(problem: str) -> Iterator[None]:
    """Turn errors of a file into MediaError(not_media) with *problem*; leave an OSError of the disk unchanged."""
    try:
        yield
    except _OF_A_FILE as error:
        if isinstance(error, OSError) and error.errno in errorcode:
            raise
        raise MediaError(MediaCause.NOT_MEDIA, f"{problem}: {type(error).__name__}") from error
