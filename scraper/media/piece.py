"""One piece of a medium: from its URL, else from its backups, into a ``.part`` that is verified."""

import asyncio
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from scrapy.crawler import Crawler

from scraper.errors import MediaCause, MediaError, PayloadError, SeedError, join_errors
from scraper.fetch.ask import Ask
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.sink import HEAD, Sink
from scraper.fetch.transport.errors import NETWORK_ERRORS
from scraper.media.libav.pool import LibavPool
from scraper.media.options import MediaOptions
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.partial import drop, keep, restore
from scraper.media.transfer import Transfers
from scraper.media.verify import check_head, check_probe, check_size, check_tail, expects_sound, limit_size
from scraper.model.post import Media, Post, Probe, Role, Segment, Variant
from scraper.platform.contract import Platform
from scraper.platform.responses import text_of
from scraper.runtime.progress import ActiveFile
from scraper.runtime.services import RuntimeServices

_TAIL = 4096
_MAX_PLAYLIST = 4 << 20
"""Bytes: five times what 20,000 pieces take."""
_MAX_SUBTITLE = 16 << 20
"""Bytes: a subtitle is read whole."""


@dataclass(slots=True, kw_only=True)
class VerifiedPiece:
    """What came: a file that is what was announced."""

    path: Path
    head: bytes
    bytes: int
    sha256: str
    probe: Probe | None


class PieceFetcher:
    """Fetches and verifies; names nothing, joins nothing, and leaves it to the caller to clear up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._options = MediaOptions.from_settings(crawler.settings)
        self._transfers = Transfers(crawler)
        self._progress = RuntimeServices.of(crawler).progress
        self._proxies = Proxies.of(crawler)
        self._libav = LibavPool.of(crawler)

    async def get(self, job: RefreshablePost, medium: Media, index: int, place: int, path: Path) -> VerifiedPiece:
        """Fetch piece *place* of variant *index*, with URLs signed again where they have died; raise MediaError."""
        self._libav.warm_up()
        self._take_newest(job, medium, index)
        sink = await self._open(job, medium, index, place, path)
        errors = list[MediaError]()
        try:
            while True:
                await self._renew_in_time(job, medium, index)
                seen, before = job.newest, sink.bytes
                piece = await self._try_all(job, medium, index, place, sink, errors)
                if piece is not None:
                    return piece
                is_lost = any(map(_is_refusal, errors)) or self._has_lost_proxy(job)
                if not is_lost or (seen is not job.post and sink.bytes <= before):
                    raise join_errors(errors)
                await self._renew(job, medium, index, seen, errors)
        finally:
            sink.is_given_up = True  # the transfer itself may go on for a moment when who asked for it was stopped

    async def _open(self, job: RefreshablePost, medium: Media, index: int, place: int, path: Path) -> Sink:
        """Return the sink of a piece, with what an earlier run left of it."""
        variant = medium.variants[index]
        key = _key(job.post, medium, variant, place)
        sink = self._new_sink(medium.role, _announced(variant, place).bytes, path, self._options.maxsize)
        sink.on_start = partial(keep, key=key)
        await asyncio.to_thread(restore, sink, key)
        if sink.bytes:
            self._crawler.stats.inc_value("media/resumed")
        return sink

    async def _try_all(
        self, job: RefreshablePost, medium: Media, index: int, place: int, sink: Sink, errors: list[MediaError]
    ) -> VerifiedPiece | None:
        """Try each URL of the piece; note in *errors* why none of them will do."""
        variant = medium.variants[index]
        for url in _urls(variant, place):
            try:
                return await self._check(job, medium, index, place, url, sink)
            except MediaError as error:
                errors.append(error)
            sink.validator = None  # of the server that was asked; the bytes that are there are compared in any case
            if variant.cookies and _is_refusal(errors[-1]):
                break  # half of a pair that has died: no server will take the other half
        return None

    async def get_raw(
        self, job: RefreshablePost, variant: Variant, role: Role, url: str, path: Path, done: int
    ) -> Sink:
        """Stream *url*, of which nothing is announced and which plays only behind *done* bytes of others, to *path*."""
        sink = self._new_sink(role, None, path, self._options.maxsize - done)
        try:
            await self._stream(job, variant, url, None, sink)
        finally:
            sink.is_given_up = True
        return sink

    async def get_text(self, job: RefreshablePost, url: str, headers: dict[str, str]) -> str:
        """Return a playlist."""
        ask = Ask(platform=job.platform.name, session=job.session, dont_retry=True)
        assert self._crawler.engine is not None
        try:
            request = ask.request(url, slot=f"{ask.platform}-playlist", headers=headers, download_maxsize=_MAX_PLAYLIST)
            response = await self._crawler.engine.download_async(request)
        except (SeedError, ValueError, *NETWORK_ERRORS) as error:
            raise MediaError(MediaCause.GONE, f"the playlist cannot be had: {type(error).__name__}") from error
        if response.status != 200:
            cause = MediaCause.FORBIDDEN if response.status in (401, 403) else MediaCause.GONE
            raise MediaError(cause, f"the server answered {response.status} for the playlist")
        return text_of(response)

    def _has_lost_proxy(self, job: RefreshablePost) -> bool:
        """Whether the session's proxy is dead, so that nothing can be had as this session any more."""
        return job.session is not None and self._proxies.is_dead(job.session.proxy)

    async def _check(
        self, job: RefreshablePost, medium: Media, index: int, place: int, url: str, sink: Sink
    ) -> VerifiedPiece:
        """Stream *url* and verify what came; what is not right is not gone on with."""
        variant = medium.variants[index]
        announced = _announced(variant, place)
        await self._stream(job, variant, url, announced.bytes, sink)
        try:
            return await self._verify(job, medium, variant, announced, sink)
        except MediaError:
            drop(sink.path)
            sink.restart()
            raise

    async def _verify(
        self, job: RefreshablePost, medium: Media, variant: Variant, announced: Segment, sink: Sink
    ) -> VerifiedPiece:
        check_size(sink.bytes, announced.bytes)
        if medium.role is Role.SUBTITLE:
            _translate(job.platform, sink)
        await asyncio.to_thread(_settle, sink)
        found = None if medium.role is Role.SUBTITLE else await self._libav.probe(sink.path, sink.bytes)
        if found is not None:
            whole = medium if announced.duration is None else replace(medium, duration=announced.duration)
            check_probe(found, whole, with_sound=expects_sound(job.post, variant))
        return VerifiedPiece(path=sink.path, head=sink.head, bytes=sink.bytes, sha256=sink.sha256, probe=found)

    async def _stream(
        self, job: RefreshablePost, variant: Variant, url: str, announced: int | None, sink: Sink
    ) -> None:
        self._progress.files[id(sink)] = ActiveFile(
            name=sink.path.name.removesuffix(".part"), total=announced, done=lambda: sink.bytes
        )
        try:
            await self._transfers.run(job.platform, job.session, variant, url, sink)
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

    def _take_newest(self, job: RefreshablePost, medium: Media, index: int) -> bool:
        """Put what the newest answer offers in the place of a variant; return whether it does."""
        found = job.find(medium, medium.variants[index]) if job.newest is not job.post else None
        if found is not None:
            medium.variants[index] = found
        return found is not None

    async def _renew_in_time(self, job: RefreshablePost, medium: Media, index: int) -> None:
        """Have a URL that is about to die signed again; where that fails, it is still asked for."""
        if not job.is_near_end(medium.variants[index]):
            return
        with suppress(SeedError, PayloadError, *NETWORK_ERRORS):
            await job.renew(job.newest)
            if self._take_newest(job, medium, index):
                self._crawler.stats.inc_value("media/signed_in_time")

    async def _renew(
        self, job: RefreshablePost, medium: Media, index: int, seen: Post, errors: list[MediaError]
    ) -> None:
        """Have a URL that was refused signed again; raise MediaError with *errors* where that fails."""
        self._crawler.stats.inc_value("media/refreshed")
        cause = next((error.cause for error in errors if _is_refusal(error)), errors[0].cause)
        try:
            await job.renew(seen)
        except (SeedError, PayloadError, *NETWORK_ERRORS) as error:
            raise join_errors([*errors, MediaError(cause, f"the post cannot be read again: {error}")]) from error
        if not self._take_newest(job, medium, index):
            raise join_errors([*errors, MediaError(MediaCause.GONE, "the post does not offer it any more")])


