"""Post or error -> the envelope of ``envelopes.jsonl`` (schema/envelope-1.json). All keys are always there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scraper.core.archived import is_archived
from scraper.core.errors import ErrorCode, PayloadError, SeedError
from scraper.core.items import Kind, Media, Post, Role
from scraper.core.messages import OK, payload_message, problem_message, redact, seed_message
from scraper.core.record import JSON, aware, clean_text, to_record
from scraper.core.seeds import Seed
from scraper.core.variants import best_quality, rank

SCHEMA = 1
HYBRID = "hybrid"
"""Stands for the platform where a spider takes links of all."""
MEDIA_FAILED = "media_failed"
"""The warning of a post of which some wanted media are missing."""

Envelope = dict[str, JSON]
MediaState = Literal["complete", "partial", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an envelope says besides the result."""

    seed: Seed
    platform: str
    title: str
    """Of the platform, as a person writes it."""
    kind: str | None
    """Of the ref; None where the seed led nowhere."""
    request_id: str
    """A UUID of version 4."""
    time: datetime

    @property
    def router(self) -> str:
        """The envelope's ``router``, e.g. ``/tiktok/video``; without a ref the platform alone."""
        return f"/{self.platform}/{self.kind}" if self.kind else f"/{self.platform}"


def success(post: Post, context: Context, *, wanted: int) -> Envelope:
    """
    Return the envelope of *post*: 200, or 502 with the data kept where not one of the *wanted* media came.

    Where one is missing, *post* gets the warning ``media_failed``, so call this before its record is made.
    """
    state = media_state(post, wanted)
    if state != "complete":
        post.warn(MEDIA_FAILED)
    envelope = _frame(context)
    envelope["data"] = post_data(post)
    if state == "none":
        cause = next((medium.error for medium in post.media if medium.error), "gone: the post names no file")
        error = SeedError(ErrorCode.MEDIA_FAILED, raw_code=_cause(cause), raw_message=cause)
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
        message = seed_message(error, title=title, text=seed.text, kind=context.kind)
    _fail(envelope, error, message)
    return envelope


def duplicate(first: Mapping[str, JSON], context: Context, *, of: str) -> Envelope:
    """Return the envelope of a seed that asks for the same post as *first*, the envelope of the seed *of*."""
    repeated = {key: first[key] for key in ("code", "router", "data", "message", "error")}
    return _frame(context) | repeated | {"duplicate_of": of}


def media_state(post: Post, wanted: int) -> MediaState:
    """Return whether all, some or none of the *wanted* media have their files."""
    whole = sum((bool(m.files) or is_archived(post, m)) and m.error is None for m in post.media)
    if whole >= wanted:
        return "complete"
    return "partial" if any(m.files or is_archived(post, m) for m in post.media) else "none"


def post_data(post: Post) -> dict[str, JSON]:
    """Return the hybrid minimal keys of *post*, our own *media* list beside them."""
    record = to_record(post)
    data: dict[str, JSON] = {
        "type": record["kind"],
        "platform": record["platform"],
        "video_id": record["id"],
        "aweme_id": record["id"],
        "desc": record["text"] if post.text is not None else record["title"],
        "create_time": None if post.created_at is None else int(aware(post.created_at).timestamp()),
        "author": record["author"],
        "music": record["music"],
        "statistics": record["stats"],
        "cover_data": _cover_data(post, record["cover"]),
        "hashtags": record["hashtags"],
    }
    if post.kind is Kind.IMAGE:
        data["image_data"] = _image_data(post.media)
    else:
        data["video_data"] = _video_data(post.media)
    data["media"] = record["media"]
    data["warnings"] = record["warnings"]
    return data


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


def _cause(error: str | None) -> str | None:
    """Return the MediaCause at the start of a medium's *error*."""
    return None if error is None else error.split(":", 1)[0].split(";", 1)[0]


def _video_data(media: Iterable[Media]) -> dict[str, JSON]:
    """
    Return the four URLs of the first video, best first by our order and (``_HQ``) by quality alone.

    A ``wm_`` key never points to a clean file, so where a platform draws no watermark both are null. ``audio_url`` is
    the separate sound of a silent stream.
    """
    media = list(media)
    video = next((medium for medium in media if medium.role is Role.VIDEO), None)
    audio = next((medium for medium in media if medium.role is Role.AUDIO and medium.variants), None)
    clean, marked = _split(video)
    is_silent = video is not None and bool(clean or marked) and video.variants[(clean or marked)[0]].has_audio is False
    return {
        "nwm_video_url": _url(video, clean[0] if clean else None),
        "nwm_video_url_HQ": _url(video, best_quality(video, clean) if video else None),
        "wm_video_url": _url(video, marked[0] if marked else None),
        "wm_video_url_HQ": _url(video, best_quality(video, marked) if video else None),
        "audio_url": _url(audio, rank(audio)[0]) if audio and is_silent else None,
    }


def _image_data(media: Iterable[Media]) -> dict[str, JSON]:
    """Return the best URL of each picture without and with watermark; a picture that has none is left out."""
    images = [(medium, *_split(medium)) for medium in media if medium.role is Role.IMAGE]
    return {
        "no_watermark_image_list": [_url(medium, clean[0]) for medium, clean, _ in images if clean],
        "watermark_image_list": [_url(medium, marked[0]) for medium, _, marked in images if marked],
    }


def _split(medium: Media | None) -> tuple[list[int], list[int]]:
    """Return the positions of the variants without and with watermark, best first."""
    if medium is None:
        return [], []
    order = rank(medium)
    marked = [index for index in order if medium.variants[index].watermark is True]
    return [index for index in order if index not in marked], marked


def _url(medium: Media | None, index: int | None) -> JSON:
    return None if medium is None or index is None else clean_text(medium.variants[index].url)


def _cover_data(post: Post, cover: JSON) -> dict[str, JSON]:
    """Return the stills under their hybrid names; ``origin`` and ``dynamic`` are qualities of a cover medium."""
    named: dict[str | None, JSON] = {
        variant.quality: {"url": clean_text(variant.url), "width": variant.width, "height": variant.height}
        for medium in post.media
        if medium.role is Role.COVER
        for variant in medium.variants
    }
    return {"cover": cover, "origin_cover": named.get("origin"), "dynamic_cover": named.get("dynamic")}
