"""The record in memory: one Post with its media and their variants. An absent value is None, never left out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Part: TypeAlias = dict[str, str | int | float | None]
"""One of the parts of a post, under the platform's own names."""


class Kind(StrEnum):
    """What a post is made of."""

    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    LIVE = "live"
    TEXT = "text"


class Role(StrEnum):
    """What a medium is to its post."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    COVER = "cover"
    SUBTITLE = "subtitle"
    LIVE_PHOTO = "live_photo"


@dataclass(slots=True, kw_only=True)
class Author:
    """Who published a post."""

    id: str | None = None
    handle: str | None = None
    name: str | None = None
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counters at the time of the answer; None where the platform shows none."""

    plays: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    reposts: int | None = None
    quotes: int | None = None
    coins: int | None = None
    danmaku: int | None = None


@dataclass(slots=True, kw_only=True)
class Music:
    """The sound a post names."""

    id: str | None = None
    title: str | None = None
    author: str | None = None
    url: str | None = None
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Cover:
    """The still shown before a video plays."""

    url: str
    width: int | None = None
    height: int | None = None


@dataclass(slots=True, kw_only=True)
class Segment:
    """One of the pieces that make a file, each with timestamps of its own."""

    url: str
    backup_urls: list[str] = field(default_factory=list)
    bytes: int | None = None
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Variant:
    """One way to fetch a medium, with all that its server wants to see."""

    url: str
    backup_urls: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    """The pieces that play one after the other, where *url* is but the first of them."""
    watermark: bool | Literal["none", "unknown"] = "unknown"
    """``"none"`` = the platform has no such thing."""
    watermark_source: str | None = None
    """The payload field that decided *watermark*, e.g. ``video.downloadAddr``."""
    quality: str | None = None
    """The platform's own name or the short side with a ``p``, e.g. ``720p``."""
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    codec: str | None = None
    """h264, h265, h266, av1, aac, mp3, jpeg, png, webp, webvtt, srt …; None = not said."""
    bitrate: int | None = None
    """Bits per second."""
    bytes: int | None = None
    has_audio: bool | None = None
    expires_at: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers without which the server refuses, e.g. Referer."""
    cookies: list[str] = field(default_factory=list)
    """Names of the cookies without which the server refuses."""
    durable: str | None = None
    """What the platform signs again into a new URL."""
    jar: dict[str, str] = field(default_factory=dict, repr=False)
    """Values of *cookies*, from the very answer that carried *url*; secret, never part of a record."""


@dataclass(slots=True, kw_only=True)
class Probe:
    """What libav found in a file."""

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Seconds."""
    has_audio: bool | None = None


@dataclass(slots=True, kw_only=True)
class File:
    """A verified file under OUTPUT_DIR."""

    variant: int | None
    """Position in the medium's *variants*; None = made here, from other media of the post."""
    path: str
    """Relative to OUTPUT_DIR, with ``/``."""
    bytes: int
    sha256: str
    probe: Probe | None = None
    sound: int | None = None
    """Position of the sound in it among the variants of the medium that ``joins`` this one."""
    reason: str | None = None
    """Why this variant: its place in the order, then what it is."""


@dataclass(slots=True, kw_only=True)
class Chapter:
    """A named stretch of a video."""

    title: str
    start: float
    """Seconds."""
    end: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Media:
    """One medium of a post, in every variant on offer, and after download its files."""

    index: int
    """From 1, in the order of the post."""
    role: Role
    owner_id: str | None = None
    """Id of the post the medium belongs to; a quoted post keeps its own."""
    part: int | None = None
    """From 1: the part of the post it belongs to, where a post has ``parts``."""
    joins: int | None = None
    """*index* of the video whose file this sound becomes a track of."""
    is_gif: bool = False
    """Whether a video is shown like a GIF: without sound, again and again."""
    duration: float | None = None
    """Seconds."""
    width: int | None = None
    height: int | None = None
    language: str | None = None
    """Of a subtitle, as the platform writes it."""
    chapters: list[Chapter] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    error: str | None = None
    """A MediaCause with its detail, where a wanted file could not be had."""


@dataclass(slots=True, kw_only=True)
class Provenance:
    """How the record came to be."""

    session: str | None = None
    via: str | None = None
    tries: int = 1
    seconds: dict[str, float] = field(default_factory=dict)
    """Per stage: resolve, fetch, media."""


@dataclass(slots=True, kw_only=True)
class Post:
    """One post of one platform, as ``posts.jsonl`` holds it."""

    platform: str
    id: str
    kind: Kind
    url: str
    share_url: str | None = None
    title: str | None = None
    text: str | None = None
    language: str | None = None
    created_at: datetime | None = None
    author: Author = field(default_factory=Author)
    stats: Stats = field(default_factory=Stats)
    music: Music | None = None
    hashtags: list[str] = field(default_factory=list)
    cover: Cover | None = None
    parts: list[Part] = field(default_factory=list)
    quoted_id: str | None = None
    media: list[Media] = field(default_factory=list)
    restrictions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    raw: str | None = None
    """Path of the saved answer under OUTPUT_DIR."""
    seed: str | None = None
    tags: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    """Of the seed, as its line gave them."""
    provenance: Provenance = field(default_factory=Provenance)

    def warn(self, *warnings: str) -> None:
        """Note what is silently less than wanted, each thing once."""
        self.warnings += [warning for warning in dict.fromkeys(warnings) if warning not in self.warnings]
