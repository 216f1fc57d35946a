"""Bilibili's own codes and messages for missing posts."""

import re
from collections.abc import Mapping
from typing import Any

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.platform.refusal import EMPTY, Refusal
from scraper.posts.fields import peek
from scraper.posts.verdicts import Verdicts, as_code, as_words

CODES = {
    "-101": ErrorCode.LOGIN_REQUIRED,
    "-352": ErrorCode.CHALLENGE,
    "-400": ErrorCode.UNKNOWN_RESOURCE,
    "-401": ErrorCode.CHALLENGE,
    "-403": ErrorCode.PRIVATE,  # also the answer to a wrong signature
    "-404": ErrorCode.REMOVED,  # also the answer to another country
    "-412": ErrorCode.RATE_LIMITED,
    "-509": ErrorCode.RATE_LIMITED,
    "-799": ErrorCode.RATE_LIMITED,
    "-10403": ErrorCode.GEO_BLOCKED,
    "11010": ErrorCode.REMOVED,
    "62002": ErrorCode.REMOVED,
    "62004": ErrorCode.PRIVATE,  # under review: only its author may see it
    "62012": ErrorCode.PRIVATE,
    "87007": ErrorCode.PAID,
    "87008": ErrorCode.PAID,
    "10004001": ErrorCode.GEO_BLOCKED,
    "10004004": ErrorCode.LOGIN_REQUIRED,
    "10004005": ErrorCode.LOGIN_REQUIRED,
    "10023006": ErrorCode.LOGIN_REQUIRED,
}
_WORDS = (
    ("大会员", ErrorCode.PAID),
    ("充电", ErrorCode.PAID),
    ("付费", ErrorCode.PAID),
    ("购买", ErrorCode.PAID),
    ("地区", ErrorCode.GEO_BLOCKED),
    ("登录", ErrorCode.LOGIN_REQUIRED),
    ("风控", ErrorCode.CHALLENGE),
    ("频繁", ErrorCode.RATE_LIMITED),
    ("下架", ErrorCode.REMOVED),
    ("删除", ErrorCode.REMOVED),
    ("不存在", ErrorCode.REMOVED),
    ("失效", ErrorCode.REMOVED),
    ("不可见", ErrorCode.REMOVED),
)
_VERDICTS = Verdicts(codes=CODES, words=_WORDS, nested=())
_AMBIGUOUS = "-10403"
_STATE = "__INITIAL_STATE__"
_RISK_PAGE = "window._riskdata_"
_SHOWS = re.compile(r'"(?:videoData|videoInfo|viewInfo|epInfo)"\s*:\s*\{\s*"(?!stat")')
_BANNED = ("错误号: 412", "错误号:412", "The request was rejected because of the bilibili security")
_HEAD = 20_000
_RISK = Refusal(cause=Cause.SESSION, words="risk control page")
_BAN = Refusal(cause=Cause.ADDRESS, words="banned for now (412)", code="412")
LOGGED_OUT = Refusal(cause=Cause.SESSION, words="code -101", code="-101")
"""An account that is no longer logged in."""
NOTICES = (
    "您所在的地区无法观看本片",
    "抱歉您所在地区不可观看",
    "成为大会员抢先看",
    "开通大会员观看",
)
"""Sentences of a page that give the reason why it plays no video."""


def find_outcome(node: object) -> SeedError | None:
    """Return the outcome that an answer, or an object in it, states; None for success."""
    if isinstance(node, Mapping) and is_risk(node):
        code = as_code(node.get("code")) or None
        return SeedError(ErrorCode.CHALLENGE, raw_code=code, raw_message="v_voucher")
    error = _VERDICTS.of(node)
    if error is not None and error.raw_code == _AMBIGUOUS and "大会员" in (error.raw_message or ""):
        error.code = ErrorCode.PAID
    return error


def is_risk(answer: Mapping[str, Any]) -> bool:
    """Whether *answer* comes from risk control, with any code: it has only a voucher for a captcha."""
    data = answer.get("data")
    return isinstance(data, Mapping) and "v_voucher" in data and len(data) <= 2


def find_page_outcome(state: Mapping[str, Any]) -> SeedError | None:
    """Return the outcome that a page's state states for its post; in a page -403 means that a login is required."""
    error = state.get("error")
    if not isinstance(error, Mapping):
        return None
    code = as_code(error.get("trueCode")) or as_code(error.get("code"))
    found = _VERDICTS.of({"code": code, "message": error.get("message")})
    if found is not None and code == "-403":
        found.code = ErrorCode.LOGIN_REQUIRED
    return found


def find_play_outcome(play: Mapping[str, Any]) -> SeedError | None:
    """Return the reason why the play data of an episode has no media."""
    plugins = play.get("plugins")
    for plugin in plugins if isinstance(plugins, list) else ():
        if peek(plugin, "name") == "AreaLimitPanel" and peek(plugin, "config.is_block"):
            return SeedError(ErrorCode.GEO_BLOCKED, raw_code="AreaLimitPanel", raw_message=_panel_words(plugin))
    reason = as_words(peek(play, "play_check.limit_play_reason")) or None
    if reason is not None and "AREA" in reason:
        return SeedError(ErrorCode.GEO_BLOCKED, raw_code="PLAY_NONE", raw_message=reason)
    if peek(play, "play_check.play_detail") == "PLAY_NONE" or play.get("play_video_type") == "none":
        return SeedError(ErrorCode.PAID, raw_code="PLAY_NONE", raw_message=reason)
    return None


def _panel_words(plugin: object) -> str | None:
    return as_words(peek(plugin, "config.title")) or as_words(peek(plugin, "config.text")) or None


def find_notice(notices: object) -> SeedError | None:
    """Return the outcome of the first known one of a page's *notices*."""
    for notice in notices if isinstance(notices, list) else ():
        words = as_words(notice)
        judged = next((code for word, code in _WORDS if word in words), None)
        if judged is not None:
            return SeedError(judged, raw_message=words)
    return None


def find_refusal(text: str) -> Refusal | None:
    """Return the refusal that the site sends instead of an answer; None for anything else."""
    if not text.strip():
        return EMPTY
    if text.lstrip()[:1] != "<":
        return None
    if _RISK_PAGE in text and _SHOWS.search(text) is None:
        return _RISK
    head = text[:_HEAD]
    return _BAN if _STATE not in head and any(word in head for word in _BANNED) else None
