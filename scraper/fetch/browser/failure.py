"""Failures of the browser as values. Only this module parses the browser's own messages."""

import re
from enum import StrEnum

from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError

from scraper.errors import ErrorCode, SeedError

_CODE = re.compile(r"net::(ERR_[A-Z_]+)")


class FetchProblem(StrEnum):
    """Causes of an in-page fetch without an answer; the first two are words of our script in the page."""

    TIMEOUT = "timeout"
    TOO_LARGE = "too large"
    FOREIGN = "foreign"
    """A redirect to a host of another site."""
    FAILED = "failed"
    """Any other cause; the reason's words say more."""


class PageFetchError(Exception):
    """An in-page fetch gave no answer; *reason* is for people."""

    def __init__(self, reason: str, problem: FetchProblem = FetchProblem.FAILED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.problem = problem


class BrowserNetError(Exception):
    """The browser's network failed with *code* (ERR_…)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def find_origin(error: Exception) -> Exception:
    """Return *error* as a BrowserNetError if its message has a code of Chromium, else unchanged."""
    found = _CODE.search(str(error))
    if found is None:
        return error
    origin = BrowserNetError(found[1])
    origin.__cause__ = error
    return origin


def explain(error: PageFetchError) -> Exception:
    """Return Scrapy's exception, or a SeedError, for a failed in-page fetch."""
    if error.problem is FetchProblem.TIMEOUT:
        return DownloadTimeoutError("no answer in time in the page")
    if error.problem is FetchProblem.FOREIGN:
        return SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message="the page redirects to a foreign host")
    if error.problem is FetchProblem.TOO_LARGE:
        return SeedError(ErrorCode.PARSE_ERROR, raw_message="the page is larger than DOWNLOAD_MAXSIZE")
    return DownloadFailedError(f"fetch in the page: {error.reason}")
