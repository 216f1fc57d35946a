"""File names that every operating system accepts."""

import re
import unicodedata
from hashlib import sha256

_MAX_BYTES = 150
_MIN_TAIL = 8
_UNSAFE = re.compile(r"[^\w.\-]+")
# Windows reserves these names for devices, with any suffix; it counts the three superscripts as digits.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def safe_name(text: str, limit: int = _MAX_BYTES) -> str:
    """
    Return *text* as a name of at most *limit* bytes: letters, digits, ``_ - .``; empty if no character is left.

    A cut name ends in a hash of the whole text, so that two long names stay different.
    """
    clean = text.encode("utf-8", "ignore").decode()
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", clean))
    clean = re.sub(r"\.{2,}", ".", clean).strip(".")
    if not clean.strip("_.-"):
        return ""
    if clean[0] == "-" or is_reserved(clean):
        clean = f"_{clean}"
    if len(clean.encode()) <= limit:
        return clean
    mark = "_" + sha256(clean.encode()).hexdigest()[:_MIN_TAIL]
    return (_cut(clean, limit - len(mark)).rstrip("._-") + mark)[:limit]


def is_reserved(name: str) -> bool:
    """Whether Windows reserves *name* for a device."""
    return _RESERVED.match(name) is not None


def _cut(text: str, limit: int) -> str:
    """Return the longest start of *text* with at most *limit* bytes, whole characters only."""
    return text.encode()[: max(limit, 0)].decode("utf-8", "ignore")
