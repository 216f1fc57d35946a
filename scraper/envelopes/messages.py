"""The sentences of envelopes: the event, and what to do. Without cookies, tokens, local paths and signed queries."""

from collections.abc import Collection

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.text.redaction import quote, redact

OK = "ok"

_TEXTS: dict[ErrorCode, str] = {
    ErrorCode.NO_URL: (
        "No link was found in the text {input}: give a link that starts with https://, or a share text that holds one."
    ),
    ErrorCode.HOST_NOT_ALLOWED: (
        "The site of {input} does not belong to {title}: check the link; for a link of another platform use"
        " the spider of that platform."
    ),
    ErrorCode.UNKNOWN_RESOURCE: (
        "{input} is on {title}, but its form is unknown: copy the link with the share button of the post."
    ),
    ErrorCode.UNSUPPORTED_KIND: (
        "{input} is a {kind} link of {title}, which cannot be fetched: give links to single posts."
    ),
    ErrorCode.REDIRECT_NOT_ALLOWED: (
        "{title} redirected the link to a site that is not its own, so it was not followed: open it in a browser and"
        " give the link of the post."
    ),
    ErrorCode.TOO_MANY_REDIRECTS: (
        "{title} redirected the link too many times: open it in a browser and give the link of the post."
    ),
    ErrorCode.LOGIN_REQUIRED: (
        "{title} shows this post only to people who are logged in: open it in a browser where you are logged in; guests"
        " cannot fetch it."
    ),
    ErrorCode.PAID: (
        "{title} shows this post only to subscribers or buyers: open it in a browser where you are logged in."
    ),
    ErrorCode.PRIVATE: (
        "The author has made this post or account private on {title}: ask the author, or open it in a browser where "
        "you are logged in."
    ),
    ErrorCode.AGE_RESTRICTED: (
        "{title} shows this post only to adults who are logged in: open it in a browser where you are logged in; guests"
        " cannot fetch it."
    ),
    ErrorCode.CHALLENGE: (
        "{title} asked for a check that only a person can pass: wait a while, or run from another network, and retry."
    ),
    ErrorCode.REMOVED: "The post is not on {title} any more: check the link; nothing is left to fetch.",
    ErrorCode.USER_GONE: "The account is deleted or suspended on {title}: check the link; nothing is left to fetch.",
    ErrorCode.NO_MEDIA: "The post on {title} has no video, picture or sound: there is nothing to download.",
    ErrorCode.NOT_LIVE: "The stream on {title} is not running now: try again while it is live.",
    ErrorCode.SHORT_LINK_DEAD_END: (
        "The short link {input} does not lead to a post on {title}: it has expired or was mistyped, so give the link"
        " of the post itself."
    ),
    ErrorCode.RATE_LIMITED: "{title} asked to slow down: wait a while, then give the link again.",
    ErrorCode.GEO_BLOCKED: (
        "{title} does not show this post in the country of this IP: run from a country where it is shown."
    ),
    ErrorCode.PARSE_ERROR: "{title} answered in a shape we do not know: update, or report it with the raw answer.",
    ErrorCode.MEDIA_FAILED: (
        "The post was read but none of its media could be downloaded from {title} ({cause}): give the "
        "link again, and report the problem if that does not help."
    ),
    ErrorCode.EXPIRED_URL: (
        "The media links of {title} expired before the download: give the link again to get fresh ones."
    ),
    ErrorCode.TIMEOUT: "{title} could not be reached ({cause}): check the network and give the link again.",
    ErrorCode.POISON: (
        "{input} was open each time the scraper was killed or crashed ({cause}), so it is set aside: report it, or "
        "give the link alone."
    ),
    ErrorCode.DISK_FULL: "The disk is too full to store media: free some space and give the link again.",
}
_OTHER_PLATFORM = "{input} is a link of {title}, which this spider does not take: {cause}."
_NO_PLATFORM = "The site of {input} does not belong to a supported platform: check the link."
_REMOVED_OR_BLOCKED = (
    "The post is not on {title} any more, or blocked for this IP: open it in a browser, and if it is there run from "
    "another network."
)
_UNKNOWN_SHAPE = (
    "{title} answered in a shape we do not know ({path}: {problem}): update, or report it with the raw answer."
)
_SOME_PLATFORM = "the platform"


def seed_message(
    error: SeedError,
    *,
    title: str | None,
    text: str,
    kind: str | None = None,
    ambiguous: Collection[tuple[ErrorCode, str]] = (),
) -> str:
    """
    Return the sentence for *error* of the seed *text*; *title* is None if the platform is unknown.

    *ambiguous* are the outcomes that the platform also sends to a blocked IP.
    """
    template = _TEXTS[error.code]
    if title is None and error.code is ErrorCode.HOST_NOT_ALLOWED:
        template = _NO_PLATFORM
    elif error.raw_message and error.code is ErrorCode.HOST_NOT_ALLOWED:
        template = _OTHER_PLATFORM
    elif (error.code, error.raw_code) in ambiguous:
        template = _REMOVED_OR_BLOCKED
    cause = redact(error.raw_message or "no reason given")
    sentence = template.format(title=title or _SOME_PLATFORM, input=quote(text), kind=kind or "special", cause=cause)
    return sentence[:1].upper() + sentence[1:]


def payload_message(error: PayloadError, *, title: str | None) -> str:
    """Return the sentence for an answer of unknown shape; it names the path."""
    sentence = _UNKNOWN_SHAPE.format(title=title or _SOME_PLATFORM, path=error.path, problem=redact(error.problem))
    return sentence[:1].upper() + sentence[1:]


def problem_message(problem: str) -> str:
    """Return the sentence for a line that is not a seed because of *problem*."""
    return f"The line is not a seed: {redact(problem)}."
