"""The headers that resume a file (RFC 9110, 13.1.5 and 14.4)."""

import re

from scraper.fetch.transport.sink import SinkChangedError

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.ASCII)


def read_range(value: str) -> tuple[int, int | None]:
    """Return first byte and total size (None = not stated) of a Content-Range; raise SinkChangedError."""
    found = _CONTENT_RANGE.fullmatch(value.strip())
    if found is None:
        raise SinkChangedError("a part without a readable Content-Range")
    first, last, total = int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3])
    if last < first or (total is not None and last != total - 1):
        raise SinkChangedError("a part that does not reach the end of the file")
    return first, total


def find_validator(etag: str | None, modified: str | None) -> str | None:
    """Return the value for ``If-Range``: not a weak ETag, which may be the same for different bytes."""
    if etag and etag.startswith('"') and etag.isascii() and etag.isprintable():
        return etag
    return modified if modified and modified.isascii() and modified.isprintable() else None
