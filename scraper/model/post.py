"""The record in memory: one Post with its media and their variants. An absent value is None; no field is left out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from scraper.model.failure import MediaFailure

Part: TypeAlias = dict[str, str | int | float | None]
"""One of the parts of a post, under the platform's own names."""
NOT_RECORDED = {"is_recorded": False}
"""Marks a field that a run needs and that is not written into the record."""


class Kind(StrEnum):
    """The kinds of posts, by what a post consists of."""

    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    LIVE = "live"
    TEXT = "text"


class Role(StrEnum):
    """The roles that a medium can have in its post."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    COVER = "cover"
    SUBTITLE = "subtitle"
    LIVE_PHOTO = "live_photo"


@dataclass(slots=True, kw_only=True)
class Author:
    """The account that published a post."""

    id: str | None = None
    """The platform's number for the account."""
    handle: str | None = None
    """The account's name in links, without ``@``."""
    name: str | None = None
    """The display name, as the profile shows it."""
    url: str | None = None
    """Link to the profile."""


@dataclass(slots=True, kw_only=True)
class Stats:
    """Counters at the time of the answer; None where the platform does not show that counter."""

    plays: int | None = None
    """Number of views."""
    likes: int | None = None
    """Number of likes, or hearts."""
    comments: int | None = None
    """Number of comments, with or without replies: as the platform counts them."""
    shares: int | None = None
    """Number of times that viewers shared the post."""
    saves: int | None = None
    """Number of times that viewers saved the post as a bookmark or favourite."""
    reposts: int | None = None
    """Number of reposts by other accounts."""
    quotes: int | None = None
    """Number of other posts that quote the post."""
    coins: int | None = None
    """Coins that viewers gave to the post, on platforms that have coins (a viewer has a limited number of them)."""
    danmaku: int | None = None
    """Number of comments that fly over the video."""


@dataclass(slots=True, kw_only=True)
class Music:
    """The sound that a post names."""

    id: str | None = None
    """The platform's number for the sound."""
    title: str | None = None
    """Title of the sound."""
    author: str | None = None
    """Name of the sound's author."""
    url: str | None = None
    """Address of the sound file, as the answer gives it."""
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Cover:
    """The still picture that is shown before a video plays."""

    url: str
    """Address of the picture."""
    width: int | None = None
    height: int | None = None


@dataclass(slots=True, kw_only=True)
class Segment:
    """One of the pieces that make a file, each with timestamps of its own."""

    url: str
    """Address of the piece."""
    backup_urls: list[str] = field(default_factory=list)
    """Other addresses of the same piece."""
    bytes: int | None = None
    """Size in bytes; null = the answer does not say it."""
    duration: float | None = None
    """Seconds."""


@dataclass(slots=True, kw_only=True)
class Variant:
    """One way to fetch a medium, with everything that its server demands in the request."""

    url: str
    """Address of the file; a signed address is valid for some hours."""
    backup_urls: list[str] = field(default_factory=list)
    """Other addresses of the same file."""
    segments: list[Segment] = field(default_factory=list)
    """The pieces of the file, in playing order; empty = one file. *url* is then the address of the first piece."""
    watermark: bool | Literal["none", "unknown"] = "unknown"
    """Whether the file has a watermark; ``"none"`` = the platform does not use watermarks."""
    watermark_source: str | None = None
    """The field of the payload that decided *watermark*, e.g. ``video.downloadAddr``."""
    quality: str | None = None
    """The platform's own name of the quality, or the short side with a ``p``, e.g. ``720p``."""
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    """Pictures per second."""
    codec: str | None = None
    """h264, h265, h266, av1, aac, mp3, jpeg, png, webp, webvtt, srt …; null = unknown."""
    bitrate: int | None = None
    """Bits per second."""
    bytes: int | None = None
    """Size in bytes; null = the answer does not say it."""
    has_audio: bool | None = None
    """Whether the file has sound; null = unknown."""
    expires_at: datetime | None = None
    """When *url* expires: the server refuses it from then on; null = unknown."""
    headers: dict[str, str] = field(default_factory=dict)
    """Request headers that the server demands, e.g. Referer."""
    cookies: list[str] = field(default_factory=list)
    """Names of the cookies that the server demands."""
    durable: str | None = None
    """A lasting key of the file: the platform can sign a new URL for it."""
    jar: dict[str, str] = field(default_factory=dict, repr=False)
    """Values of *cookies*, from the same answer as *url*; secret, never written into a record."""


@dataclass(slots=True, kw_only=True)
class Probe:
    """The properties that libav found in a file."""

    codec: str | None = None
    """Codec of the picture; of the sound if there is no picture."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Seconds."""
    has_audio: bool | None = None
    """Whether the file has a sound track."""


@dataclass(slots=True, kw_only=True)
class File:
    """A verified file under OUTPUT_DIR."""

    variant: int | None
    """Position in the medium's *variants*; null = the file was made here, from other media of the post."""
    path: str
    """Path relative to OUTPUT_DIR, with ``/`` between folders."""
    bytes: int
    """Size of the file on the disk."""
    sha256: str
    """SHA-256 of the file's content, in hexadecimal digits."""
    probe: Probe | None = None
    """The properties that libav found when it opened the file; null for subtitles."""
    sound: int | None = None
    """The sound in the file: its position in the variants of the medium that ``joins`` this one."""
    reason: str | None = None
    """The reason for this variant: its place in the order of preference, then its properties."""


