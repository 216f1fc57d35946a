"""Make text from outside safe to show: no secrets, no control characters."""

import re
from urllib.parse import urlsplit

_URL = re.compile(r"\b[a-z][a-z0-9+.\-]{1,9}://[^\s\"'<>]+", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>\b(?:cookie|set-cookie|authorization|bearer|[\w\-]*token|sessionid\w*|ttwid|sessdata|bili_jct"
    r"|signature|sign|upsig|password)\b[\"']?\s*[=:]\s*)(?:bearer\s+)?[^\s;,&]+",
    re.IGNORECASE,
)
_PATH = re.compile(
    r"(?<![\w:/.])/(?:home|root|Users|tmp|var|opt|usr|mnt|srv|work|private|etc)/[^\s:;,'\"]*|\b[A-Za-z]:\\[^\s;,'\"]+"
)
_ADDRESS = re.compile(r"(?P<start>[a-z][a-z0-9+]*://)(?P<user>[^/?#]*@)?(?P<host>[^/?#@]*)(?P<rest>[^@]*)")
_SHOWN = 200
_READ = 2000


def strip_query(url: str) -> str:
    """Return *url* without user, query and fragment, for logs and messages."""
    head = re.split(r"[?#]", url, maxsplit=1)[0]
    try:
        parts = urlsplit(head)
    except ValueError:
        return re.sub(r"//[^/]*@", "//", head)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def printable(text: str) -> str:
    """Return *text* without control characters, which a terminal would execute."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else f"\\x{ord(char):02x}" for char in text)


def hide(text: str) -> str:
    """Return of *text*, which may be a secret, only the scheme and the host of an address; nothing stays nothing."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return "…" if text.strip() else ""
    return f"{found['start']}{printable(found['host'])}" + ("/…" if found["user"] or found["rest"].strip("/") else "")


def redact(text: str) -> str:
    """Return *text* without URL queries, values of secrets and absolute local paths, cut to one short line."""
    text = _URL.sub(lambda found: strip_query(found[0]), text[:_READ])
    text = _ASSIGNED.sub(lambda found: found["name"] + "…", text)
    text = printable(" ".join(_PATH.sub("…", text).split()))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def quote(text: str) -> str:
    """Return a seed's text for a message: one line, short, without queries."""
    text = redact(text)
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'
