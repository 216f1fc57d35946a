"""Fetch the media of a post: streamed to ``.part``, verified, then named. Nothing half or wrong gets a final name."""

import asyncio
import errno
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response

from scraper.core.cdn import find_rule
from scraper.core.errors import ErrorCode, MediaCause, MediaError, SeedError
from scraper.core.items import File, Media, Post, Probe, Role, Variant
from scraper.core.naming import extension, media_path
from scraper.core.sessions import Session
from scraper.core.variants import Choice, Policy, choose
from scraper.core.verify import check_head, check_probe, check_size, expects_sound
from scraper.options import MediaOptions
from scraper.platform import Platform
from scraper.probe import probe
from scraper.transport.sink import Sink, SinkTooLargeError

_TRIES = 3
"""Attempts for one URL while the network, not the server, is at fault."""
_HOPS = 5
_PAUSE = 0.5
"""Seconds before the second attempt; doubled for the third."""
_CAUSES = {403: MediaCause.FORBIDDEN, 401: MediaCause.FORBIDDEN, 404: MediaCause.GONE, 410: MediaCause.GONE}
_NO_PROBE = frozenset({Role.SUBTITLE})

Refresh = Callable[[], Awaitable[Post]]
"""Reads the same post afresh: new URLs with the cookies that belong to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One post whose media are wanted."""

    post: Post
    platform: Platform
    session: Session | None
    refresh: Refresh


