"""Fetch the media of a post: piece by piece, verified, joined, then named. Nothing half or wrong gets a final name."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from scrapy import signals
from scrapy.crawler import Crawler

from scraper.errors import InterruptedRunError, MediaCause, MediaError, join_errors
from scraper.media.build import FileBuilder
from scraper.media.choice import Choice, choose
from scraper.media.options import MediaOptions
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.archive_keys import is_archived, key_of
from scraper.media.storage.shelf import BuiltFile, Shelf
from scraper.model.policy import Policy
from scraper.model.post import File, Kind, Media, Post, Probe, Role, Variant
from scraper.text.redaction import redact

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
        self._assembly = FileBuilder(crawler)
        self._shelf = Shelf(crawler, folder)
        self._slots = asyncio.Semaphore(self._options.concurrency)
        self._active: set[asyncio.Task[None]] = set()
        self._posts: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._watch: asyncio.Task[None] | None = None
        crawler.signals.connect(self._close, signals.spider_closed)

    async def fetch(self, job: RefreshablePost, policy: Policy) -> int:
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

    async def _fetch_all(self, job: RefreshablePost, policy: Policy) -> int:
        post = job.post
        wanted = [(medium, choices) for medium in post.media if (choices := _choose(post, medium, policy))]
        await self._await_all(self._fetch_medium(job, *pair, policy) for pair in wanted)
        if policy.content != "video_only" or post.kind is not Kind.IMAGE or not wanted:
            return len(wanted)
        slideshow = Media(index=max(medium.index for medium in post.media) + 1, role=Role.VIDEO)
        await self._await_all([self._make_slideshow(post, slideshow, policy)])
        post.media.append(slideshow)
        return len(wanted) + 1

    async def _await_all(self, steps: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Do *steps* at once; the end of the run stops them."""
        tasks = [asyncio.ensure_future(step) for step in steps]
        self._active.update(tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._active.difference_update(tasks)
        for result in results:
            if isinstance(result, asyncio.CancelledError):
                raise InterruptedRunError("the run was stopped")
            if result is not None:
                raise result

    async def _fetch_medium(self, job: RefreshablePost, medium: Media, choices: list[Choice], policy: Policy) -> None:
        problems: list[str] = []
        for choice in choices:
            async with self._slots:
                if not self._is_running():
                    raise InterruptedRunError("the run was stopped")
                try:
                    await self._fetch_choice(job, medium, choice, policy)
                except MediaError as error:
                    self._crawler.stats.inc_value(f"media/failed/{error.cause}")
                    problems.append(redact(str(error)))
        medium.error = "; ".join(problems) or None
        if _is_one_file_twice(medium):
            job.post.warn(f"watermark_same:{medium.index}")

    async def _fetch_choice(self, job: RefreshablePost, medium: Media, choice: Choice, policy: Policy) -> None:
        """Fetch the chosen variant or, where it cannot be had, the next; raise MediaError with the cause of each."""
        key = key_of(job.post, medium, medium.variants[choice.variant], policy)
        if await self._shelf.recall(job.post, medium, choice.variant, key):
            return
        errors = list[MediaError]()
        for attempt in (choice, *choice.fallbacks):
            if any(file.variant == attempt.variant for file in medium.files):
                continue
            fallback = [f"fallback:{medium.index}:{errors[0].cause}"] if errors else []
            try:
                await self._fetch_variant(job, medium, attempt, policy, key, fallback)
            except MediaError as error:
                errors.append(error)
                continue
            return
        raise join_errors(errors)

    async def _fetch_variant(
        self, job: RefreshablePost, medium: Media, choice: Choice, policy: Policy, key: str, warnings: list[str]
    ) -> None:
        """Fetch a variant with all that belongs to it, and give the file its name."""
        post, index, is_one_of_all = job.post, choice.variant, policy.media == "all"
        place = self._shelf.place(post, medium, medium.variants[index], f".v{index}", with_quality=is_one_of_all)
        async with place as (name, stem):
            built = await self._assembly.build(job, medium, index, stem)
            file = _to_file(built, index, choice.reason)
            warnings += [*built.warnings, *choice.warnings, *_compare(medium, file, is_one_of_all=is_one_of_all)]
            await self._shelf.publish(post, medium, built, file, name, key, warnings)
        self._crawler.stats.inc_value("media/files")
        self._crawler.stats.inc_value("media/bytes", built.bytes)

    async def _make_slideshow(self, post: Post, medium: Media, policy: Policy) -> None:
        """Make *medium* of the pictures of *post* and its sound, as far as they are there."""
        here = [(each, self._folder / each.files[0].path) for each in post.media if each.files]
        images = [path for each, path in here if each.role is Role.IMAGE]
        sounds = [path for each, path in here if each.role is Role.AUDIO and each.joins is None]
        archived = [each for each in post.media if each.role is Role.IMAGE and is_archived(post, each)]
        # one that lacks a picture is another one
        key = f"{key_of(post, medium, None, policy)}/{len(images) + len(archived)}"
        try:
            if await self._shelf.recall(post, medium, None, key):
                return
            if not images:
                raise MediaError(MediaCause.GONE, "there is no picture here to make a video of")
            async with self._shelf.place(post, medium, None, "", with_quality=False) as (name, stem):
                built = await self._assembly.render(images, sounds[0] if sounds else None, stem)
                file = _to_file(built, None, f"made of {len(images)} pictures, {'with' if sounds else 'without'} sound")
                await self._shelf.publish(post, medium, built, file, name, key)
            self._crawler.stats.inc_value("media/rendered")
        except MediaError as error:
            self._crawler.stats.inc_value(f"media/failed/{error.cause}")
            medium.error = redact(str(error))

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
        self._shelf.close()


def _choose(post: Post, medium: Media, policy: Policy) -> list[Choice]:
    return choose(medium, policy, is_joined=any(other.joins == medium.index for other in post.media))


def _to_file(built: BuiltFile, variant: int | None, reason: str) -> File:
    """Return *built* as the record has it, without a name as yet."""
    return File(
        variant=variant,
        path="",
        bytes=built.bytes,
        sha256=built.sha256,
        probe=built.probe,
        sound=built.sound,
        reason=reason,
    )


def _compare(medium: Media, file: File, *, is_one_of_all: bool) -> Iterator[str]:
    """Yield a warning for each way in which *file* is less than the post says of *medium*."""
    found = file.probe
    if found is None or file.variant is None:
        return
    variant = medium.variants[file.variant]
    if medium.role is Role.VIDEO and not medium.is_gif and not found.has_audio:
        yield "no_sound"
    # A picture is wanted in its full size, unless all its copies are; a video in the variant that was chosen.
    announced = medium if medium.role is Role.IMAGE and not is_one_of_all else variant
    wanted, got = _pixels(announced), _pixels(found)
    if medium.role in (Role.IMAGE, Role.VIDEO) and got and got < wanted * _FULL_SIZE:
        yield f"smaller_than_announced:{medium.index}"


def _is_one_file_twice(medium: Media) -> bool:
    """Whether what is said to have a watermark and what is said to have none are one and the same file."""
    chosen = [(file.sha256, medium.variants[file.variant]) for file in medium.files if file.variant is not None]
    marks = {(digest, variant.watermark is True) for digest, variant in chosen}
    return len({digest for digest, _ in marks}) < len(marks)


def _pixels(thing: Media | Variant | Probe) -> int:
    return (thing.width or 0) * (thing.height or 0)
