"""
The rows of ``posts.csv`` and ``posts.db``: one dataclass for each table.

A field without a docstring means the same as the field of that name in the record.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """Table ``runs``: one row per run."""

    TABLE: ClassVar[str] = "runs"
    KEY: ClassVar[tuple[str, ...]] = ("run",)
    run: str
    """Id of the run: its start, ``20261128T140000Z``; its folder below ``runs/`` has the same name."""
    spider: str | None
    """Name of the spider."""
    started: str | None
    """Start of the run's last process, ISO 8601 in UTC."""
    ended: str | None
    """End of the run, ISO 8601 in UTC."""
    reason: str | None
    """``finished``, or why the run ended early."""
    seeds: int
    """Number of envelopes."""
    ok: int
    """Number of envelopes with code 200."""
    failed: int
    """Number of envelopes with another code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRow:
    """Table ``seeds``: how each seed ended, one row per envelope."""

    TABLE: ClassVar[str] = "seeds"
    KEY: ClassVar[tuple[str, ...]] = ("run", "seed")
    run: str
    """Id of the run."""
    seed: str
    """Id of the seed: ``<line>.<n>``."""
    code: int
    """200, or the status code of *error*."""
    error: str | None
    """The error code; null for success."""
    raw_code: str | None
    """The platform's own error code."""
    message: str | None
    """``ok``, or what happened and what to do."""
    url: str | None
    """The seed's link, as the list has it."""
    router: str | None
    """``/<platform>/<kind of link>``."""
    duplicate_of: str | None
    """Id of the first seed that named the same post."""
    request_id: str | None
    """A UUID; the name of the raw answer contains its start."""
    time: str | None
    """When the seed ended, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """Table ``posts`` and ``posts.csv``: one row per post; in the table, as the latest run that fetched it saw it."""

    TABLE: ClassVar[str] = "posts"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "id")
    platform: str
    id: str
    kind: str | None
    """Kind of post: ``video``, ``image``, ``audio``, ``live`` or ``text``."""
    url: str | None
    title: str | None
    text: str | None
    language: str | None
    created_at: str | None
    """When the post was published, ISO 8601 in UTC."""
    author_id: str | None
    """The platform's number for the account."""
    author_handle: str | None
    """The account's name in links, without ``@``."""
    author_name: str | None
    """The account's display name, as the profile shows it."""
    plays: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    reposts: int | None
    quotes: int | None
    coins: int | None
    danmaku: int | None
    music_id: str | None
    """The platform's number for the sound that the post names."""
    music_title: str | None
    """Title of the sound."""
    music_author: str | None
    """Name of the sound's author."""
    hashtags: str
    """The hashtags, joined by ``|`` (as all lists in a cell)."""
    quoted_id: str | None
    duration: float | None
    """Duration of the first video or sound, in seconds."""
    width: int | None
    """Width of the first video or picture, in pixels."""
    height: int | None
    """Height of the first video or picture, in pixels."""
    media: int
    """Number of media of the post, covers and subtitles included."""
    files: int
    """Number of files that were fetched or made."""
    bytes: int
    """Size of all files together, in bytes."""
    missing: int
    """Number of media that were wanted and are missing."""
    watermark: str
    """Watermark of the files: ``without``, ``with``, ``none`` (the platform does not use watermarks) or ``unknown``."""
    restrictions: str
    warnings: str
    tags: str
    raw: str | None
    """Path of the saved answer, relative to OUTPUT_DIR."""
    session: str | None
    via: str | None
    """The way of fetching: ``http``, ``page`` or ``navigate``."""
    tries: int | None
    seconds_fetch: float | None
    """Seconds until the answer came from which the post was read."""
    seconds_media: float | None
    """Seconds until all files were fetched."""
    seconds_total: float | None
    """Seconds from the opening of the seed to its envelope."""
    code: int
    """Code of the envelope: 200, or 502 if all wanted files are missing."""
    error: str | None
    """Error code of the envelope; null for success."""
    seed: str
    run: str
    """Id of the latest run that fetched the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorRow:
    """Table ``authors``: the accounts that published the posts, as the latest run saw them."""

    TABLE: ClassVar[str] = "authors"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "author")
    platform: str
    author: str
    """The account's id, or its handle where the id is unknown."""
    handle: str | None
    name: str | None
    url: str | None
    """Link to the profile."""
    run: str
    """Id of the latest run that saw the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMedium:
    """The medium that a row describes."""

    platform: str
    post_id: str
    """The platform's own id of the post."""
    medium: int
    """Number of the medium, from 1, in the order of the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRow(_OfMedium):
    """Table ``media``: the media of each post."""

    TABLE: ClassVar[str] = "media"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium")
    role: str
    """``video``, ``audio``, ``image``, ``cover``, ``subtitle`` or ``live_photo``."""
    owner_id: str | None
    """Id of the post that the medium belongs to; for a medium of a quoted post, the id of that post."""
    part: int | None
    duration: float | None
    """Seconds."""
    width: int | None
    """Pixels."""
    height: int | None
    language: str | None
    """Language of a subtitle, as the platform writes it."""
    error: str | None
    """The cause for which a wanted file is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow(_OfMedium):
    """Table ``variants``: every way to fetch a medium that the platform offered."""

    TABLE: ClassVar[str] = "variants"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "variant")
    variant: int
    """Position of the variant in the medium's list, from 0."""
    url: str | None
    """Address of the file."""
    watermark: str
    """``without``, ``with``, ``none`` (the platform does not use watermarks) or ``unknown``."""
    quality: str | None
    width: int | None
    height: int | None
    fps: float | None
    codec: str | None
    bitrate: int | None
    """Bits per second."""
    bytes: int | None
    expires_at: str | None
    """When the address expires, ISO 8601 in UTC; null = unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow(_OfMedium):
    """Table ``files``: the files in the output folder."""

    TABLE: ClassVar[str] = "files"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "path")
    path: str
    """Path relative to OUTPUT_DIR."""
    variant: int | None
    """Position of the variant in the medium's list; null = the file was made here, from other media of the post."""
    bytes: int | None
    """Size of the file on the disk."""
    sha256: str | None
    codec: str | None
    width: int | None
    height: int | None
    duration: float | None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Table ``observations``: the counters of a post in each run that fetched it; daily runs make a time series."""

    TABLE: ClassVar[str] = "observations"
    KEY: ClassVar[tuple[str, ...]] = ("run", "seed")
    run: str
    """Id of the run."""
    seed: str
    platform: str
    post_id: str
    """The platform's own id of the post."""
    time: str | None
    """When the seed ended, ISO 8601."""
    plays: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    reposts: int | None
    quotes: int | None
    coins: int | None
    danmaku: int | None


TableRow = RunRow | SeedRow | PostRow | AuthorRow | MediaRow | VariantRow | FileRow | Observation
TABLES: tuple[type[Any], ...] = (RunRow, SeedRow, PostRow, AuthorRow, MediaRow, VariantRow, FileRow, Observation)


def columns(table: type[Any]) -> tuple[str, ...]:
    """Return the names of a table's columns, in order."""
    return tuple(field.name for field in fields(table))


def values(row: TableRow) -> tuple[Any, ...]:
    """Return the values of *row* in the order of its columns (``astuple`` would deep-copy each of them)."""
    found: tuple[Any, ...] = _GETTERS[type(row)](row)
    return found


_GETTERS: dict[type[Any], Callable[[object], Any]] = {table: attrgetter(*columns(table)) for table in TABLES}