class MediaFetcher:
    """Downloads through the engine, at most MEDIA_CONCURRENCY files at once over all posts."""

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder
        self._options = MediaOptions.from_settings(crawler.settings)
        self._slots = asyncio.Semaphore(self._options.concurrency)

    async def fetch(self, job: Job, policy: Policy) -> int:
        """Fetch what *policy* wants into the post's ``files`` and ``error``; return how many media were wanted."""
        wanted = [(medium, choices) for medium in job.post.media if (choices := choose(medium, policy))]
        with_quality = policy.media == "all"
        await asyncio.gather(*(self._fetch_medium(job, medium, choices, with_quality) for medium, choices in wanted))
        return len(wanted)

    async def _fetch_medium(self, job: Job, medium: Media, choices: list[Choice], with_quality: bool) -> None:
        problems: list[str] = []
        for choice in choices:
            async with self._slots:
                try:
                    await self._fetch_choice(job, medium, choice, with_quality)
                except MediaError as error:
                    self._crawler.stats.inc_value(f"media/failed/{error.cause}")
                    problems.append(str(error))
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
        variant = medium.variants[index]
        try:
            return await self._fetch_url(job, medium, variant, variant.url, index, with_quality)
        except MediaError as error:
            first = error
        urls = variant.backup_urls
        if first.cause is MediaCause.FORBIDDEN:
            # URL and cookies are a pair that may have died: both anew, once (docs/platforms.md).
            variant = medium.variants[index] = await self._refreshed(job, medium, variant)
            urls = [variant.url, *variant.backup_urls]
        for url in urls:
            try:
                return await self._fetch_url(job, medium, variant, url, index, with_quality)
            except MediaError:
                continue
        raise first

    async def _refreshed(self, job: Job, medium: Media, old: Variant) -> Variant:
        self._crawler.stats.inc_value("media/refreshed")
        try:
            post = await job.refresh()
        except (SeedError, DownloadFailedError, DownloadTimeoutError) as error:
            raise MediaError(MediaCause.FORBIDDEN, f"refused, and the post cannot be read again: {error}") from error
        for other in post.media:
            if (other.index, other.role) == (medium.index, medium.role):
                for variant in other.variants:
                    if _is_same(variant, old):
                        return variant
        raise MediaError(MediaCause.GONE, "refused, and the post does not offer it any more")

    async def _fetch_url(
        self, job: Job, medium: Media, variant: Variant, url: str, index: int, with_quality: bool
    ) -> File:
        part = self._folder / media_path(job.post, medium, variant, ".part", with_quality=True)
        part = part.with_name(f"{part.stem}_{index}.part")
        self._make_room(part.parent)
        sink = Sink(
            path=part,
            maxsize=self._options.maxsize,
            idle_timeout=self._options.idle_timeout,
            accept=lambda head: check_head(head, medium.role),
        )
        try:
            await self._download(job, variant, url, sink)
            check_size(sink.bytes, variant)
            found = await self._verify(part, medium, expects_sound(job.post, variant))
            path = self._publish(job, medium, variant, sink, with_quality)
        finally:
            part.unlink(missing_ok=True)
        self._crawler.stats.inc_value("media/files")
        self._crawler.stats.inc_value("media/bytes", sink.bytes)
        return File(variant=index, path=path, bytes=sink.bytes, sha256=sink.sha256, probe=found)

    async def _verify(self, part: Path, medium: Media, with_sound: bool) -> Probe | None:
        if medium.role in _NO_PROBE:
            return None
        found = await asyncio.to_thread(probe, part)
        check_probe(found, medium, with_sound=with_sound)
        return found

    def _publish(self, job: Job, medium: Media, variant: Variant, sink: Sink, with_quality: bool) -> str:
        """Give the verified file its final name; return it relative to OUTPUT_DIR."""
        kind = extension(sink.head)
        assert kind is not None
        ext = ".m4a" if medium.role is Role.AUDIO and kind[0] == ".mp4" else kind[0]
        path = media_path(job.post, medium, variant, ext, with_quality=with_quality)
        final = self._folder / path
        with sink.path.open("rb") as file:
            os.fsync(file.fileno())
        sink.path.replace(final)
        return path

    async def _download(self, job: Job, variant: Variant, url: str, sink: Sink) -> None:
        """Stream *url* into *sink*; try again while the network is at fault."""
        for attempt in range(_TRIES):
            try:
                await self._transfer(job, variant, url, sink)
                return
            except (DownloadTimeoutError, DownloadFailedError) as error:
                is_timeout = isinstance(error, DownloadTimeoutError)
                failure = MediaError(
                    MediaCause.TIMEOUT if is_timeout else MediaCause.TRUNCATED,
                    f"the transfer broke off after {sink.bytes} bytes",
                )
                failure.__cause__ = error
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise SeedError(ErrorCode.DISK_FULL) from error
                raise
            self._crawler.stats.inc_value("media/retried")
            await asyncio.sleep(_PAUSE * 2**attempt)
        raise failure

    async def _transfer(self, job: Job, variant: Variant, url: str, sink: Sink) -> None:
        """Make the request and follow redirects, each hop checked against the platform's hosts."""
        for _ in range(_HOPS):
            sink.bytes = 0
            response = await self._send(self._request(job, variant, url, sink))
            if response.status in (200, 206):
                return
            location = response.headers.get("Location")
            if not 300 <= response.status < 400 or location is None:
                raise _refused(response)
            url = urljoin(url, location.decode("latin-1"))
        raise MediaError(MediaCause.GONE, f"more than {_HOPS} redirects")

    async def _send(self, request: Request) -> Response:
        assert self._crawler.engine is not None
        try:
            return await self._crawler.engine.download_async(request)
        except SinkTooLargeError as error:
            raise MediaError(MediaCause.TOO_LARGE, str(error)) from error
        except SeedError as error:
            raise MediaError(MediaCause.FORBIDDEN, error.raw_message or str(error)) from error

    def _request(self, job: Job, variant: Variant, url: str, sink: Sink) -> Request:
        rule = find_rule(job.platform.cdn, url)
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if rule is not None:
            headers |= variant.headers
        if job.session is not None:
            headers["User-Agent"] = job.session.user_agent
        if rule is not None and rule.cookies and variant.jar:
            headers["Cookie"] = "; ".join(f"{name}={variant.jar[name]}" for name in rule.cookies if name in variant.jar)
        meta = {
            "platform": job.platform.name,
            "sink": sink,
            "download_slot": rule.slot if rule is not None else f"{job.platform.name}-media",
            "dont_retry": True,
            "autothrottle_dont_adjust_delay": True,
            "verbatim_url": True,
        }
        return Request(url, headers=headers, meta=meta, dont_filter=True)

    def _make_room(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < self._options.min_free:
            raise SeedError(ErrorCode.DISK_FULL)


def _refused(response: Response) -> MediaError:
    cause = _CAUSES.get(response.status)
    if cause is None:
        cause = MediaCause.TIMEOUT if response.status >= 500 or response.status == 429 else MediaCause.NOT_MEDIA
    return MediaError(cause, f"the server answered {response.status}")


def _is_same(new: Variant, old: Variant) -> bool:
    """Whether two answers offer the same object: by what is signed again, else by what it is."""
    if new.watermark != old.watermark or new.watermark_source != old.watermark_source:
        return False
    return (new.durable, new.quality, new.codec, new.bitrate) == (old.durable, old.quality, old.codec, old.bitrate)


def _warn(post: Post, warning: str) -> None:
    if warning not in post.warnings:
        post.warnings.append(warning)
