"""Faults on demand: which requests are disturbed, and the effect on the answer."""

import random
import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache

from tests.lab.messages import Reply, page

_KIND = re.compile(
    r"truncate|cut|hole|changed|reset|stall|slow(-\d+)?|status-\d{3}|html|empty|firewall|captcha|gzip|expire-\d+|to-[a-z]+|code-\d+|risk|drift|key-empty|longer|overrun|header|bomb|endless|json|junk|picture|mislabelled|busy-until|tls"
)
_KEYS = re.compile(rb'"(itemStruct|aweme_detail|aweme_id|videoData|id_str|rest_id)"')
"""Keys of TikTok, Douyin, Bilibili and X."""
_SLOW = 32_768
_TLS = "tls"
_EXTRA = 1000
"""Number of bytes that are announced and never sent."""
_BOMB = 1 << 25
"""Bytes."""
TARGETS = {
    "away": "https://shop.example.net/",
    "loopback": "https://127.0.0.1/",
    "nowhere": "https://[::1/x",
    "port": "https://www.tiktok.com:99999/x",
    "plain": "http://v16-webapp-prime.tiktok.com/x",
    "script": "javascript:alert(1)",
    "itself": "?",
    "long": "https://www.tiktok.com/" + "x" * 9000,
}
"""Targets of the ``to-`` faults."""
_OTHER = {
    "json": ("application/json", b'{"code": 0, "message": "too many people are watching", "data": null}'),
    "junk": ("video/mp4", random.Random(150).randbytes(150)),
    "picture": ("video/mp4", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(20_000) + b"\xff\xd9"),
}
_NOT_MEDIA = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Service unavailable</h1></body></html>"
HELP = """KIND is one of
truncate (announced in full, the second half never comes), cut (half a file that says it is whole),
hole (a tenth in the middle is zeroed),
changed (another version of the file), reset (half, then a TCP reset), stall (half, then silence),
slow or slow-BYTES a second, status-500, status-429 and any other status, html (a page instead),
empty (200 with nothing in it), firewall (the firewall page or its 412 despite a session,
on Douyin the page that only makes the client sign), captcha (Douyin's captcha page),
drift (the keys that hold a post have other names), key-empty (TikTok: the post's own key holds nothing),
code-N (an API of Bilibili answers code -N), risk (its risk control: a voucher and no data),
gzip (says that its body is encoded), bomb (and it is: 32 MiB of nothing), endless (a body without an end),
longer and overrun (Content-Length is more than there is, or less), header (an answer that is no HTTP),
json, junk (150 bytes), picture (a JPEG instead), mislabelled (the right bytes, called text),
busy-until (429 with a date a second ahead), tls (no TLS; REGEX is for the host), to-NAME (a redirect that must not be followed: away,
loopback, nowhere, port, plain, script, itself, long), expire-SECONDS (life of the URLs in an answer)"""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One disturbance: *kind* for requests whose URL holds *pattern*."""

    kind: str
    pattern: re.Pattern[str]
    left: int | None = None
    """Number of requests that are still disturbed; None = all."""
    probability: float = 1.0


def parse_fault(spec: str) -> Fault:
    """Read ``KIND:REGEX[:TIMES]``."""
    kind, pattern = _split(spec)
    times = re.fullmatch(r"(.*):(\d+)", pattern)
    if times is None:
        return Fault(kind=kind, pattern=re.compile(pattern))
    return Fault(kind=kind, pattern=re.compile(times[1]), left=int(times[2]))


def parse_rate(spec: str) -> Fault:
    """Read ``KIND:REGEX:PROBABILITY``."""
    kind, rest = _split(spec)
    pattern, _, probability = rest.rpartition(":")
    return Fault(kind=kind, pattern=re.compile(pattern), probability=float(probability))


class Faults:
    """The disturbances that are set; the first that matches a request is drawn."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 1) -> None:
        self._faults = list(faults)
        self._random = random.Random(seed)

    def draw(self, url: str) -> str:
        """Return the kind for this request, or an empty text."""
        return self._draw(url, is_tls=False)

    def breaks_tls(self, host: str) -> bool:
        """Whether this connection to *host* fails."""
        return self._draw(host, is_tls=True) == _TLS

    def _draw(self, url: str, *, is_tls: bool) -> str:
        for fault in self._faults:
            if fault.left == 0 or (fault.kind == _TLS) != is_tls or fault.pattern.search(url) is None:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.left is not None:
                fault.left -= 1
            return fault.kind
        return ""


