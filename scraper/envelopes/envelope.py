"""Turn a post or an error into its envelope in ``envelopes.jsonl`` (schema/envelope-1.json). No key is ever missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scraper.envelopes.messages import OK, payload_message, problem_message, seed_message
from scraper.errors import STATUS, ErrorCode, MediaCause, PayloadError, SeedError
from scraper.model.failure import MediaFailure
from scraper.model.post import Post
from scraper.model.seed import Seed
from scraper.text.jsonline import JSON
from scraper.text.redaction import redact
from scraper.text.times import aware
from scraper.text.unicode import clean_text

SCHEMA = 1
HYBRID = "hybrid"
"""Stands for the platform if a spider accepts links of all platforms."""
MEDIA_FAILED = "media_failed"
"""Warning: some wanted media of the post are missing."""

Envelope = dict[str, JSON]
Completeness = Literal["complete", "partial", "none"]
_NO_FILE = MediaFailure(MediaCause.GONE, "gone: the post names no file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The values of an envelope that do not depend on the result."""

    seed: Seed
    platform: str
    title: str
    """The platform's name for people."""
    kind: str | None
    """The kind of the ref; None if the seed did not lead to one."""
    request_id: str
    """A UUID, version 4."""
    time: datetime
    ambiguous: frozenset[tuple[ErrorCode, str]] = frozenset()
    """``Platform.ambiguous``."""

    @property
    def router(self) -> str:
        """The envelope's ``router``, e.g. ``/tiktok/video``; without a ref the platform alone."""
        return f"/{self.platform}/{self.kind}" if self.kind else f"/{self.platform}"


def success(post: Post, context: Context, *, wanted: int, make_data: Callable[[], JSON]) -> Envelope:
    """
    Return the envelope of *post*: 200, or 502 with its data if none of the *wanted* media has a file.

    If one is missing, *post* gets the warning ``media_failed`` before *make_data* is called. Therefore call this
    function before you make the record of *post*.
    """
    completeness = find_completeness(post, wanted)
    if completeness != "complete":
        post.warn(MEDIA_FAILED)
    envelope = _frame(context)
    envelope["data"] = make_data()
    if completeness == "none":
        error = _media_failed(post)
        _fail(envelope, error, seed_message(error, title=context.title, text=context.seed.text))
    return envelope


def failure(error: SeedError | PayloadError, context: Context) -> Envelope:
    """Return the envelope of a seed that ended in *error*."""
    seed, title = context.seed, None if context.platform == HYBRID else context.title
    envelope = _frame(context)
    if isinstance(error, PayloadError):
        message = payload_message(error, title=title)
        error = SeedError(ErrorCode.PARSE_ERROR, raw_message=str(error))
    elif seed.problem is not None:
        message = problem_message(seed.problem)
    else:
        message = seed_message(error, title=title, text=seed.text, kind=context.kind, ambiguous=context.ambiguous)
    _fail(envelope, error, message)
    return envelope


def duplicate(first: Mapping[str, JSON], context: Context, *, of: str) -> Envelope:
    """Return the envelope of a seed for the same post as *first*, the envelope of the seed *of*."""
    repeated = {key: first[key] for key in ("router", "data", "message", "error")}
    return _frame(context) | {"code": status_of(first)} | repeated | {"duplicate_of": of}


def status_of(envelope: Mapping[str, JSON]) -> int:
    """Return 200, or the status of the error; works for every shape of *envelope*."""
    error = envelope.get("error")
    return STATUS[ErrorCode(str(error["code"]))] if isinstance(error, dict) else 200


def codes_of(results: Mapping[str, int]) -> dict[int, int]:
    """Return the number of envelopes by status, from *results*, their number by OK or error code."""
    codes: dict[int, int] = {}
    for name, count in results.items():
        code = 200 if name == OK else STATUS[ErrorCode(name)]
        codes[code] = codes.get(code, 0) + count
    return codes


def has_record(envelope: Mapping[str, JSON]) -> bool:
    """Whether *envelope* has a record of its own: errors have none, and a repeat shares that of the first seed."""
    return envelope.get("data") is not None and "duplicate_of" not in envelope


def platform_of(envelope: Mapping[str, JSON]) -> str:
    """Return the platform in ``router``, or the spider if the seed did not lead to a platform."""
    return str(envelope.get("router") or "/").split("/")[1]


def find_completeness(post: Post, wanted: int) -> Completeness:
    """Return whether all, some or none of the *wanted* media have their files."""
    whole = sum(medium.is_had and not medium.failures for medium in post.media)
    if whole >= wanted:
        return "complete"
    return "partial" if any(medium.is_had for medium in post.media) else "none"


def _media_failed(post: Post) -> SeedError:
    """Return the error of a post without a file: the one of its first failed medium."""
    failures = next((medium.failures for medium in post.media if medium.failures), [_NO_FILE])
    words = "; ".join(failure.text for failure in failures)
    return SeedError(ErrorCode.MEDIA_FAILED, raw_code=failures[0].cause, raw_message=words)


def _frame(context: Context) -> Envelope:
    return {
        "schema": SCHEMA,
        "seed": context.seed.id,
        "code": 200,
        "router": context.router,
        "data": None,
        "message": OK,
        "request_id": context.request_id,
        "time": aware(context.time).isoformat(),
        "params": {"url": clean_text(context.seed.text)},
        "cache_url": None,
        "error": None,
    }


def _fail(envelope: Envelope, error: SeedError, message: str) -> None:
    envelope["code"] = error.code.status
    envelope["message"] = message
    envelope["error"] = {
        "code": error.code.value,
        "raw_code": None if error.raw_code is None else redact(clean_text(str(error.raw_code))),
        "raw_message": None if error.raw_message is None else redact(clean_text(error.raw_message)),
        "retryable": error.code.retryable,
    }
