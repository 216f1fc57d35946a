"""Douyin's own codes and messages for missing posts."""

from collections.abc import Mapping

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.platform.refusal import CAPTCHA, EMPTY, Refusal
from scraper.posts.fields import Fields, Reader, peek, read_flag, read_int
from scraper.posts.verdicts import Verdicts, as_code, as_words, states_code

CAPTCHA_CODE = "10000"
"""The code of an answer that asks for a captcha."""
IMAGES_BASE = "images_base"
"""Filter reason: a public photo post, requested with an ``aid`` that may not see photos."""
WRONG_AID = "a photo post, requested with an aid that may not see photos (aid=6383 may)"
_WORDS = (
    ("copyright_foreign", ErrorCode.GEO_BLOCKED),
    ("海外", ErrorCode.GEO_BLOCKED),
    ("地区", ErrorCode.GEO_BLOCKED),
    ("region", ErrorCode.GEO_BLOCKED),
    ("用户不存在", ErrorCode.USER_GONE),
    ("注销", ErrorCode.USER_GONE),
    ("user not found", ErrorCode.USER_GONE),
    ("删除", ErrorCode.REMOVED),  # before the private ones: one message contains both
    ("不存在", ErrorCode.REMOVED),
    ("不见了", ErrorCode.REMOVED),
    ("下架", ErrorCode.REMOVED),
    ("delete", ErrorCode.REMOVED),
    ("self_see", ErrorCode.PRIVATE),
    ("friend_see", ErrorCode.PRIVATE),
    ("private", ErrorCode.PRIVATE),
    ("私密", ErrorCode.PRIVATE),
    ("仅自己", ErrorCode.PRIVATE),
    ("好友", ErrorCode.PRIVATE),
    ("权限", ErrorCode.PRIVATE),
    ("登录", ErrorCode.LOGIN_REQUIRED),
    ("login", ErrorCode.LOGIN_REQUIRED),
    ("验证", ErrorCode.CHALLENGE),
    ("verify", ErrorCode.CHALLENGE),
    ("频繁", ErrorCode.RATE_LIMITED),
)
VERDICTS = Verdicts(
    codes={"8": ErrorCode.LOGIN_REQUIRED, CAPTCHA_CODE: ErrorCode.CHALLENGE, "verify_check": ErrorCode.CHALLENGE},
    words=_WORDS,
    nested=("data", "data.data", "videoInfoRes", "search_nil_info"),
    code_keys=("status_code", "statusCode", "code", "search_nil_type"),
    word_keys=("status_msg", "statusMsg", "message", "msg", "type"),
)
_FILTERS = ("filter_detail", "filter_list.0", "data.filter_detail", "data.filter_list.0", "videoInfoRes.filter_list.0")
_CAPTCHA_TITLE = "<title>验证码中间页"
_HEAD = 10_000  # first characters of a page, which contain its title
_SMALL = 100_000  # a page that only asks the client for a signature is far smaller than one with a post
_STATES = ("_ROUTER_DATA", "RENDER_DATA")
_BLOCKED = Refusal(cause=Cause.ADDRESS, words="blocked")
_CAPTCHA_PAGE = Refusal(cause=Cause.CAPTCHA, words="captcha page")
_SIGNING_PAGE = Refusal(cause=Cause.SIGNATURE, words="signing page")
A_PAGE = Refusal(cause=Cause.SESSION, words="a page")
"""Any page in answer to a request for the API's JSON."""
LOGGED_OUT = Refusal(cause=Cause.SESSION, words="status_code 8", code="8")
"""An account that is no longer logged in."""


def find_refusal(text: str) -> Refusal | None:
    """Return the refusal that the site sends instead of an answer; None for anything else."""
    if not text.strip():
        return EMPTY
    if text.strip() == "blocked":
        return _BLOCKED
    if _CAPTCHA_TITLE in text[:_HEAD]:
        return _CAPTCHA_PAGE
    if len(text) > _SMALL:
        return None
    if text.lstrip()[:1] == "<":
        is_signing = "__ac_signature" in text and not any(name in text for name in _STATES)
        return _SIGNING_PAGE if is_signing else None
    return CAPTCHA if states_code(text, CAPTCHA_CODE) else None


def find_challenge(text: str) -> SeedError | None:
    """Return the error for an answer that ``find_refusal`` recognises."""
    refusal = find_refusal(text)
    return None if refusal is None else refusal.to_error(CAPTCHA_CODE if refusal == CAPTCHA else None)


def is_logged_out(data: object) -> bool:
    """Whether the answer demands a login."""
    outcome = VERDICTS.find(data)
    return outcome is not None and outcome.raw_code == LOGGED_OUT.code


def find_outcome(data: object) -> SeedError | None:
    """Return the reason why *data* has no post: the filter that removed it, else the status code."""
    return _find_filter(data) or VERDICTS.find(data)


def _find_filter(data: object) -> SeedError | None:
    for path in _FILTERS:
        node = peek(data, path)
        if not isinstance(node, Mapping):
            continue
        reason = as_code(node.get("filter_reason"))
        words = as_words(node.get("detail_msg")) or as_words(node.get("notice"))
        if reason == IMAGES_BASE:
            message = f"{WRONG_AID}: {words}" if words else WRONG_AID
            return SeedError(ErrorCode.PARSE_ERROR, raw_code=reason, raw_message=message)
        if reason or words:
            text = f"{reason} {words}".lower()
            code = next((code for word, code in _WORDS if word in text), ErrorCode.REMOVED)
            return SeedError(code, raw_code=reason or None, raw_message=words or None)
    return None


def find_gone(fields: Fields) -> SeedError | None:
    """Return the outcome of an item whose own status says that it is gone, even if it still has media."""
    return _judge_status(fields, ("is_delete", "is_prohibited"), read_flag, ErrorCode.REMOVED)


def find_hidden(fields: Fields) -> SeedError | None:
    """Return the outcome of an item without media whose own status says that it is not public."""
    return _judge_status(fields, ("private_status", "part_see"), read_int, ErrorCode.PRIVATE)


def _judge_status(fields: Fields, keys: tuple[str, ...], reader: Reader[int], code: ErrorCode) -> SeedError | None:
    status = fields.child("status")
    for key in keys:
        if value := status.get(reader, key):
            return SeedError(code, raw_code=key, raw_message=f"{key}: {int(value)}")
    return None
