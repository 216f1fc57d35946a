"""The diagnosis of a failed stage: the culprit, and advice for it."""

from dataclasses import dataclass, field
from enum import StrEnum

from scraper.errors import Cause, ErrorCode, MediaCause, MediaError, PayloadError, ScraperError, SeedError, UsageError

MAX_SKEW = 60.0
"""Seconds by which the clock may be wrong: signed URLs expire after minutes or hours."""


class Culprit(StrEnum):
    """The part that is at fault."""

    COOKIE = "cookie"
    IP = "ip"
    SIGNATURE = "signature"
    POST = "post"
    LIMIT = "limit"
    NETWORK = "network"
    PROXY = "proxy"
    TLS = "tls"
    PLATFORM_CHANGED = "platform_changed"
    PLATFORM = "platform"
    BROWSER = "browser"
    CLOCK = "clock"
    SETTING = "setting"


class CheckStatus(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(slots=True, kw_only=True)
class Check:
    """One line of what ``scrapy doctor`` found."""

    name: str
    """Name of the check, or of the stage of a platform."""
    says: str
    platform: str | None = None
    status: CheckStatus = CheckStatus.OK
    culprit: Culprit | None = None
    advice: str = ""
    seconds: float = field(default=0.0)


_ADVICE = {
    Culprit.COOKIE: "the site does not believe this session: wait, or give cookies of your own (`scrapy cookies set`); "
    "BROWSER_HEADLESS=0 opens a window that shows the page",
    Culprit.IP: "the site refuses this network: try another network, or another PROXY",
    Culprit.SIGNATURE: "the site refuses its own scripts' signature: wait, look for a newer version, and report it",
    Culprit.POST: "this post is not available: name another one with --canary PLATFORM=URL",
    Culprit.LIMIT: "this network sent too many requests: wait, and lower OPEN_SEEDS",
    Culprit.NETWORK: "check the network, and PROXY if you need one",
    Culprit.PROXY: "start the proxy or correct PROXY or PROXIES_FILE",
    Culprit.TLS: "something between here and the site uses a certificate authority of its own: put that into CA_FILE",
    Culprit.PLATFORM_CHANGED: "the site has changed: look for a newer version, and report it with the path",
    Culprit.PLATFORM: "the site itself is out of order: try again later",
    Culprit.BROWSER: "type `make browser`, or set BROWSER_EXECUTABLE",
    Culprit.CLOCK: "set the clock of this machine: signed addresses have expired when they arrive",
    Culprit.SETTING: "correct the setting",
}
_BY_CAUSE = {
    Cause.SESSION: Culprit.COOKIE,
    Cause.CAPTCHA: Culprit.COOKIE,
    Cause.SIGNATURE: Culprit.SIGNATURE,
    Cause.ADDRESS: Culprit.IP,
    Cause.CERTIFICATE: Culprit.TLS,
    Cause.PROXY: Culprit.PROXY,
    Cause.NAME: Culprit.NETWORK,
    Cause.SERVER: Culprit.PLATFORM,
    Cause.BROWSER: Culprit.BROWSER,
}
_BY_CODE = {
    ErrorCode.CHALLENGE: Culprit.COOKIE,
    ErrorCode.RATE_LIMITED: Culprit.LIMIT,
    ErrorCode.GEO_BLOCKED: Culprit.IP,
    ErrorCode.TIMEOUT: Culprit.NETWORK,
    ErrorCode.PARSE_ERROR: Culprit.PLATFORM_CHANGED,
    ErrorCode.HOST_NOT_ALLOWED: Culprit.SETTING,
    ErrorCode.NO_URL: Culprit.SETTING,
    ErrorCode.REDIRECT_NOT_ALLOWED: Culprit.PLATFORM_CHANGED,
    ErrorCode.DISK_FULL: Culprit.SETTING,
}
_BY_MEDIA_CAUSE = {
    MediaCause.FORBIDDEN: Culprit.IP,
    MediaCause.GONE: Culprit.POST,
    MediaCause.TIMEOUT: Culprit.NETWORK,
    MediaCause.TRUNCATED: Culprit.NETWORK,
    MediaCause.NOT_MEDIA: Culprit.IP,
    MediaCause.EXPIRED_URL: Culprit.CLOCK,
}


def advise(culprit: Culprit) -> str:
    """Return the advice for *culprit*."""
    return _ADVICE[culprit]


def blame(error: ScraperError, *, signs: bool = False) -> Culprit:
    """
    Return the culprit of *error*.

    *signs*: the platform's pages sign their requests, so an empty answer means a refused signature.
    """
    if isinstance(error, PayloadError):
        return Culprit.PLATFORM_CHANGED
    if isinstance(error, UsageError):
        return Culprit.SETTING if error.cause is None else _BY_CAUSE[error.cause]
    if isinstance(error, MediaError):
        return _BY_MEDIA_CAUSE.get(error.cause, Culprit.PLATFORM)
    if not isinstance(error, SeedError):
        return Culprit.NETWORK
    if error.cause is not None:
        culprit = _BY_CAUSE[error.cause]
        return Culprit.COOKIE if culprit is Culprit.SIGNATURE and not signs else culprit
    return _BY_CODE.get(error.code, Culprit.POST)


def judge_skew(skew: float) -> Check:
    """Return the check of a clock that is *skew* seconds ahead of the platform's."""
    says = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the platforms' clocks"
    if abs(skew) <= MAX_SKEW:
        return Check(name="clock", says=says if abs(skew) >= 2 else "as the platforms' clocks")
    return Check(name="clock", says=says, status=CheckStatus.FAIL, culprit=Culprit.CLOCK, advice=advise(Culprit.CLOCK))
