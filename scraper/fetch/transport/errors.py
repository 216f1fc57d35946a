"""What goes wrong on the way, as opposed to in the answer. Scrapy's exceptions have no common base."""

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

from scraper.errors import SeedError


class ProxyDeadError(DownloadFailedError):
    """The proxy itself does not answer, or does not take its credentials."""


NETWORK_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)


def describe(error: BaseException) -> str:
    """Return in plain words, without addresses of objects, what a request failed with means."""
    if isinstance(error, SeedError):
        return error.raw_message or error.code
    if isinstance(error, IgnoreRequest):  # of what Content-Encoding makes too large; it would name the whole URL
        return "it unpacks to more than DOWNLOAD_MAXSIZE"
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "ERR_CERT_" in text:
        return "its certificate is not trusted: an authority of your own belongs into CA_FILE"
    if isinstance(error, CannotResolveHostError) or "ERR_NAME_NOT_RESOLVED" in text:
        return "its name cannot be resolved: no internet, or PROXY is missing"
    cause = error.__cause__
    if isinstance(cause, ClientSSLError):
        return "no TLS connection comes about"
    if isinstance(error, DownloadConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, ResponseDataLossError) or isinstance(cause, ClientPayloadError):
        return "the answer broke off"
    if isinstance(cause, ClientResponseError | HttpProcessingError):
        return "the answer is no HTTP"
    return text.partition(chr(10))[0]