@dataclass(slots=True, kw_only=True)
class Chapter:
    """A named section of a video."""

    title: str
    """Name of the chapter."""
    start: float
    """Start of the chapter, in seconds."""
    end: float | None = None
    """End of the chapter, in seconds."""


@dataclass(slots=True, kw_only=True)
class Media:
    """One medium of a post: every variant on offer and, after the download, its files."""

    index: int
    """Number of the medium, from 1, in the order of the post."""
    role: Role
    """``video``, ``audio``, ``image``, ``cover``, ``subtitle`` or ``live_photo``."""
    owner_id: str | None = None
    """Id of the post that the medium belongs to; for a medium of a quoted post, the id of that post."""
    part: int | None = None
    """Number of the part that the medium belongs to, from 1; null where the post has no ``parts``."""
    joins: int | None = None
    """*index* of the video; this sound becomes a track of that video's file."""
    is_gif: bool = False
    """Whether the platform shows the video like a GIF: without sound, in a loop."""
    duration: float | None = None
    """Seconds."""
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    language: str | None = None
    """Language of a subtitle, as the platform writes it."""
    chapters: list[Chapter] = field(default_factory=list)
    """Chapters of a video."""
    variants: list[Variant] = field(default_factory=list)
    """Every way to fetch the medium that the platform offers."""
    files: list[File] = field(default_factory=list)
    """The files that were fetched or made."""
    error: str | None = None
    """The cause for which a wanted file is missing: a MediaCause with its detail."""
    failures: list[MediaFailure] = field(default_factory=list, metadata=NOT_RECORDED)
    """The same as *error*, as one value for each missing file."""
    is_archived: bool = field(default=False, metadata=NOT_RECORDED)
    """Whether a wanted file was skipped because the archive lists it, although it is not in this folder."""

    @property
    def is_had(self) -> bool:
        """Whether a wanted file of the medium is here, or an earlier run has fetched it."""
        return bool(self.files) or self.is_archived

    def fail(self, *failures: MediaFailure) -> None:
        """Note why wanted files are missing: as values, and in words for the record."""
        self.failures += failures
        self.error = "; ".join(failure.text for failure in self.failures) or None


@dataclass(slots=True, kw_only=True)
class Provenance:
    """The session, the way and the time of fetching a post."""

    session: str | None = None
    """The guest or account that fetched the post, under a name that reveals no secret."""
    via: str | None = None
    """The way of fetching: ``http``, ``page`` or ``navigate``."""
    tries: int = 1
    """Number of answers until one was usable."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds of each stage: resolve, fetch, media."""


@dataclass(slots=True, kw_only=True)
class Post:
    """One post of one platform, as ``posts.jsonl`` holds it."""

    platform: str
    """Name of the platform; its spider has the same name."""
    id: str
    """The platform's own id of the post."""
    kind: Kind
    """Kind of post: ``video``, ``image``, ``audio``, ``live`` or ``text``."""
    url: str
    """The canonical link of the post."""
    share_url: str | None = None
    """The link that the platform itself offers for sharing."""
    title: str | None = None
    """Title of the post, if it has one beside its text."""
    text: str | None = None
    """Text of the post, as the author wrote it."""
    language: str | None = None
    """Language of the text, as the platform guesses it, e.g. ``en``."""
    created_at: datetime | None = None
    """When the post was published."""
    author: Author = field(default_factory=Author)
    """The account that published the post."""
    stats: Stats = field(default_factory=Stats)
    """The counters of the post."""
    music: Music | None = None
    """The sound that the post names."""
    hashtags: list[str] = field(default_factory=list)
    """The hashtags, without ``#``."""
    cover: Cover | None = None
    """The still picture that is shown before the video plays."""
    parts: list[Part] = field(default_factory=list)
    """The parts of a post that has several, under the platform's own names."""
    quoted_id: str | None = None
    """Id of the post that this post quotes."""
    media: list[Media] = field(default_factory=list)
    """Every medium of the post, in the order of the post."""
    restrictions: list[str] = field(default_factory=list)
    """Limits that the platform puts on the post, e.g. ``private``."""
    warnings: list[str] = field(default_factory=list)
    """Codes for everything that the record or its files lack, although the seed succeeded."""
    raw: str | None = None
    """Path of the saved answer, relative to OUTPUT_DIR."""
    seed: str | None = None
    """Id of the seed that named the post: ``<line>.<n>``."""
    tags: list[str] = field(default_factory=list)
    """Tags of the seed."""
    options: dict[str, Any] = field(default_factory=dict)
    """Options of the seed, as its line gives them."""
    provenance: Provenance = field(default_factory=Provenance)
    """The session, the way and the time of fetching the post."""

    def warn(self, *warnings: str) -> None:
        """Add *warnings* that are not noted yet."""
        self.warnings += [warning for warning in dict.fromkeys(warnings) if warning not in self.warnings]