def _is_refusal(error: MediaError) -> bool:
    return error.cause in (MediaCause.FORBIDDEN, MediaCause.EXPIRED_URL) and not error.is_final


def _key(post: Post, medium: Media, variant: Variant, place: int) -> str:
    """Return what names a piece for good, whichever URL it comes from."""
    what = (variant.durable, variant.quality, variant.codec, variant.bitrate, variant.watermark_source)
    words = (post.platform, post.id, medium.role, medium.index, place, _announced(variant, place).bytes, *what)
    return "/".join("" if word is None else str(word) for word in words)


def _urls(variant: Variant, place: int) -> list[str]:
    """Return where piece *place* can be had, the best first."""
    source = variant.segments[place] if place < len(variant.segments) else variant
    return [source.url, *source.backup_urls]


def _announced(variant: Variant, place: int) -> Segment:
    """Return what the post says of piece *place*."""
    if place < len(variant.segments):
        return variant.segments[place]
    return Segment(url=variant.url, bytes=variant.bytes)


def _accept(head: bytes, role: Role) -> None:
    """Look at the first bytes; a subtitle may be of the platform's own format, and is looked at when it is there."""
    if role is not Role.SUBTITLE:
        check_head(head, role)


def _translate(platform: Platform, sink: Sink) -> None:
    """Bring a subtitle of the platform's own format into a common one; raise MediaError for what is none."""
    text = platform.subtitle(sink.path.read_bytes().decode("utf-8", "replace"))
    if text is not None:
        data = text.encode()
        sink.path.write_bytes(data)
        sink.head, sink.bytes, sink.sha256 = data[:HEAD], len(data), hashlib.sha256(data).hexdigest()
    check_head(sink.head, Role.SUBTITLE)


def _settle(sink: Sink) -> None:
    """See that the file is on the disk, to its end. Blocking."""
    with sink.path.open("rb") as file:
        os.fsync(file.fileno())
        file.seek(max(0, sink.bytes - _TAIL))
        check_tail(sink.head, file.read(), sink.bytes)
