"""TikTok's own words for why there is no post."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scraper.core.dig import peek
from scraper.core.errors import ErrorCode, SeedError
from scraper.core.record import clean_text

CODES = {
    "10000": ErrorCode.CHALLENGE,
    "10102": ErrorCode.LOGIN_REQUIRED,
    "10201": ErrorCode.UNKNOWN_RESOURCE,
    "10202": ErrorCode.REMOVED,
    "10204": ErrorCode.REMOVED,  # also what a refused IP gets to see
    "10216": ErrorCode.PRIVATE,
    "10219": ErrorCode.GEO_BLOCKED,
    "10221": ErrorCode.USER_GONE,
    "10222": ErrorCode.PRIVATE,
    "10231": ErrorCode.GEO_BLOCKED,
    "2053": ErrorCode.REMOVED,
}
_WORDS = (
    ("deleted", ErrorCode.REMOVED),
    ("removed", ErrorCode.REMOVED),
    ("doesn't exist", ErrorCode.REMOVED),
    ("unavailable", ErrorCode.REMOVED),
    ("private", ErrorCode.PRIVATE),
    ("login", ErrorCode.LOGIN_REQUIRED),
    ("log in", ErrorCode.LOGIN_REQUIRED),
    ("region", ErrorCode.GEO_BLOCKED),
    ("captcha", ErrorCode.CHALLENGE),
    ("verify", ErrorCode.CHALLENGE),
    ("too many", ErrorCode.RATE_LIMITED),
    ("rate limit", ErrorCode.RATE_LIMITED),
)
_CODE_KEYS = ("statusCode", "status_code", "code")
_WORD_KEYS = ("statusMsg", "statusMessage", "status_msg", "message", "msg", "type")
_FINE = frozenset({"0", "200", "", "success", "ok"})
_NESTED = ("data", "data.data", "detail", "videoDetail", "filter_detail", "error")
_CAPTCHA = re.compile(r'"(?:code|statusCode|status_code)"\s*:\s*"?10000\b')
_FIREWALL_SIZE = 20_000  # seen: 640 to 1430 characters, while a real page has 250,000 and more
_FIREWALL_ID = re.compile(r"""\bid\s*=\s*["']?(cs|wci)\b""")


def is_firewall_page(text: str) -> bool:
    """Whether *text* is the page that makes a client prove itself before it sees anything."""
    if len(text) > _FIREWALL_SIZE:
        return False
    ids = set(_FIREWALL_ID.findall(text))
    return len(ids) == 2 or (bool(ids) and "Please wait" in text)


def find_refusal(text: str) -> str | None:
    """Return what a client that is not believed gets instead of an answer; None for anything else."""
    if len(text) > _FIREWALL_SIZE:
        return None
    if not text.strip():
        return "empty answer"
    if is_firewall_page(text):
        return "firewall page"
    if "<title>Access Denied</title>" in text:
        return "access denied"
    return "captcha" if _CAPTCHA.search(text) else None


def find_status(node: object) -> SeedError | None:
    """Return the outcome that *node* itself states, None where all is well or nothing is said."""
    if not isinstance(node, Mapping):
        return None
    code = next((text for key in _CODE_KEYS if (text := _as_code(node.get(key))).lower() not in _FINE), None)
    if code is None:
        return None
    words = next((text for key in _WORD_KEYS if (text := _as_words(node.get(key)))), None)
    return SeedError(_judge(code, words or ""), raw_code=code, raw_message=words)


def find_outcome(data: object) -> SeedError | None:
    """Return the outcome stated in *data* or in what it wraps."""
    return next((error for node in _nested(data) if (error := find_status(node)) is not None), None)


def _nested(data: object) -> Iterator[object]:
    found: list[Any] = [peek(data, path) for path in _NESTED]
    if isinstance(data, Mapping) and _as_code(data.get("code")) in CODES:
        return iter([data, *found])
    return iter([*found, data])  # the platform's words before those of whoever wrapped them


def _judge(code: str, words: str) -> ErrorCode:
    if code in CODES:
        return CODES[code]
    text = words.lower()
    return next((judged for word, judged in _WORDS if word in text), ErrorCode.PARSE_ERROR)


def _as_code(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return clean_text(str(value).strip()) if isinstance(value, str) or abs(value) < 10**12 else ""


def _as_words(value: object) -> str:
    return clean_text(value.strip())[:500] if isinstance(value, str) else ""
