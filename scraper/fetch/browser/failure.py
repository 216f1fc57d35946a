"""Why the browser had no answer, as values: what it says itself is read here, and nowhere else."""

import re
from enum import StrEnum

from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError

from scraper.errors import ErrorCode, SeedError

_CODE = re.compile(r"net::(ERR_[A-Z_]+)")


class FetchProblem(StrEnum):
    """Why an in-page fetch gave no answer; the first two are what the page's own script says."""

    TIMEOUT = "timeout"
    TOO_LARGE = "too large"
    FOREIGN = "foreign"
    """It leads to a host that is not the platform's."""
    FAILED = "failed"
    """The words say why."""


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
    """Return what is behind *error* of the browser: Chromium's own code, where its words hold one, else itself."""
    found = _CODE.search(str(error))
    if found is None:
        return error
    origin = BrowserNetError(found[1])
    origin.__cause__ = error
    return origin


def explain(error: PageFetchError) -> Exception:
    """Return Scrapy's word for a fetch in the page that failed."""
    if error.problem is FetchProblem.TIMEOUT:
        return DownloadTimeoutError("no answer in time in the page")
    if error.problem is FetchProblem.FOREIGN:
        return SeedError(ErrorCode.REDIRECT_NOT_ALLOWED, raw_message="the page redirects to a foreign host")
    if error.problem is FetchProblem.TOO_LARGE:
        return SeedError(ErrorCode.PARSE_ERROR, raw_message="the page is larger than DOWNLOAD_MAXSIZE")
    return DownloadFailedError(f"fetch in the page: {error.reason}")
