"""Fetch the media of a post: piece by piece, verified, joined, then named. Nothing half or wrong gets a final name."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakValueDictionary

from scrapy import signals
from scrapy.crawler import Crawler

from scraper import parts
from scraper.assembly import Assembly
from scraper.core.errors import ErrorCode, InterruptedRunError, MediaCause, MediaError, SeedError, join_errors
from scraper.core.items import File, Media, Post, Probe, Role, Variant
from scraper.core.messages import redact
from scraper.core.naming import media_path
from scraper.core.variants import Choice, Policy, choose
from scraper.job import Job
from scraper.options import MediaOptions

_TICK = 0.2
"""Seconds between two looks at whether the run goes on."""
_FULL_SIZE = 0.98
"""Share of the announced pixels; sites round them."""


class MediaFetcher:
    """Downloads through the engine, at most MEDIA_CONCURRENCY files at once over all posts."""

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder
        self._options = MediaOptions.from_settings(crawler.settings)
        self._assembly = Assembly(crawler)
        self._slots = asyncio.Semaphore(self._options.concurrency)
        self._active: set[asyncio.Task[None]] = set()
        self._posts: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._watch: asyncio.Task[None] | None = None
        crawler.signals.connect(self._close, signals.spider_closed)

    async def fetch(self, job: Job, policy: Policy) -> int:
        """
        Fetch what *policy* wants into the post's ``files`` and ``error``; return how many media were wanted.

        Raise SeedError(disk_full), or InterruptedRunError when the run was stopped before all was there.
        """
        self._watch = self._watch or asyncio.ensure_future(self._watch_engine())
        post = job.post
        # Two links may lead to one post in two ways, and its files have one name.
        lock = self._posts.setdefault((post.platform, post.id), asyncio.Lock())
        async with lock:
            return await self._fetch_all(job, policy)

    async def _fetch_all(self, job: Job, policy: Policy) -> int:
        wanted = [(medium, choices) for medium in job.post.media if (choices := _choose(job.post, medium, policy))]
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
        if _is_one_file_twice(medium):
            _warn(job.post, f"watermark_same:{medium.index}")

    async def _fetch_choice(self, job: Job, medium: Media, choice: Choice, with_quality: bool) -> None:
        """Fetch the chosen variant or, where it cannot be had, the next; raise MediaError with the cause of each."""
        errors = list[MediaError]()
        for attempt in (choice, *choice.fallbacks):
            if any(file.variant == attempt.variant for file in medium.files):
                continue
            try:
                file = await self._fetch_variant(job, medium, attempt, with_quality)
            except MediaError as error:
                errors.append(error)
                continue
            medium.files.append(file)
            if errors:
                _warn(job.post, f"fallback:{medium.index}:{errors[0].cause}")
            for warning in (*attempt.warnings, *_compare(medium, file, is_one_of_all=with_quality)):
                _warn(job.post, warning)
            return
        raise join_errors(errors)

    async def _fetch_variant(self, job: Job, medium: Media, choice: Choice, with_quality: bool) -> File:
        """Fetch a variant with all that belongs to it, and give the file its name."""
        index, variant = choice.variant, medium.variants[choice.variant]
        is_done = False
        stem = self._place(media_path(job.post, medium, variant, f".v{index}", with_quality=with_quality))
        try:
            built = await self._assembly.build(job, medium, index, stem)
            path = media_path(job.post, medium, medium.variants[index], built.ext, with_quality=with_quality)
            built.path.replace(self._place(path))
            is_done = True
        finally:
            parts.drop_others(stem, is_done=is_done)
        self._crawler.stats.inc_value("media/files")
        self._crawler.stats.inc_value("media/bytes", built.bytes)
        for warning in built.warnings:
            _warn(job.post, warning)
        return File(
            variant=index,
            path=path,
            bytes=built.bytes,
            sha256=built.sha256,
            probe=built.probe,
            sound=built.sound,
            reason=choice.reason,
        )

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


def _choose(post: Post, medium: Media, policy: Policy) -> list[Choice]:
    return choose(medium, policy, is_joined=any(other.joins == medium.index for other in post.media))


def _compare(medium: Media, file: File, *, is_one_of_all: bool) -> Iterator[str]:
    """Yield a warning for each way in which *file* is less than the post says of *medium*."""
    found, variant = file.probe, medium.variants[file.variant]
    if found is None:
        return
    if medium.role is Role.VIDEO and not medium.is_gif and not found.has_audio:
        yield "no_sound"
    # A picture is wanted in its full size, unless all its copies are; a video in the variant that was chosen.
    announced = medium if medium.role is Role.IMAGE and not is_one_of_all else variant
    wanted, got = _pixels(announced), _pixels(found)
    if medium.role in (Role.IMAGE, Role.VIDEO) and got and got < wanted * _FULL_SIZE:
        yield f"smaller_than_announced:{medium.index}"


def _is_one_file_twice(medium: Media) -> bool:
    """Whether what is said to have a watermark and what is said to have none are one and the same file."""
    marks = {(file.sha256, medium.variants[file.variant].watermark is True) for file in medium.files}
    return len({digest for digest, _ in marks}) < len(marks)


def _pixels(thing: Media | Variant | Probe) -> int:
    return (thing.width or 0) * (thing.height or 0)


def _warn(post: Post, warning: str) -> None:
    if warning not in post.warnings:
        post.warnings.append(warning)
