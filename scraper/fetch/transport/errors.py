"""Failures of the transport, as opposed to those in an answer. Scrapy's exceptions have no common base."""

from ssl import SSLCertVerificationError

from aiohttp import ClientPayloadError, ClientResponseError, ClientSSLError
from aiohttp.http_exceptions import HttpProcessingError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from scraper.errors import Cause, SeedError
from scraper.fetch.browser.failure import BrowserNetError


class ProxyDeadError(DownloadFailedError):
    """The proxy itself does not respond, or rejects its credentials."""


class ProxyUnfitError(DownloadFailedError):
    """No proxy can carry the request, which must not be sent without one."""


NETWORK_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
_OF_BROWSER = (("ERR_CERT_", Cause.CERTIFICATE), ("ERR_NAME_NOT_RESOLVED", Cause.NAME), ("ERR_PROXY_", Cause.PROXY))
"""Prefixes of the browser's codes, with their cause."""
_WORDS = {
    Cause.CERTIFICATE: "its certificate is not trusted: put an authority of your own into CA_FILE",
    Cause.NAME: "its name cannot be resolved: no internet, or PROXY is missing",
}


def find_cause(error: BaseException) -> Cause | None:
    """Return the cause of a request without an answer, None if it may be the network as a whole."""
    if isinstance(error, SeedError):
        return error.cause
    origin = error.__cause__
    if isinstance(origin, BrowserNetError):
        return next((cause for start, cause in _OF_BROWSER if origin.code.startswith(start)), None)
    if isinstance(origin, SSLCertVerificationError):
        return Cause.CERTIFICATE
    if isinstance(error, CannotResolveHostError):
        return Cause.NAME
    return Cause.PROXY if isinstance(error, ProxyDeadError | ProxyUnfitError) else None


def describe(error: BaseException) -> str:
    """Return the meaning of a request's *error* in plain words, without addresses of objects."""
    if isinstance(error, SeedError):
        return error.raw_message or error.code
    if isinstance(error, IgnoreRequest):  # the decompressed body is too large; the message has the URL
        return "it unpacks to more than DOWNLOAD_MAXSIZE"
    known = find_cause(error)
    if known in _WORDS:
        return _WORDS[known]
    cause = error.__cause__
    if isinstance(cause, ClientSSLError):
        return "no TLS connection is possible"
    if isinstance(error, DownloadConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, ResponseDataLossError) or isinstance(cause, ClientPayloadError):
        return "the answer broke off"
    if isinstance(cause, ClientResponseError | HttpProcessingError):
        return "the answer is not HTTP"
    return str(error).partition(chr(10))[0]
