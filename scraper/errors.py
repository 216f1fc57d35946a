"""The error tree and the codes an envelope may carry (docs/outputs.md, "Envelopes")."""

from collections.abc import Sequence
from enum import StrEnum
from errno import EDQUOT, EFBIG, ENOSPC

_SHOWN = 5
"""Causes of one medium that a message lists one by one."""


class ErrorCode(StrEnum):
    """Reasons for a seed without a post or a medium without a file; *status* is the envelope's ``code``."""

    NO_URL = "no_url"
    HOST_NOT_ALLOWED = "host_not_allowed"
    UNKNOWN_RESOURCE = "unknown_resource"
    UNSUPPORTED_KIND = "unsupported_kind"
    REDIRECT_NOT_ALLOWED = "redirect_not_allowed"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    LOGIN_REQUIRED = "login_required"
    PAID = "paid"
    PRIVATE = "private"
    AGE_RESTRICTED = "age_restricted"
    CHALLENGE = "challenge"
    REMOVED = "removed"
    USER_GONE = "user_gone"
    NO_MEDIA = "no_media"
    NOT_LIVE = "not_live"
    SHORT_LINK_DEAD_END = "short_link_dead_end"
    RATE_LIMITED = "rate_limited"
    GEO_BLOCKED = "geo_blocked"
    PARSE_ERROR = "parse_error"
    MEDIA_FAILED = "media_failed"
    EXPIRED_URL = "expired_url"
    TIMEOUT = "timeout"
    DISK_FULL = "disk_full"
    POISON = "poison"

    @property
    def status(self) -> int:
        """The HTTP-like number in the envelope's ``code``."""
        return STATUS[self]

    @property
    def retryable(self) -> bool:
        """Whether the same seed, unchanged, may succeed later."""
        return self in RETRYABLE


class MediaCause(StrEnum):
    """Reasons for a medium without a file."""

    TRUNCATED = "truncated"
    NOT_MEDIA = "not_media"
    NO_SOUND = "no_sound"
    DURATION_MISMATCH = "duration_mismatch"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    TOO_LARGE = "too_large"
    EXPIRED_URL = "expired_url"
    TIMEOUT = "timeout"


class Cause(StrEnum):
    """Known causes of a refusal or of a request without an answer."""

    SESSION = "session"
    """The site does not accept this guest or account."""
    CAPTCHA = "captcha"
    SIGNATURE = "signature"
    """Only for sites whose scripts sign their requests; for any other site the cause is the session."""
    ADDRESS = "address"
    """The site refuses the network that the request came from."""
    CERTIFICATE = "certificate"
    PROXY = "proxy"
    NAME = "name"
    """A host name cannot be resolved."""
    SERVER = "server"
    """The site itself fails."""
    BROWSER = "browser"
    """No browser was found, or it does not start."""


_BY_STATUS: dict[int, str] = {
    400: "no_url host_not_allowed unknown_resource unsupported_kind redirect_not_allowed too_many_redirects",
    401: "login_required",
    402: "paid",
    403: "private age_restricted challenge",
    404: "removed user_gone no_media not_live short_link_dead_end",
    429: "rate_limited",
    451: "geo_blocked",
    502: "parse_error media_failed expired_url poison",
    504: "timeout",
    507: "disk_full",
}
STATUS = {ErrorCode(code): status for status, codes in _BY_STATUS.items() for code in codes.split()}
RETRYABLE = frozenset(
    {
        ErrorCode.CHALLENGE,
        ErrorCode.RATE_LIMITED,
        ErrorCode.EXPIRED_URL,
        ErrorCode.TIMEOUT,
        ErrorCode.MEDIA_FAILED,
        ErrorCode.DISK_FULL,
    }
)


class ScraperError(Exception):
    """Base of every error this project raises on purpose."""


class UsageError(ScraperError):
    """The user asked for something impossible; the message is one line that says what to do (exit code 2)."""

    cause: Cause | None = None


class BrowserMissingError(UsageError):
    """No browser can be used on this machine."""

    cause = Cause.BROWSER


class PayloadError(ScraperError):
    """The platform answered in an unknown shape: *path* is the place, *problem* the value found there."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class SeedError(ScraperError):
    """
    A seed ends without a post: *code* says why, *raw_code* and *raw_message* are the platform's words.

    *cause* is the known cause, if any; no code ever parses the platform's words for it.
    """

    def __init__(
        self,
        code: ErrorCode,
        *,
        raw_code: str | None = None,
        raw_message: str | None = None,
        cause: Cause | None = None,
    ) -> None:
        super().__init__(f"{code}" if raw_code is None else f"{code} ({raw_code})")
        self.code = code
        self.raw_code = raw_code
        self.raw_message = raw_message
        self.cause = cause


class MediaError(ScraperError):
    """A medium has no file: *detail* names the expected and the found value, *is_final* means that no retry helps."""

    def __init__(self, cause: MediaCause, detail: str, *, is_final: bool = False) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
        self.is_final = is_final


def join_errors(errors: Sequence[MediaError]) -> MediaError:
    """Return the first of *errors*, the different ones added to its detail; *errors* must not be empty."""
    first = errors[0]
    others = [text for text in dict.fromkeys(map(str, errors)) if text != str(first)]
    if len(others) > _SHOWN:
        others[_SHOWN:] = [f"and {len(others) - _SHOWN} more"]
    detail = "; then ".join((first.detail, *others))
    return MediaError(first.cause, detail, is_final=all(error.is_final for error in errors))


class InterruptedRunError(ScraperError):
    """The run was stopped before this step ended; its seed is not finished either."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether *error* means that the disk is full."""
    return isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EFBIG)


def disk_error(error: OSError, what: str = "cannot be written") -> MediaError | SeedError:
    """Return the error of a medium that cannot be written; a full disk is the error of its seed."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return MediaError(MediaCause.TRUNCATED, f"{what}: {error.strerror}", is_final=True)


def to_bug(error: BaseException | None) -> PayloadError | SeedError:
    """Return the error of a seed that an unexpected exception ended: a full disk, else a bug of the scraper."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return PayloadError(type(error).__name__, "a bug of the scraper, see the log: please report it")
