"""The rows of ``posts.csv`` and ``posts.db``: a dataclass a table. A field without words is that of the record."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """Table ``runs``: one row a run."""

    TABLE: ClassVar[str] = "runs"
    KEY: ClassVar[tuple[str, ...]] = ("run",)
    run: str
    """When it began, as its folder below ``runs/`` is called: ``20261128T140000Z``."""
    spider: str | None
    """Its name."""
    started: str | None
    """ISO 8601 in UTC; of a run that was taken up again, when its last process began."""
    ended: str | None
    """ISO 8601 in UTC."""
    reason: str | None
    """``finished``, or why it was cut short."""
    seeds: int
    """Envelopes."""
    ok: int
    """Of them, those with code 200."""
    failed: int
    """The others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRow:
    """Table ``seeds``: how each seed ended, one row an envelope."""

    TABLE: ClassVar[str] = "seeds"
    KEY: ClassVar[tuple[str, ...]] = ("run", "seed")
    run: str
    """Which run."""
    seed: str
    """``<line>.<n>``."""
    code: int
    """200, or the status of *error*."""
    error: str | None
    """The error code; null for success."""
    raw_code: str | None
    """The platform's own."""
    message: str | None
    """``ok``, or what happened and what to do."""
    url: str | None
    """As it was written in the list."""
    router: str | None
    """``/<platform>/<kind of link>``."""
    duplicate_of: str | None
    """The seed that asked for the same post first."""
    request_id: str | None
    """A UUID; its start stands in the name of the raw answer."""
    time: str | None
    """When it ended, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """Table ``posts`` and ``posts.csv``: a post as one row; in the table that of the latest run that saw it."""

    TABLE: ClassVar[str] = "posts"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "id")
    platform: str
    id: str
    kind: str | None
    """``video``, ``image``, ``audio``, ``live`` or ``text``."""
    url: str | None
    title: str | None
    text: str | None
    language: str | None
    created_at: str | None
    """ISO 8601 in UTC."""
    author_id: str | None
    """The platform's number for the account."""
    author_handle: str | None
    """The name in links, without ``@``."""
    author_name: str | None
    """As the profile shows it."""
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
    """The platform's number for the sound it names."""
    music_title: str | None
    """Its title."""
    music_author: str | None
    """Who made it."""
    hashtags: str
    """Joined by ``|``, as are all lists."""
    quoted_id: str | None
    duration: float | None
    """Seconds, of the first video or sound."""
    width: int | None
    """Pixels, of the first video or picture."""
    height: int | None
    media: int
    """How many media the post has, stills and subtitles too."""
    files: int
    """How many files were had."""
    bytes: int
    """Of all files."""
    missing: int
    """Wanted media that could not be had."""
    watermark: str
    """What the files are: ``without``, ``with``, ``none`` (the platform has no such thing), ``unknown``."""
    restrictions: str
    warnings: str
    tags: str
    raw: str | None
    """Path of the saved answer below OUTPUT_DIR."""
    session: str | None
    via: str | None
    """How it was fetched: ``http``, ``page`` or ``navigate``."""
    tries: int | None
    seconds_fetch: float | None
    """Seconds for the answer that the post was read from."""
    seconds_media: float | None
    """Seconds until all its files were there."""
    seconds_total: float | None
    """Seconds from when the seed was opened to its envelope."""
    code: int
    """Of the envelope: 200, or 502 where not one file came."""
    error: str | None
    """Of the envelope."""
    seed: str
    run: str
    """The latest run that saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorRow:
    """Table ``authors``: who published the posts, as last seen."""

    TABLE: ClassVar[str] = "authors"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "author")
    platform: str
    author: str
    """The id, else the handle."""
    handle: str | None
    name: str | None
    url: str | None
    run: str
    """The latest that saw the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMedium:
    """Which medium a row is about."""

    platform: str
    post_id: str
    """The platform's own id of the post."""
    medium: int
    """From 1, in the order of the post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRow(_OfMedium):
    """Table ``media``: the media of each post."""

    TABLE: ClassVar[str] = "media"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium")
    role: str
    """``video``, ``audio``, ``image``, ``cover``, ``subtitle`` or ``live_photo``."""
    owner_id: str | None
    """Id of the post it belongs to: a quoted post keeps its own."""
    part: int | None
    duration: float | None
    """Seconds."""
    width: int | None
    """Pixels."""
    height: int | None
    language: str | None
    error: str | None
    """Why a wanted file could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow(_OfMedium):
    """Table ``variants``: every way to fetch a medium that was on offer."""

    TABLE: ClassVar[str] = "variants"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "variant")
    variant: int
    """From 0."""
    url: str | None
    watermark: str
    """``without``, ``with``, ``none`` (the platform has no such thing), ``unknown``."""
    quality: str | None
    width: int | None
    height: int | None
    fps: float | None
    codec: str | None
    bitrate: int | None
    """Bits per second."""
    bytes: int | None
    expires_at: str | None
    """ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow(_OfMedium):
    """Table ``files``: what lies in the output folder."""

    TABLE: ClassVar[str] = "files"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "path")
    path: str
    """Below OUTPUT_DIR."""
    variant: int | None
    """Null = made here, from other media of the post."""
    bytes: int | None
    sha256: str | None
    codec: str | None
    width: int | None
    height: int | None
    duration: float | None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Table ``observations``: the counters of a post in each run that saw it, so that daily runs make a time series."""

    TABLE: ClassVar[str] = "observations"
    KEY: ClassVar[tuple[str, ...]] = ("run", "seed")
    run: str
    """Which run."""
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
    """Return the values of *row* in that order: ``astuple`` would copy each deeply."""
    found: tuple[Any, ...] = _GETTERS[type(row)](row)
    return found


_GETTERS: dict[type[Any], Callable[[object], Any]] = {table: attrgetter(*columns(table)) for table in TABLES}
