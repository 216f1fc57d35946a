"""X's own codes and messages for missing posts."""

from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import Cause, ErrorCode, SeedError
from scraper.posts.fields import peek
from scraper.posts.verdicts import as_code, as_words

E = ErrorCode
REASONS = {  # TweetUnavailable, UserUnavailable
    "protected": E.PRIVATE,
    "suspended": E.USER_GONE,
    "deactivated": E.USER_GONE,
    "offboarded": E.USER_GONE,
    "deleted": E.REMOVED,
    "bouncedeleted": E.REMOVED,
    "bounced": E.REMOVED,
    "unavailable": E.REMOVED,
    "loggedout": E.LOGIN_REQUIRED,
    "blockedby": E.PRIVATE,
    "authorblocksviewer": E.PRIVATE,
    "exclusivetweet": E.PAID,
}
_REASON_STARTS = (("nsfw", E.AGE_RESTRICTED), ("age", E.AGE_RESTRICTED), ("withheld", E.GEO_BLOCKED))
TOMBSTONES = (  # part of the text -> its meaning; the first match counts
    ("suspended account", E.USER_GONE),
    ("account that no longer exists", E.USER_GONE),
    ("deleted by", E.REMOVED),
    ("violated", E.REMOVED),
    ("age-restricted", E.AGE_RESTRICTED),
    ("adult content", E.AGE_RESTRICTED),
    ("your age", E.AGE_RESTRICTED),
    ("subscribe", E.PAID),
    ("withheld", E.GEO_BLOCKED),
    ("local law", E.GEO_BLOCKED),
    ("limits who can view", E.PRIVATE),
    ("limited who can view", E.PRIVATE),
    ("approved followers", E.PRIVATE),
    ("protected", E.PRIVATE),
    ("blocked", E.PRIVATE),
    ("log in", E.LOGIN_REQUIRED),
    ("sign up", E.LOGIN_REQUIRED),
)
CODES = {
    "17": E.USER_GONE,
    "29": E.TIMEOUT,
    "32": E.CHALLENGE,
    "34": E.REMOVED,
    "37": E.LOGIN_REQUIRED,
    "50": E.USER_GONE,
    "63": E.USER_GONE,
    "64": E.CHALLENGE,
    "87": E.LOGIN_REQUIRED,
    "88": E.RATE_LIMITED,
    "89": E.CHALLENGE,
    "99": E.CHALLENGE,
    "130": E.TIMEOUT,
    "131": E.TIMEOUT,
    "136": E.PRIVATE,
    "144": E.REMOVED,
    "179": E.PRIVATE,
    "215": E.CHALLENGE,
    "220": E.LOGIN_REQUIRED,
    "239": E.CHALLENGE,
    "326": E.CHALLENGE,
    "353": E.CHALLENGE,
    "421": E.REMOVED,
    "422": E.REMOVED,
}
_WORDS = (
    ("rate limit", E.RATE_LIMITED),
    ("too many requests", E.RATE_LIMITED),
    ("guest token", E.CHALLENGE),
    ("could not authenticate", E.CHALLENGE),
    ("expired token", E.CHALLENGE),
    ("bad authentication", E.CHALLENGE),
    ("not authorized", E.LOGIN_REQUIRED),
    ("no status found", E.REMOVED),
    ("does not exist", E.REMOVED),
    ("user not found", E.USER_GONE),
    ("suspended", E.USER_GONE),
    ("unspecified", E.TIMEOUT),
    ("internal error", E.TIMEOUT),
    ("internal server error", E.TIMEOUT),
    ("over capacity", E.TIMEOUT),
)
_NO_CODE = frozenset({"", "0"})


def judge_gone(data: Mapping[str, Any]) -> SeedError:
    """Return the reason why X shows *data* instead of a post; empty data means a removed post."""
    name = as_code(data.get("__typename"))
    if name == "TweetPreviewDisplay":
        return SeedError(E.PAID, raw_code=name, raw_message=_tombstone(data))
    if reason := as_words(data.get("reason")):
        return SeedError(judge_reason(reason), raw_code=reason, raw_message=name or None)
    text = _tombstone(data)
    words = (text or "").lower().replace("’", "'")
    code = next((code for part, code in TOMBSTONES if part in words), E.REMOVED)
    return SeedError(code, raw_code=name or ("TweetTombstone" if text else None), raw_message=text)


def judge_reason(reason: str) -> ErrorCode:
    """Return the error code for X's *reason* of an unavailable post or user."""
    word = reason.lower()
    start = next((code for begin, code in _REASON_STARTS if word.startswith(begin)), E.REMOVED)
    return REASONS.get(word, start)


def _tombstone(data: Mapping[str, Any]) -> str | None:
    places = ("text.text", "richText.text", "text", "epitaph")
    return next((words for place in places if (words := as_words(peek(data.get("tombstone"), place)))), None)


def find_errors(data: object) -> SeedError | None:
    """Return the clearest of the errors in *data*, None if there is none."""
    found = [_judge(*entry) for entry in _errors(data)]
    telling = (error for error in found if error.code not in (E.PARSE_ERROR, E.TIMEOUT))
    return next(telling, next((error for error in found if error.code is E.TIMEOUT), next(iter(found), None)))


def _errors(data: object) -> Iterator[tuple[str, str]]:
    """Yield code and message of every error, also in the wrapper of a reseller."""
    for place in ("errors", "data.errors", "error", "data.error"):
        value = peek(data, place)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, Mapping):
                codes = (as_code(peek(entry, path)) for path in ("extensions.code", "code", "status"))
                yield next((code for code in codes if code not in _NO_CODE), ""), as_words(entry.get("message"))
            elif words := as_words(entry):
                yield "", words
    if isinstance(data, Mapping) and "data" not in data and (words := as_words(data.get("message"))):
        yield "", words


def _judge(code: str, message: str) -> SeedError:
    words = message.lower()
    judged = CODES.get(code) or next((found for part, found in _WORDS if part in words), E.PARSE_ERROR)
    cause = Cause.SERVER if judged is E.TIMEOUT else None
    return SeedError(judged, raw_code=code or None, raw_message=message or None, cause=cause)
