"""The rows of ``posts.csv`` and ``posts.db``: a dataclass a table, from envelopes and records as they are on disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from scraper.core.envelope import status_of

SEPARATOR = "|"
"""Between the entries of a list in one cell."""
COUNTERS = ("plays", "likes", "comments", "shares", "saves", "reposts", "quotes", "coins", "danmaku")
_SHOWN = ("video", "audio", "image")
_MARKS = {True: "with", False: "without", "none": "none", "unknown": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """Table ``runs``: one row a run."""

    TABLE: ClassVar[str] = "runs"
    KEY: ClassVar[tuple[str, ...]] = ("run",)
    run: str
    """When it began, as its folder below ``runs/`` is called: ``20261128T140000Z``."""
    spider: str | None
    started: str | None
    """ISO 8601 in UTC; of a run that was taken up again, when its last process began."""
    ended: str | None
    """ISO 8601 in UTC."""
    reason: str | None
    """``finished``, or why it was cut short."""
    seeds: int
    """Envelopes."""
    ok: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRow:
    """Table ``seeds``: how each seed ended, one row an envelope."""

    TABLE: ClassVar[str] = "seeds"
    KEY: ClassVar[tuple[str, ...]] = ("run", "seed")
    run: str
    seed: str
    """``<line>.<n>``."""
    code: int
    """200, or the status of *error*."""
    error: str | None
    raw_code: str | None
    """The platform's own."""
    message: str | None
    url: str | None
    """As it was written in the list."""
    router: str | None
    duplicate_of: str | None
    request_id: str | None
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
    author_handle: str | None
    author_name: str | None
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
    music_title: str | None
    music_author: str | None
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
class MediaRow:
    """Table ``media``: the media of each post."""

    TABLE: ClassVar[str] = "media"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium")
    platform: str
    post_id: str
    medium: int
    """From 1, in the order of the post."""
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
class VariantRow:
    """Table ``variants``: every way to fetch a medium that was on offer."""

    TABLE: ClassVar[str] = "variants"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "variant")
    platform: str
    post_id: str
    medium: int
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
class FileRow:
    """Table ``files``: what lies in the output folder."""

    TABLE: ClassVar[str] = "files"
    KEY: ClassVar[tuple[str, ...]] = ("platform", "post_id", "medium", "path")
    platform: str
    post_id: str
    medium: int
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
    seed: str
    platform: str
    post_id: str
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


def read_seed(envelope: Mapping[str, Any], run: str) -> SeedRow:
    """Return the row of an envelope of any shape."""
    error, params = envelope.get("error") or {}, envelope.get("params") or {}
    return SeedRow(
        run=run,
        seed=str(envelope["seed"]),
        code=status_of(envelope),
        error=error.get("code"),
        raw_code=error.get("raw_code"),
        message=envelope.get("message"),
        url=params.get("url"),
        router=envelope.get("router"),
        duplicate_of=envelope.get("duplicate_of"),
        request_id=envelope.get("request_id"),
        time=envelope.get("time"),
    )


def read_post(record: Mapping[str, Any], seed: SeedRow) -> PostRow:
    """Return the row of a record whose envelope is *seed*."""
    author, music, media = record["author"], record["music"] or {}, record["media"]
    provenance, seconds = record["provenance"], record["provenance"]["seconds"]
    first: Mapping[str, Any] = next((medium for medium in media if medium["role"] in _SHOWN), {})
    files = [file for medium in media for file in medium["files"]]
    values: dict[str, Any] = {
        **_pick(record, "platform", "id", "kind", "url", "title", "text", "language", "created_at", "quoted_id", "raw"),
        **{f"author_{name}": author[name] for name in ("id", "handle", "name")},
        **{f"music_{name}": music.get(name) for name in ("id", "title", "author")},
        **{name: SEPARATOR.join(record[name]) for name in ("hashtags", "restrictions", "warnings", "tags")},
        **_pick(provenance, "session", "via", "tries"),
        **{f"seconds_{name}": seconds.get(name) for name in ("fetch", "media", "total")},
        **{name: first.get(name) for name in ("duration", "width", "height")},
    }
    return PostRow(
        **values,
        **_pick(record["stats"], *COUNTERS),
        media=len(media),
        files=len(files),
        bytes=sum(file["bytes"] for file in files),
        missing=sum(medium["error"] is not None for medium in media),
        watermark=SEPARATOR.join(dict.fromkeys(_marks(media))),
        code=seed.code,
        error=seed.error,
        seed=seed.seed,
        run=seed.run,
    )


def read_rest(record: Mapping[str, Any], seed: SeedRow) -> Iterator[TableRow]:
    """Yield the rows of all other tables that a record has."""
    platform, post_id, author = record["platform"], record["id"], record["author"]
    if author["id"] or author["handle"]:
        yield AuthorRow(
            platform=platform,
            author=author["id"] or author["handle"],
            **_pick(author, "handle", "name", "url"),
            run=seed.run,
        )
    yield Observation(
        run=seed.run,
        seed=seed.seed,
        platform=platform,
        post_id=post_id,
        time=seed.time,
        **_pick(record["stats"], *COUNTERS),
    )
    for medium in record["media"]:
        place = {"platform": platform, "post_id": post_id, "medium": medium["index"]}
        names = ("role", "owner_id", "part", "duration", "width", "height", "language", "error")
        yield MediaRow(**place, **_pick(medium, *names))
        yield from _variants(place, medium["variants"])
        yield from _files(place, medium["files"])


def _variants(place: Mapping[str, Any], variants: Iterable[Mapping[str, Any]]) -> Iterator[VariantRow]:
    names = ("url", "quality", "width", "height", "fps", "codec", "bitrate", "bytes", "expires_at")
    for number, variant in enumerate(variants):
        watermark = _MARKS.get(variant["watermark"], "unknown")
        yield VariantRow(**place, variant=number, watermark=watermark, **_pick(variant, *names))


def _files(place: Mapping[str, Any], files: Iterable[Mapping[str, Any]]) -> Iterator[FileRow]:
    for file in files:
        probe = file["probe"] or {}
        found: dict[str, Any] = {name: probe.get(name) for name in ("codec", "width", "height", "duration")}
        yield FileRow(**place, **_pick(file, "path", "variant", "bytes", "sha256"), **found)


def _pick(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names}


def _marks(media: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield whether each file of a picture or video has a watermark."""
    for medium in media:
        for file in medium["files"]:
            if file["variant"] is not None and medium["role"] != "subtitle":
                yield _MARKS.get(medium["variants"][file["variant"]]["watermark"], "unknown")
