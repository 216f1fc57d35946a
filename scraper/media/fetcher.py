"""Fetch the media of a post: piece by piece, verified, joined, then named. Only whole files get a final name."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from scrapy.statscollectors import StatsCollector

from scraper.errors import InterruptedRunError, MediaCause, MediaError, join_errors
from scraper.media.build import FileBuilder
from scraper.media.choice import Choice, choose
from scraper.media.options import MediaOptions
from scraper.media.piece_ref import PieceRef
from scraper.media.refresh import RefreshablePost
from scraper.media.storage.archive_keys import archived_warning, key_of, to_details, to_file
from scraper.media.storage.interface import BuiltFile, MediaStorage, WantedFile
from scraper.model.failure import MediaFailure
from scraper.model.policy import Policy
from scraper.model.post import File, Kind, Media, Post, Probe, Role, Variant

_TICK = 0.2
"""Seconds between two checks whether the run is stopping."""
_FULL_SIZE = 0.98
"""Share of the announced pixels that counts as full size; sites round them."""


class MediaFetcher:
    """Downloads through the engine, at most MEDIA_CONCURRENCY files at once over all posts."""

    def __init__(
        self,
        *,
        options: MediaOptions,
        builder: FileBuilder,
        storage: MediaStorage,
        stats: StatsCollector,
        is_running: Callable[[], bool],
    ) -> None:
        """*is_running* returns False once the run is stopping; it is polled until close()."""
        self._options = options
        self._builder = builder
        self._storage = storage
        self._stats = stats
        self._is_running = is_running
        self._slots = asyncio.Semaphore(options.concurrency)
        self._active: set[asyncio.Task[None]] = set()
        self._posts: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._watch: asyncio.Task[None] | None = None

    async def fetch(self, source: RefreshablePost, policy: Policy) -> int:
        """
        Fetch the media that *policy* wants; fill their ``files`` and ``error``; return the number of wanted media.

        Raise SeedError(disk_full), or InterruptedRunError if the run was stopped before the last file.
        """
        self._watch = self._watch or asyncio.ensure_future(self._watch_run())
        post = source.post
        # Two different links may lead to one post, whose files have the same names.
        lock = self._posts.setdefault((post.platform, post.id), asyncio.Lock())
        async with lock:
            return await self._fetch_all(source, policy)

    def close(self) -> None:
        """Stop polling."""
        if self._watch is not None:
            self._watch.cancel()

    async def _fetch_all(self, source: RefreshablePost, policy: Policy) -> int:
        post = source.post
        wanted = [(medium, choices) for medium in post.media if (choices := _choose(post, medium, policy))]
        await self._await_all(self._fetch_medium(source, *pair, policy) for pair in wanted)
        if policy.content != "video_only" or post.kind is not Kind.IMAGE or not wanted:
            return len(wanted)
        slideshow = Media(index=max(medium.index for medium in post.media) + 1, role=Role.VIDEO)
        await self._await_all([self._make_slideshow(post, slideshow, policy)])
        post.media.append(slideshow)
        return len(wanted) + 1

    async def _await_all(self, steps: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Run *steps* concurrently; the end of the run stops them."""
        tasks = [asyncio.ensure_future(step) for step in steps]
        self._active.update(tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._active.difference_update(tasks)
        for result in results:
            if isinstance(result, asyncio.CancelledError):
                raise InterruptedRunError("the run was stopped")
            if result is not None:
                raise result

    async def _fetch_medium(
        self, source: RefreshablePost, medium: Media, choices: list[Choice], policy: Policy
    ) -> None:
        for choice in choices:
            async with self._slots:
                if not self._is_running():
                    raise InterruptedRunError("the run was stopped")
                try:
                    await self._fetch_choice(source, medium, choice, policy)
                except MediaError as error:
                    self._note_failure(medium, error)
        if _is_one_file_twice(medium):
            source.post.warn(f"watermark_same:{medium.index}")

    async def _fetch_choice(self, source: RefreshablePost, medium: Media, choice: Choice, policy: Policy) -> None:
        """Fetch the chosen variant or, if it fails, the next one; raise MediaError with the cause of each."""
        key = key_of(source.post, medium, medium.variants[choice.variant], policy)
        is_one_of_all = policy.media == "all"
        wanted = WantedFile(post=source.post, medium=medium, index=choice.variant, key=key, with_quality=is_one_of_all)
        if await self._recall(wanted):
            return
        errors = list[MediaError]()
        for attempt in (choice, *choice.fallbacks):
            if any(file.variant == attempt.variant for file in medium.files):
                continue
            fallback = [f"fallback:{medium.index}:{errors[0].cause}"] if errors else []
            try:
                await self._fetch_variant(source, replace(wanted, index=attempt.variant), attempt, fallback)
            except MediaError as error:
                errors.append(error)
                continue
            return
        raise join_errors(errors)

    async def _fetch_variant(
        self, source: RefreshablePost, wanted: WantedFile, choice: Choice, warnings: list[str]
    ) -> None:
        """Fetch a variant with all its pieces and its sound, and store the file."""
        medium = wanted.medium
        async with self._storage.workplace(wanted) as place:
            built = await self._builder.build(PieceRef(source, medium, choice.variant), place.stem)
            file = _to_file(built, choice.variant, choice.reason)
            compared = _compare(medium, file, is_one_of_all=wanted.with_quality)
            await self._keep(wanted, built, file, place.name, [*warnings, *built.warnings, *choice.warnings, *compared])
        self._stats.inc_value("media/files")
        self._stats.inc_value("media/bytes", built.bytes)

    async def _make_slideshow(self, post: Post, medium: Media, policy: Policy) -> None:
        """Make *medium* from the fetched pictures of *post* and its sound."""
        here = [each for each in post.media if each.files]
        images = [each for each in here if each.role is Role.IMAGE]
        sound = next((each for each in here if each.role is Role.AUDIO and each.joins is None), None)
        archived = [each for each in post.media if each.role is Role.IMAGE and each.is_archived]
        # a slideshow that lacks a picture is a different file
        key = f"{key_of(post, medium, None, policy)}/{len(images) + len(archived)}"
        wanted = WantedFile(post=post, medium=medium, index=None, key=key)
        try:
            if not await self._recall(wanted):
                await self._render(wanted, images, sound)
                self._stats.inc_value("media/rendered")
        except MediaError as error:
            self._note_failure(medium, error)

    async def _render(self, wanted: WantedFile, images: Sequence[Media], sound: Media | None) -> None:
        """Make a video from the files of *images* and *sound*, and store it; raise MediaError."""
        if not images:
            raise MediaError(MediaCause.GONE, "there is no picture to make a video from")
        pictures = [await self._storage.local(image.files[0].path) for image in images]
        music = None if sound is None else await self._storage.local(sound.files[0].path)
        async with self._storage.workplace(wanted) as place:
            built = await self._builder.render(pictures, music, place.stem)
            reason = f"made of {len(images)} pictures, {'with' if sound else 'without'} sound"
            await self._keep(wanted, built, _to_file(built, None, reason), place.name, [])

    async def _recall(self, wanted: WantedFile) -> bool:
        """Return whether *wanted* is already done; add its known file to the record. Raise MediaError."""
        known, medium = await self._storage.find(wanted.key), wanted.medium
        if known is None:
            return False
        if known.is_here:
            found = known.file
            file, warnings = to_file(medium, wanted.index, found.path, found.bytes, found.sha256, found.details)
            medium.files.append(file)
            self._stats.inc_value("media/reused")
        else:
            medium.is_archived, warnings = True, [archived_warning(medium)]
            self._stats.inc_value("media/archived")
        wanted.post.warn(*warnings)
        return True

    async def _keep(self, wanted: WantedFile, built: BuiltFile, file: File, name: str, warnings: Sequence[str]) -> None:
        """Store *built* as *name*, and add *file*, its description, and *warnings* to the record."""
        file.path = await self._storage.put(wanted, built, name, to_details(file, wanted.variant, warnings))
        wanted.medium.files.append(file)
        wanted.post.warn(*warnings)

    def _note_failure(self, medium: Media, error: MediaError) -> None:
        self._stats.inc_value(f"media/failed/{error.cause}")
        medium.fail(MediaFailure.of(error))

    async def _watch_run(self) -> None:
        """Wait until the run is stopping, give open transfers SHUTDOWN_GRACE seconds, then cancel them."""
        while self._is_running():  # noqa: ASYNC110 - Scrapy sends no signal when a stop begins
            await asyncio.sleep(_TICK)
        end = asyncio.get_running_loop().time() + self._options.shutdown_grace
        while self._active and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
            await asyncio.sleep(_TICK)
        for task in self._active:
            task.cancel()


def _choose(post: Post, medium: Media, policy: Policy) -> list[Choice]:
    return choose(medium, policy, is_joined=any(other.joins == medium.index for other in post.media))


def _to_file(built: BuiltFile, variant: int | None, reason: str) -> File:
    """Return the record's File of *built*, still without a path."""
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
    """Yield a warning for each way in which *file* is worse than the post's announcement of *medium*."""
    found = file.probe
    if found is None or file.variant is None:
        return
    variant = medium.variants[file.variant]
    if medium.role is Role.VIDEO and not medium.is_gif and not found.has_audio:
        yield "no_sound"
    # A picture must have its full size, unless all its variants are wanted; a video the size of the chosen variant.
    announced = medium if medium.role is Role.IMAGE and not is_one_of_all else variant
    wanted, got = _pixels(announced), _pixels(found)
    if medium.role in (Role.IMAGE, Role.VIDEO) and got and got < wanted * _FULL_SIZE:
        yield f"smaller_than_announced:{medium.index}"


def _is_one_file_twice(medium: Media) -> bool:
    """Whether the watermarked and the clean variant turned out to be the same file."""
    chosen = [(file.sha256, medium.variants[file.variant]) for file in medium.files if file.variant is not None]
    marks = {(digest, variant.watermark is True) for digest, variant in chosen}
    return len({digest for digest, _ in marks}) < len(marks)


def _pixels(thing: Media | Variant | Probe) -> int:
    return (thing.width or 0) * (thing.height or 0)
