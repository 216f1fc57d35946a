"""The record in memory: one Post with its media and their variants. An absent value is None, never left out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from scraper.model.failure import MediaFailure

Part: TypeAlias = dict[str, str | int | float | None]
"""One of the parts of a post, under the platform's own names."""
NOT_RECORDED = {"is_recorded": False}
"""Marks a field that a run needs and that no record holds."""


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
    """The platform's number for the account."""
    handle: str | None = None
    """The name in links, without ``@``."""
    name: str | None = None
    """As the profile shows it."""
    url: str | None = None
    """Of the profile."""


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counters at the time of the answer; None where the platform shows none."""

    plays: int | None = None
    """Views."""
    likes: int | None = None
    """Likes, hearts."""
    comments: int | None = None
    """Comments and replies to them, as the platform counts."""
    shares: int | None = None
    """Times it was shared."""
    saves: int | None = None
    """Bookmarks, favourites."""
    reposts: int | None = None
    """Times others posted it again."""
    quotes: int | None = None
    """Times it was quoted."""
    coins: int | None = None
    """What viewers give away of a limited number, where a platform has such a thing."""
    danmaku: int | None = None
    """Comments that fly over a video."""


@dataclass(slots=True, kw_only=True)
class Music:
    """The sound a post names."""

    id: str | None = None
    """The platform's number for the sound."""
    title: str | None = None
    """Its title."""
    author: str | None = None
    """Who made it."""
    url: str | None = None
    """Of its file, as the answer has it."""
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Cover:
    """The still shown before a video plays."""

    url: str
    """Of the picture."""
    width: int | None = None
    height: int | None = None


@dataclass(slots=True, kw_only=True)
class Segment:
    """One of the pieces that make a file, each with timestamps of its own."""

    url: str
    backup_urls: list[str] = field(default_factory=list)
    bytes: int | None = None
    """Size, where the answer says it."""
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Variant:
    """One way to fetch a medium, with all that its server wants to see."""

    url: str
    """Where its file is; signed ones live for hours."""
    backup_urls: list[str] = field(default_factory=list)
    """Where the same file is as well."""
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
    """Pictures a second."""
    codec: str | None = None
    """h264, h265, h266, av1, aac, mp3, jpeg, png, webp, webvtt, srt …; None = not said."""
    bitrate: int | None = None
    """Bits per second."""
    bytes: int | None = None
    """Size, where the answer says it."""
    has_audio: bool | None = None
    """Whether it has sound; null = not said."""
    expires_at: datetime | None = None
    """From when on *url* is refused; null = not said."""
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
    """Of the picture, else of the sound."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Seconds."""
    has_audio: bool | None = None
    """Whether it has a track of sound."""


@dataclass(slots=True, kw_only=True)
class File:
    """A verified file under OUTPUT_DIR."""

    variant: int | None
    """Position in the medium's *variants*; None = made here, from other media of the post."""
    path: str
    """Relative to OUTPUT_DIR, with ``/``."""
    bytes: int
    """Size on the disk."""
    sha256: str
    """Of its content, in hexadecimal digits."""
    probe: Probe | None = None
    """What it is, by opening it; null for subtitles."""
    sound: int | None = None
    """Position of the sound in it among the variants of the medium that ``joins`` this one."""
    reason: str | None = None
    """Why this variant: its place in the order, then what it is."""


@dataclass(slots=True, kw_only=True)
class Chapter:
    """A named stretch of a video."""

    title: str
    """Its name."""
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
    """``video``, ``audio``, ``image``, ``cover``, ``subtitle`` or ``live_photo``."""
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
    """Pixels."""
    height: int | None = None
    """Pixels."""
    language: str | None = None
    """Of a subtitle, as the platform writes it."""
    chapters: list[Chapter] = field(default_factory=list)
    """Of a video."""
    variants: list[Variant] = field(default_factory=list)
    """Every way to fetch it that is on offer."""
    files: list[File] = field(default_factory=list)
    """What was fetched."""
    error: str | None = None
    """A MediaCause with its detail, where a wanted file could not be had."""
    failures: list[MediaFailure] = field(default_factory=list, metadata=NOT_RECORDED)
    """What *error* says, a value for each file that could not be had."""
    is_archived: bool = field(default=False, metadata=NOT_RECORDED)
    """Whether a wanted file was left out because the archive has it, while it does not lie here."""

    @property
    def is_had(self) -> bool:
        """Whether a wanted file of it is here, or was in an earlier run."""
        return bool(self.files) or self.is_archived

    def fail(self, *failures: MediaFailure) -> None:
        """Note why wanted files could not be had: as values, and in words for the record."""
        self.failures += failures
        self.error = "; ".join(failure.text for failure in self.failures) or None


@dataclass(slots=True, kw_only=True)
class Provenance:
    """How the record came to be."""

    session: str | None = None
    """Which guest or account got it, by a name that tells nothing."""
    via: str | None = None
    """``http``, ``page`` or ``navigate``."""
    tries: int = 1
    """Answers until one could be used."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Per stage: resolve, fetch, media."""


@dataclass(slots=True, kw_only=True)
class Post:
    """One post of one platform, as ``posts.jsonl`` holds it."""

    platform: str
    """Its name, as that of its spider."""
    id: str
    """The platform's own."""
    kind: Kind
    """``video``, ``image``, ``audio``, ``live`` or ``text``."""
    url: str
    """The one form of its link."""
    share_url: str | None = None
    """The platform's own link for sharing."""
    title: str | None = None
    """Where a post has one beside its text."""
    text: str | None = None
    """As it was written."""
    language: str | None = None
    """As the platform guesses it, e.g. ``en``."""
    created_at: datetime | None = None
    """When it was posted."""
    author: Author = field(default_factory=Author)
    """Who posted it."""
    stats: Stats = field(default_factory=Stats)
    """Its counters."""
    music: Music | None = None
    """The sound it names."""
    hashtags: list[str] = field(default_factory=list)
    """Without ``#``."""
    cover: Cover | None = None
    """The still before it plays."""
    parts: list[Part] = field(default_factory=list)
    """Of a post with several, under the platform's names."""
    quoted_id: str | None = None
    """Of the post it quotes."""
    media: list[Media] = field(default_factory=list)
    """Every medium, in the order of the post."""
    restrictions: list[str] = field(default_factory=list)
    """Limits that the platform puts on it, e.g. ``private``."""
    warnings: list[str] = field(default_factory=list)
    """What is silently less than wanted, or than there is."""
    raw: str | None = None
    """Path of the saved answer under OUTPUT_DIR."""
    seed: str | None = None
    """Whose line asked for it: ``<line>.<n>``."""
    tags: list[str] = field(default_factory=list)
    """Of the seed."""
    options: dict[str, Any] = field(default_factory=dict)
    """Of the seed, as its line gave them."""
    provenance: Provenance = field(default_factory=Provenance)
    """How it was had."""

    def warn(self, *warnings: str) -> None:
        """Note what is silently less than wanted, each thing once."""
        self.warnings += [warning for warning in dict.fromkeys(warnings) if warning not in self.warnings]
