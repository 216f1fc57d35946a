"""Fetch the media of a post: streamed to ``.part``, verified, then named. Nothing half or wrong gets a final name."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

from scraper.core.errors import ErrorCode, InterruptedRunError, MediaCause, MediaError, PayloadError, SeedError
from scraper.core.items import File, Media, Post, Probe, Role, Variant
from scraper.core.messages import redact
from scraper.core.naming import extension, media_path
from scraper.core.sessions import Session
from scraper.core.variants import Choice, Policy, choose
from scraper.core.verify import check_head, check_probe, check_size, check_tail, expects_sound, limit_size
from scraper.options import MediaOptions
from scraper.platform import Platform
from scraper.probe import probe
from scraper.progress import ActiveFile, Progress
from scraper.transfer import Transfers
from scraper.transport.errors import NETWORK_ERRORS
from scraper.transport.sink import Sink

_TICK = 0.2
"""Seconds between two looks at whether the run goes on."""
_TAIL = 4096


@dataclass(slots=True, kw_only=True)
class Job:
    """One post whose media are wanted."""

    post: Post
    platform: Platform
    session: Session | None
    extract: Callable[[], Awaitable[Post]]
    """Reads the same post afresh: new URLs with the cookies that belong to them."""
    fresh: asyncio.Future[Post] | None = field(default=None, init=False)

    async def refresh(self) -> Post:
        """Return the post read afresh: once, for all its media."""
        if self.fresh is None:
            self.fresh = asyncio.ensure_future(self.extract())
        return await asyncio.shield(self.fresh)


class MediaFetcher:
    """Downloads through the engine, at most MEDIA_CONCURRENCY files at once over all posts."""

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder
        self._options = MediaOptions.from_settings(crawler.settings)
        self._transfers = Transfers(crawler)
        self._progress = Progress.of(crawler)
        self._slots = asyncio.Semaphore(self._options.concurrency)
        self._active: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        crawler.signals.connect(self._close, signals.spider_closed)

    async def fetch(self, job: Job, policy: Policy) -> int:
        """
        Fetch what *policy* wants into the post's ``files`` and ``error``; return how many media were wanted.

        Raise SeedError(disk_full), or InterruptedRunError when the run was stopped before all was there.
        """
        self._watch = self._watch or asyncio.ensure_future(self._watch_engine())
        wanted = [(medium, choices) for medium in job.post.media if (choices := choose(medium, policy))]
        with_quality = policy.media == "all"
        tasks = [asyncio.ensure_future(self._fetch_medium(job, *pair, with_quality)) for pair in wanted]
        self._active.update(tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._active.difference_update(tasks)
        for result in results:
            if isinstance(result, asyncio.CancelledError):
                raise InterruptedRunError("the run was stopped")
            if result is not None:
                raise result
        return len(wanted)

    async def _fetch_medium(self, job: Job, medium: Media, choices: list[Choice], with_quality: bool) -> None:
        problems: list[str] = []
        for choice in choices:
            async with self._slots:
                if not self._is_running():
                    raise InterruptedRunError("the run was stopped")
                try:
                    await self._fetch_choice(job, medium, choice, with_quality)
                except MediaError as error:
                    self._crawler.stats.inc_value(f"media/failed/{error.cause}")
                    problems.append(redact(str(error)))
        medium.error = "; ".join(problems) or None

    async def _fetch_choice(self, job: Job, medium: Media, choice: Choice, with_quality: bool) -> None:
        """Fetch the chosen variant or, where it cannot be had, the next; raise the first one's MediaError."""
        first: MediaError | None = None
        for attempt in (choice, *choice.fallbacks):
            if any(file.variant == attempt.variant for file in medium.files):
                continue
            try:
                file = await self._fetch_variant(job, medium, attempt.variant, with_quality)
            except MediaError as error:
                first = first or error
                continue
            medium.files.append(file)
            if first is not None:
                _warn(job.post, f"fallback:{medium.index}:{first.cause}")
            for warning in attempt.warnings:
                _warn(job.post, warning)
            if medium.role is Role.VIDEO and file.probe is not None and not file.probe.has_audio:
                _warn(job.post, "no_sound")
            return
        assert first is not None
        raise first

    async def _fetch_variant(self, job: Job, medium: Media, index: int, with_quality: bool) -> File:
        """Fetch a variant from its URL, else from its backups; a 403 makes the post be read afresh first, once."""
        variant = medium.variants[index]
        try:
            return await self._fetch_url(job, medium, index, variant.url, with_quality)
        except MediaError as error:
            first = error
        urls = variant.backup_urls
        if first.cause is MediaCause.FORBIDDEN and not first.is_final:
            # URL and cookies are a pair that may have died: both anew (docs/platforms.md).
            variant = medium.variants[index] = await self._refreshed(job, medium, variant)
            urls = [variant.url, *variant.backup_urls]
        for url in urls:
            try:
                return await self._fetch_url(job, medium, index, url, with_quality)
            except MediaError:
                continue
        raise first

    async def _refreshed(self, job: Job, medium: Media, old: Variant) -> Variant:
        self._crawler.stats.inc_value("media/refreshed")
        try:
            post = await job.refresh()
        except (SeedError, PayloadError, *NETWORK_ERRORS) as error:
            raise MediaError(MediaCause.FORBIDDEN, f"refused, and the post cannot be read again: {error}") from error
        for other in post.media:
            if (other.index, other.role) == (medium.index, medium.role):
                for variant in other.variants:
                    if _is_same(variant, old):
                        return variant
        raise MediaError(MediaCause.GONE, "refused, and the post does not offer it any more")

    async def _fetch_url(self, job: Job, medium: Media, index: int, url: str, with_quality: bool) -> File:
        """Stream *url*, verify what came, name it."""
        variant = medium.variants[index]
        part = self._place(media_path(job.post, medium, variant, f".v{index}", with_quality=with_quality) + ".part")
        sink = Sink(
            path=part,
            maxsize=limit_size(self._options.maxsize, variant),
            idle_timeout=self._options.idle_timeout,
            accept=lambda head: check_head(head, medium.role),
        )
        shown = ActiveFile(name=part.name.removesuffix(".part"), total=variant.bytes, sink=sink)
        self._progress.files[id(sink)] = shown
        try:
            await self._transfers.run(job.platform, job.session, variant, url, sink)
            check_size(sink.bytes, variant)
            found = await asyncio.to_thread(_inspect, sink, medium)
            if found is not None:
                check_probe(found, medium, with_sound=expects_sound(job.post, variant))
            kind = extension(sink.head)
            assert kind is not None, "check_head let pass what has no extension"
            ext = ".m4a" if medium.role is Role.AUDIO and kind[0] == ".mp4" else kind[0]
            path = media_path(job.post, medium, variant, ext, with_quality=with_quality)
            part.replace(self._place(path))
        finally:
            del self._progress.files[id(sink)]
            part.unlink(missing_ok=True)
        self._crawler.stats.inc_value("media/files")
        self._crawler.stats.inc_value("media/bytes", sink.bytes)
        return File(variant=index, path=path, bytes=sink.bytes, sha256=sink.sha256, probe=found)

    def _place(self, path: str) -> Path:
        """Return where *path* lies, its folder made; raise for a folder that is not there, or leads out of ours."""
        place = self._folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(place.parent).free
        except OSError as error:
            problem = f"its folder cannot be made: {error.strerror}"
            raise MediaError(MediaCause.TRUNCATED, problem, is_final=True) from error
        if not place.parent.resolve().is_relative_to(self._folder.resolve()):
            raise MediaError(MediaCause.TRUNCATED, "a link leads out of the output folder", is_final=True)
        if free < self._options.min_free:
            raise SeedError(ErrorCode.DISK_FULL)
        return place

    def _is_running(self) -> bool:
        assert self._crawler.engine is not None
        return self._crawler.engine.running

    async def _watch_engine(self) -> None:
        """Once the run is told to stop, give what is under way SHUTDOWN_GRACE seconds, then cancel it."""
        while self._is_running():  # noqa: ASYNC110 - Scrapy says nothing when a stop begins
            await asyncio.sleep(_TICK)
        end = asyncio.get_running_loop().time() + self._options.shutdown_grace
        while self._active and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
            await asyncio.sleep(_TICK)
        for task in self._active:
            task.cancel()

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()


def _inspect(sink: Sink, medium: Media) -> Probe | None:
    """Read the file as its reader would, and see that it is on the disk. Blocking."""
    with sink.path.open("rb") as file:
        os.fsync(file.fileno())
        file.seek(max(0, sink.bytes - _TAIL))
        check_tail(sink.head, file.read(), sink.bytes)
    return None if medium.role is Role.SUBTITLE else probe(sink.path)


def _is_same(new: Variant, old: Variant) -> bool:
    """Whether two answers offer the same object: by what is signed again, else by what it is."""
    if new.watermark != old.watermark or new.watermark_source != old.watermark_source:
        return False
    return (new.durable, new.quality, new.codec, new.bitrate) == (old.durable, old.quality, old.codec, old.bitrate)


def _warn(post: Post, warning: str) -> None:
    if warning not in post.warnings:
        post.warnings.append(warning)
