"""Faults on demand: which request is disturbed, and what the disturbance does to its answer."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.lab.messages import Reply, page

_KIND = re.compile(r"truncate|cut|hole|changed|reset|stall|slow(-\d+)?|status-\d{3}|html|empty|firewall|captcha|gzip|expire-\d+|to-[a-z]+|code-\d+|risk|drift|key-empty")
_KEYS = re.compile(rb'"(itemStruct|aweme_detail|aweme_id|videoData|id_str|rest_id)"')
"""Of TikTok, Douyin, Bilibili and X."""
_SLOW = 32_768
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
"""Where a ``to-`` fault redirects to."""
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
gzip (says that its body is encoded), to-NAME (a redirect that must not be followed: away,
loopback, nowhere, port, plain, script, itself, long), expire-SECONDS (life of the URLs in an answer)"""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One disturbance: *kind* for requests whose URL holds *pattern*."""

    kind: str
    pattern: re.Pattern[str]
    left: int | None = None
    """How often still; None = always."""
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
    """The disturbances that are set; the first that fits is drawn."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 1) -> None:
        self._faults = list(faults)
        self._random = random.Random(seed)

    def draw(self, url: str) -> str:
        """Return the kind for this request, or nothing."""
        for fault in self._faults:
            if fault.left == 0 or fault.pattern.search(url) is None:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.left is not None:
                fault.left -= 1
            return fault.kind
        return ""


def lifetime(kind: str) -> float | None:
    """Return how many seconds the URLs in an answer live under this fault; None = as long as usual."""
    return float(kind.removeprefix("expire-")) if kind.startswith("expire-") else None


def instead(kind: str) -> Reply | None:
    """Return the answer that takes the place of the real one, for the kinds that need none."""
    if kind.startswith("status-"):
        reply = page("", int(kind.removeprefix("status-")))
        if reply.status in (429, 503):
            reply.headers.append(("Retry-After", "1"))
        return reply
    if kind.startswith("to-"):
        return Reply(status=302, headers=[("Location", TARGETS[kind.removeprefix("to-")])])
    if kind == "html":
        return page(_NOT_MEDIA)
    if kind == "empty":
        return Reply(headers=[("Content-Type", "application/octet-stream")])
    return None


def disturb(kind: str, reply: Reply) -> Reply:
    """Return *reply* as *kind* leaves it."""
    replaced = instead(kind)
    if replaced is not None:
        return replaced
    if kind == "gzip":
        reply.headers.append(("Content-Encoding", "gzip"))
    if kind == "drift":
        reply.body = _KEYS.sub(rb'"\1_v2"', reply.body)
        reply.headers = [pair for pair in reply.headers if pair[0] not in ("ETag", "Content-Length")]
    if kind.startswith("slow"):
        reply.pace = int(kind.removeprefix("slow").lstrip("-") or _SLOW)
    if kind in ("truncate", "reset", "stall"):
        reply.stop_after = max(0, (reply.whole or len(reply.body)) // 2 - reply.start)
        reply.ending = "close" if kind == "truncate" else kind
    return reply


def _split(spec: str) -> tuple[str, str]:
    kind, _, rest = spec.partition(":")
    if not _KIND.fullmatch(kind) or not rest:
        raise ValueError(f"{spec}: expected KIND:REGEX, with a known KIND")
    return kind, rest
