"""The error tree and the codes an envelope may carry (docs/outputs.md, "Envelopes")."""

from collections.abc import Sequence
from enum import StrEnum
from errno import EDQUOT, EFBIG, ENOSPC

_SHOWN = 5
"""Causes of one medium that are told one by one."""


class ErrorCode(StrEnum):
    """Why a seed has no post, or a medium no file; *status* is the envelope's ``code``."""

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
        """The HTTP-like number of the envelope's ``code``."""
        return STATUS[self]

    @property
    def retryable(self) -> bool:
        """Whether the same seed may succeed later without anybody changing it."""
        return self in RETRYABLE


class MediaCause(StrEnum):
    """Why one medium could not be had."""

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
    """What is behind a refusal, or behind a request without an answer, as far as it shows."""

    SESSION = "session"
    """The site does not believe this guest or account."""
    CAPTCHA = "captcha"
    SIGNATURE = "signature"
    """Of a site whose scripts sign what they ask for; of any other the session is behind it."""
    ADDRESS = "address"
    """The site refuses the network that the request came from."""
    CERTIFICATE = "certificate"
    PROXY = "proxy"
    NAME = "name"
    """A host name cannot be resolved."""
    SERVER = "server"
    """The site itself is out of order."""
    BROWSER = "browser"
    """No browser is found, or it does not start."""


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
    """Somebody asked for what cannot be done; the message is one line that says what to do (exit code 2)."""

    cause: Cause | None = None


class BrowserMissingError(UsageError):
    """No browser can be used on this machine."""

    cause = Cause.BROWSER


class PayloadError(ScraperError):
    """The platform answered, but not in the shape we know: *path* is where, *problem* is what stood there."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class SeedError(ScraperError):
    """
    A seed ends without a post: *code* says why, *raw_code* and *raw_message* are the platform's words.

    *cause* is what is behind it, where that is known more exactly; nothing is ever read out of the words.
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
    """A medium has no file: *cause* says why, *detail* what was expected and found, *is_final* that no retry helps."""

    def __init__(self, cause: MediaCause, detail: str, *, is_final: bool = False) -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
        self.is_final = is_final


def join_errors(errors: Sequence[MediaError]) -> MediaError:
    """Return the first of *errors*, with what else was tried, each once; at least one is given."""
    first = errors[0]
    others = [text for text in dict.fromkeys(map(str, errors)) if text != str(first)]
    if len(others) > _SHOWN:
        others[_SHOWN:] = [f"and {len(others) - _SHOWN} more"]
    detail = "; then ".join((first.detail, *others))
    return MediaError(first.cause, detail, is_final=all(error.is_final for error in errors))


class InterruptedRunError(ScraperError):
    """The run was told to stop before this was done; its seed is not done either."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether there was no room to write something."""
    return isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EFBIG)


def disk_error(error: OSError, what: str = "cannot be written") -> MediaError | SeedError:
    """Return what a medium ends with where the disk fails: a full one ends its seed."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return MediaError(MediaCause.TRUNCATED, f"{what}: {error.strerror}", is_final=True)


def to_bug(error: BaseException | None) -> PayloadError | SeedError:
    """Return what a seed ends with when something broke that should not: a full disk, else a bug of ours."""
    if is_disk_full(error):
        return SeedError(ErrorCode.DISK_FULL)
    return PayloadError(type(error).__name__, "a bug of the scraper, see the log: please report it")
