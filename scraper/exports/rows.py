"""Convert envelopes and records from disk into the rows of tables.py."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from scraper.envelopes.envelope import status_of
from scraper.exports.tables import AuthorRow, FileRow, MediaRow, Observation, PostRow, SeedRow, TableRow, VariantRow
from scraper.text.times import aware

SEPARATOR = "|"
"""Separator of the entries of a list in one cell."""
COUNTERS = ("plays", "likes", "comments", "shares", "saves", "reposts", "quotes", "coins", "danmaku")
_SHOWN = ("video", "audio", "image")
_MARKED = ("video", "image", "live_photo")
_MARKS = {True: "with", False: "without", "none": "none", "unknown": "unknown"}


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
        time=_in_utc(envelope.get("time")),
    )


def _in_utc(time: Any) -> str | None:
    """Return a time with its offset; a time without one is in UTC."""
    return aware(datetime.fromisoformat(time)).isoformat() if isinstance(time, str) else None


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
    """Yield the rows of a record in all other tables."""
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
    """Yield for each file of a picture or video whether it has a watermark."""
    for medium in media:
        for file in medium["files"] if medium["role"] in _MARKED else ():
            if file["variant"] is not None:
                yield _MARKS.get(medium["variants"][file["variant"]]["watermark"], "unknown")