def lifetime(kind: str) -> float | None:
    """Return the lifetime in seconds of the URLs in an answer under this fault; None = the usual one."""
    return float(kind.removeprefix("expire-")) if kind.startswith("expire-") else None


def instead(kind: str) -> Reply | None:
    """Return the answer that replaces the real one, for the kinds that need no real one."""
    if kind.startswith("status-"):
        reply = page("", int(kind.removeprefix("status-")))
        if reply.status in (429, 503):
            reply.headers.append(("Retry-After", "1"))
        return reply
    if kind.startswith("to-"):
        return Reply(status=302, headers=[("Location", TARGETS[kind.removeprefix("to-")])])
    if kind == "html":
        return page(_NOT_MEDIA)
    if kind == "busy-until":
        return Reply(status=429, headers=[("Retry-After", formatdate(time.time() + 2, usegmt=True))])
    if kind in _OTHER:
        mime, body = _OTHER[kind]
        return Reply(headers=[("Content-Type", mime)], body=body)
    if kind == "empty":
        return Reply(headers=[("Content-Type", "application/octet-stream")])
    return None


def disturb(kind: str, reply: Reply) -> Reply:
    """Return *reply* with the effect of *kind*."""
    replaced = instead(kind)
    if replaced is not None:
        return replaced
    if kind in ("gzip", "bomb"):
        reply.headers.append(("Content-Encoding", "gzip"))
    if kind == "bomb":
        reply.body = _bomb()
    if kind == "mislabelled":
        reply.headers = [("Content-Type", "text/html"), *(pair for pair in reply.headers if pair[0] != "Content-Type")]
    if kind in _RAW:
        reply.raw = _RAW[kind](reply)
    reply.is_endless = kind == "endless"
    if kind == "drift":
        reply.body = _KEYS.sub(rb'"\1_v2"', reply.body)
        reply.headers = [pair for pair in reply.headers if pair[0] not in ("ETag", "Content-Length")]
    if kind.startswith("slow"):
        reply.pace = int(kind.removeprefix("slow").lstrip("-") or _SLOW)
    if kind in ("truncate", "reset", "stall"):
        reply.stop_after = max(0, (reply.whole or len(reply.body)) // 2 - reply.start)
        reply.ending = "close" if kind == "truncate" else kind
    return reply


def _raw(reply: Reply, length: int) -> bytes:
    """Return an answer that claims to have *length* bytes."""
    lines = [f"{name}: {value}" for name, value in reply.headers]
    head = "\r\n".join([f"HTTP/1.1 {reply.status} OK", *lines, f"Content-Length: {length}"])
    return head.encode() + b"\r\n\r\n" + reply.body


@cache
def _bomb() -> bytes:
    """Return a few bytes that unpack to very many."""
    packer, block = zlib.compressobj(9, wbits=31), bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(_BOMB // len(block))), packer.flush()])


_RAW: Mapping[str, Callable[[Reply], bytes]] = {
    "longer": lambda reply: _raw(reply, len(reply.body) + _EXTRA),
    "overrun": lambda reply: _raw(reply, len(reply.body) // 2),
    "header": lambda reply: b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n" + reply.body,
}


def _split(spec: str) -> tuple[str, str]:
    kind, _, rest = spec.partition(":")
    if not _KIND.fullmatch(kind) or not rest:
        raise ValueError(f"{spec}: expected KIND:REGEX, with a known KIND")
    return kind, rest
