"""Fetch one piece of a medium, from its URL or a backup URL, into a verified ``.part`` file."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from scrapy.statscollectors import StatsCollector

from scraper.errors import MediaCause, MediaError, PayloadError, SeedError, join_errors
from scraper.fetch.ask import Ask
from scraper.fetch.sink import HEAD, Sink
from scraper.fetch.transport.errors import NETWORK_ERRORS
from scraper.media.libav.pool import LibavPool
from scraper.media.options import MediaOptions
from scraper.media.piece_ref import PieceRef
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.partial import drop, keep, restore
from scraper.media.transfer import Transfers
from scraper.media.verify import check_head, check_probe, check_size, check_tail, expects_sound, limit_size
from scraper.model.post import Post, Probe, Role, Segment, Variant
from scraper.platform.contract import Platform
from scraper.platform.responses import text_of
from scraper.runtime.engine import Send
from scraper.runtime.progress import ActiveFile, Progress

_TAIL = 4096
_MAX_PLAYLIST = 4 << 20
"""Limit in bytes: five times a playlist of 20,000 pieces."""
_MAX_SUBTITLE = 16 << 20
"""Limit in bytes: a subtitle is read into memory."""


@dataclass(slots=True, kw_only=True)
class VerifiedPiece:
    """A fetched file that matches its announcement."""

    path: Path
    head: bytes
    bytes: int
    sha256: str
    probe: Probe | None


class PieceFetcher:
    """Fetches and verifies pieces; the caller names, joins and removes the files."""

    def __init__(
        self,
        *,
        send: Send,
        options: MediaOptions,
        transfers: Transfers,
        libav: LibavPool,
        stats: StatsCollector,
        progress: Progress,
        is_dead: Callable[[str | None], bool],
    ) -> None:
        """*is_dead* returns whether a proxy is no longer usable."""
        self._send = send
        self._options = options
        self._transfers = transfers
        self._libav = libav
        self._stats = stats
        self._progress = progress
        self._is_dead = is_dead

    async def fetch(self, piece: PieceRef, path: Path) -> VerifiedPiece:
        """Fetch *piece* into *path*, renewing expired URLs; raise MediaError."""
        self._libav.warm_up()
        piece.take_newest()
        source, sink = piece.source, await self._open(piece, path)
        errors = list[MediaError]()
        try:
            while True:
                await self._renew_in_time(piece)
                seen, before = source.newest, sink.bytes
                verified = await self._try_all(piece, sink, errors)
                if verified is not None:
                    return verified
                is_lost = any(map(_is_refusal, errors)) or self._has_lost_proxy(source)
                if not is_lost or (seen is not source.post and sink.bytes <= before):
                    raise join_errors(errors)
                await self._renew(piece, seen, errors)
        finally:
            sink.is_given_up = True  # after a cancellation the transfer itself may run on for a moment

    async def _open(self, piece: PieceRef, path: Path) -> Sink:
        """Return the sink of *piece*, with the bytes that an earlier run left."""
        key = piece.key
        sink = self._new_sink(piece.medium.role, piece.segment.bytes, path, self._options.maxsize)
        sink.on_start = partial(keep, key=key)
        await asyncio.to_thread(restore, sink, key)
        if sink.bytes:
            self._stats.inc_value("media/resumed")
        return sink

    async def _try_all(self, piece: PieceRef, sink: Sink, errors: list[MediaError]) -> VerifiedPiece | None:
        """Try each URL of *piece*; add the error of each failed one to *errors*."""
        variant = piece.variant
        for url in piece.urls:
            try:
                return await self._check(piece, url, sink)
            except MediaError as error:
                errors.append(error)
            sink.validator = None  # it belongs to the last server; the bytes on disk are compared in any case
            if variant.cookies and _is_refusal(errors[-1]):
                break  # URL and cookies are a pair, and one has expired: no other server will accept them
        return None

    async def fetch_url(self, piece: PieceRef, role: Role, url: str, path: Path, done: int) -> Sink:
        """Stream *url*, a piece without an announced size that follows *done* bytes of other pieces, to *path*."""
        sink = self._new_sink(role, None, path, self._options.maxsize - done)
        try:
            await self._stream(piece, url, None, sink)
        finally:
            sink.is_given_up = True
        return sink

    async def fetch_text(self, source: RefreshablePost, url: str, headers: dict[str, str]) -> str:
        """Return the text of the playlist at *url*; raise MediaError."""
        ask = Ask(platform=source.platform.name, session=source.session, dont_retry=True)
        try:
            request = ask.request(url, slot=f"{ask.platform}-playlist", headers=headers, download_maxsize=_MAX_PLAYLIST)
            response = await self._send(request)
        except (SeedError, ValueError, *NETWORK_ERRORS) as error:
            raise MediaError(MediaCause.GONE, f"the playlist cannot be fetched: {type(error).__name__}") from error
        if response.status != 200:
            cause = MediaCause.FORBIDDEN if response.status in (401, 403) else MediaCause.GONE
            raise MediaError(cause, f"the server answered {response.status} for the playlist")
        return text_of(response)

    def _has_lost_proxy(self, source: RefreshablePost) -> bool:
        """Whether the session's proxy is dead, so that no request of this session can succeed."""
        return source.session is not None and self._is_dead(source.session.proxy)

    async def _check(self, piece: PieceRef, url: str, sink: Sink) -> VerifiedPiece:
        """Stream *url* and verify the file; remove a wrong one."""
        variant, announced = piece.variant, piece.segment
        await self._stream(piece, url, announced.bytes, sink)
        try:
            return await self._verify(piece, variant, announced, sink)
        except MediaError:
            drop(sink.path)
            sink.restart()
            raise

    async def _verify(self, piece: PieceRef, variant: Variant, announced: Segment, sink: Sink) -> VerifiedPiece:
        source, medium = piece.source, piece.medium
        check_size(sink.bytes, announced.bytes)
        if medium.role is Role.SUBTITLE:
            _translate(source.platform, sink)
        await asyncio.to_thread(_flush, sink)
        found = None if medium.role is Role.SUBTITLE else await self._libav.probe(sink.path, sink.bytes)
        if found is not None:
            whole = medium if announced.duration is None else replace(medium, duration=announced.duration)
            check_probe(found, whole, with_sound=expects_sound(source.post, variant))
        return VerifiedPiece(path=sink.path, head=sink.head, bytes=sink.bytes, sha256=sink.sha256, probe=found)

    async def _stream(self, piece: PieceRef, url: str, announced: int | None, sink: Sink) -> None:
        source = piece.source
        self._progress.files[id(sink)] = ActiveFile(
            name=sink.path.name.removesuffix(".part"), total=announced, done=lambda: sink.bytes
        )
        try:
            await self._transfers.run(source.platform, source.session, piece.variant, url, sink)
        finally:
            del self._progress.files[id(sink)]

    def _new_sink(self, role: Role, announced: int | None, path: Path, most: int) -> Sink:
        """Return a sink for a file at *path* of at most *most* bytes."""
        return Sink(
            path=path,
            maxsize=limit_size(min(most, _MAX_SUBTITLE) if role is Role.SUBTITLE else most, announced),
            idle_timeout=self._options.idle_timeout,
            min_speed=self._options.min_speed,
            accept=lambda head: _accept(head, role),
        )

    async def _renew_in_time(self, piece: PieceRef) -> None:
        """Renew a URL that is about to expire; if that fails, keep it."""
        if not piece.is_near_end():
            return
        with suppress(SeedError, PayloadError, *NETWORK_ERRORS):
            await piece.source.renew(piece.source.newest)
            if piece.take_newest():
                self._stats.inc_value("media/signed_in_time")

    async def _renew(self, piece: PieceRef, seen: Post, errors: list[MediaError]) -> None:
        """Renew a refused URL; raise MediaError with *errors* if that fails."""
        self._stats.inc_value("media/refreshed")
        cause = next((error.cause for error in errors if _is_refusal(error)), errors[0].cause)
        try:
            await piece.source.renew(seen)
        except (SeedError, PayloadError, *NETWORK_ERRORS) as error:
            raise join_errors([*errors, MediaError(cause, f"the post cannot be read again: {error}")]) from error
        if not piece.take_newest():
            raise join_errors([*errors, MediaError(MediaCause.GONE, "the post no longer offers it")])


def _is_refusal(error: MediaError) -> bool:
    return error.cause in (MediaCause.FORBIDDEN, MediaCause.EXPIRED_URL) and not error.is_final


def _accept(head: bytes, role: Role) -> None:
    """Check the first bytes. A subtitle may have the platform's own format and is checked when it is complete."""
    if role is not Role.SUBTITLE:
        check_head(head, role)


def _translate(platform: Platform, sink: Sink) -> None:
    """Convert a subtitle from the platform's own format into a common one; raise MediaError for any other text."""
    text = platform.subtitle(sink.path.read_bytes().decode("utf-8", "replace"))
    if text is not None:
        data = text.encode()
        sink.path.write_bytes(data)
        sink.head, sink.bytes, sink.sha256 = data[:HEAD], len(data), hashlib.sha256(data).hexdigest()
    check_head(sink.head, Role.SUBTITLE)


def _flush(sink: Sink) -> None:
    """Flush the whole file to the disk. Blocking."""
    with sink.path.open("rb") as file:
        os.fsync(file.fileno())
        file.seek(max(0, sink.bytes - _TAIL))
        check_tail(sink.head, file.read(), sink.bytes)
