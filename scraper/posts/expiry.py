"""Read the expiry time from a signed URL."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

_KEYS = ("x-expires", "expire", "expires", "deadline")
_UNIX = re.compile(r"[0-9]{9,11}", re.ASCII)
# /<32 hex digits>/<unix time in hex>/…: a signature in the path
_HEX_SEGMENT = re.compile(r"/[0-9a-f]{32}/([0-9a-f]{8})/", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(r"(?:^|~)exp=([0-9]{9,11})(?:~|$)", re.ASCII)
_TOKENS = ("hdnts", "hdnea", "__token__")
_FIRST, _LAST = 946_684_800, 4_102_444_800  # 2000 to 2100: any other number is not an expiry


def expires_at(url: str) -> datetime | None:
    """Return the time after which the server refuses *url*, None if the URL does not contain it."""
    try:
        parts = urlsplit(url)
        query = {name.lower(): value for name, value in parse_qsl(parts.query, max_num_fields=200)}
    except ValueError:
        return None
    for key in _KEYS:
        if _UNIX.fullmatch(query.get(key, "")):
            return _time(int(query[key]))
    for key in _TOKENS:
        if found := _TOKEN.search(query.get(key, "")):
            return _time(int(found[1]))
    if found := _HEX_SEGMENT.search(parts.path):
        return _time(int(found[1], 16))
    return None


def _time(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if _FIRST < seconds < _LAST else None
