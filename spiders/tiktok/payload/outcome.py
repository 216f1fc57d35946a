"""TikTok's own codes and messages for missing posts."""

import re

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.platform.refusal import CAPTCHA, EMPTY, Refusal
from scraper.posts.verdicts import Verdicts, states_code

CAPTCHA_CODE = "10000"
"""The code of an answer that asks for a captcha."""
CODES = {
    CAPTCHA_CODE: ErrorCode.CHALLENGE,
    "10102": ErrorCode.LOGIN_REQUIRED,
    "10201": ErrorCode.UNKNOWN_RESOURCE,
    "10202": ErrorCode.REMOVED,
    "10204": ErrorCode.REMOVED,  # also the answer to a refused IP
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
VERDICTS = Verdicts(
    codes=CODES,
    words=_WORDS,
    nested=("data", "data.data", "detail", "videoDetail", "filter_detail", "error"),
)
_FIREWALL = Refusal(cause=Cause.SESSION, words="firewall page")
_DENIED = Refusal(cause=Cause.ADDRESS, words="access denied")
_EMPTY_STATE_PAGE = Refusal(cause=Cause.SESSION, words="empty state")
_CAPTCHA_STATE = Refusal(cause=Cause.CAPTCHA, words="captcha 10000", code=CAPTCHA_CODE)
_FIREWALL_SIZE = 20_000  # seen: 640 to 1430 characters, while a real page has 250,000 and more
_EMPTY_STATE = re.compile(r'"webapp\.(?:video-detail|reflow\.video\.detail)"\s*:\s*(?:\{\s*\}|null)')
_FIREWALL_ID = re.compile(r"""\bid\s*=\s*["']?(cs|wci)\b""")


def is_firewall_page(text: str) -> bool:
    """Whether *text* is the page that makes a client solve a task before it shows anything."""
    if len(text) > _FIREWALL_SIZE:
        return False
    ids = set(_FIREWALL_ID.findall(text))
    return len(ids) == 2 or (bool(ids) and "Please wait" in text)


def find_empty_state(text: str) -> Refusal | None:
    """Return the refusal in a page whose state has no answer, as refused guests get it; None for other pages."""
    if _EMPTY_STATE.search(text) is not None:
        return _EMPTY_STATE_PAGE
    return _CAPTCHA_STATE if "itemStruct" not in text and states_code(text, CAPTCHA_CODE) else None


def find_refusal(text: str) -> Refusal | None:
    """Return the refusal that the site sends instead of an answer; None for anything else."""
    if len(text) > _FIREWALL_SIZE:
        return None
    if not text.strip():
        return EMPTY
    if is_firewall_page(text):
        return _FIREWALL
    if "<title>Access Denied</title>" in text:
        return _DENIED
    return CAPTCHA if states_code(text, CAPTCHA_CODE) else None


def find_challenge(text: str) -> SeedError | None:
    """Return the error for an answer that ``find_refusal`` recognises."""
    refusal = find_refusal(text)
    return None if refusal is None else refusal.to_error(CAPTCHA_CODE if refusal == CAPTCHA else None)
