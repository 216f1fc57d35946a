"""Read the parts of a video: the media, subtitles and chapters of each, from several answers."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from scrapy import Request

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.fetch.ask import Ask, Via
from scraper.model.post import Post, Role
from scraper.platform.contract import Web
from scraper.platform.responses import text_of
from scraper.posts.answer import PostFragment
from spiders.bilibili import api
from spiders.bilibili.payload.answer import parse_answer, parse_post
from spiders.bilibili.payload.merge import join
from spiders.bilibili.payload.wbi_keys import read_wbi_keys
from spiders.bilibili.wbi import mixin_key

T = TypeVar("T")

PART_FAILED = "part_failed"
"""Warning, with the part's number and an error code: the part has no file."""
EXTRAS_FAILED = "extras_failed"
"""Warning, with the part's number and an error code: its subtitles and chapters are unknown."""
_FILES = frozenset({Role.VIDEO, Role.AUDIO})
_AT_ONCE = 8
"""Concurrent requests for parts of one post: one with thousands of parts must not block others."""
_KEY_LIFE = 3600
"""Seconds for which a key is reused; the site changes its keys about daily."""
_HOME = "https://www.bilibili.com/"


def page_request(url: str) -> Request:
    """Return the request for one of the site's pages."""
    return Ask(via=Via.PAGE).request(url, slot="www.bilibili.com")


def api_request(url: str) -> Request:
    """Return the request for an answer of the open API."""
    return Ask().request(url, slot="api.bilibili.com", headers={"Referer": _HOME})


class Parts:
    """Reads parts from their pages, or, with BILIBILI_WBI, by signed queries."""

    def __init__(self) -> None:
        self._keys = _Keys()

    async def complete(self, post: Post, pages: Sequence[int], web: Web) -> Post:
        """Return *post* with the media of its parts *pages*; raise the first error if none of them has media."""
        there = {medium.part for medium in post.media if medium.role in _FILES}
        missing = [page for page in pages if page not in there]
        turns = asyncio.Semaphore(_AT_ONCE)
        plays = await asyncio.gather(*(_in_turn(turns, self._play, post, page, web) for page in missing))
        players = await asyncio.gather(*(_in_turn(turns, self._player, post, page, web) for page in pages))
        errors: list[SeedError | PayloadError] = []
        for page, found in zip(missing, plays, strict=True):
            if isinstance(found, PostFragment):
                post = join(post, found, page=page)
                await asyncio.sleep(0)  # a join of a thousand parts takes a while
            else:
                errors.append(found)
                post.warnings.append(f"{PART_FAILED}:{page}:{_code_of(found)}")
        if errors and len(errors) == len(pages):
            raise errors[0]
        for page, player in zip(pages, players, strict=True):
            if isinstance(player, PostFragment):
                post = join(post, player, page=page)
                await asyncio.sleep(0)
            elif player is not None:
                post.warnings.append(f"{EXTRAS_FAILED}:{page}:{_code_of(player)}")
        return _number(post)

    async def _play(self, post: Post, page: int, web: Web) -> PostFragment | SeedError | PayloadError:
        """Return the media of a part; if all else fails, the single file for old players."""
        cid = _cid(post, page)
        try:
            if web.setting("BILIBILI_WBI") and cid:
                return await self._signed(post.id, cid, web)
            return await _from_page(post, page, web)
        except (SeedError, PayloadError) as error:
            first = error
        try:
            return await _fragment(api.simple_play(post.id, cid), web) if cid else first
        except (SeedError, PayloadError):
            return first

    async def _signed(self, bvid: str, cid: str, web: Web) -> PostFragment:
        """Send a signed request; if it is refused, sign it again with fresh keys, once."""
        key = self._keys.ask(web)
        try:
            return await _fragment(api.signed_play(bvid, cid, await asyncio.shield(key), time.time()), web)
        except SeedError as error:
            if error.code is not ErrorCode.CHALLENGE and error.raw_code != "-403":
                raise
        self._keys.drop(key)
        key = self._keys.ask(web)
        return await _fragment(api.signed_play(bvid, cid, await asyncio.shield(key), time.time()), web)

    async def _player(self, post: Post, page: int, web: Web) -> PostFragment | SeedError | PayloadError | None:
        """Return subtitles and chapters; a post is complete without them."""
        cid = _cid(post, page)
        if cid is None:
            return None
        try:
            return await _fragment(api.player(post.id, cid), web)
        except (SeedError, PayloadError) as error:
            return error


class _Keys:
    """The key of the day, requested once: concurrent callers wait for the same answer."""

    def __init__(self) -> None:
        self._asked: asyncio.Task[str] | None = None
        self._until = 0.0

    def ask(self, web: Web) -> asyncio.Task[str]:
        """Return the task whose result is the key."""
        asked = self._asked
        is_lost = asked is not None and asked.done() and (asked.cancelled() or asked.exception() is not None)
        if asked is None or is_lost or time.time() > self._until:
            asked = self._asked = asyncio.ensure_future(_fetch_key(web))
            self._until = time.time() + _KEY_LIFE
        return asked

    def drop(self, asked: asyncio.Task[str]) -> None:
        """Forget a refused key, unless a newer one was already requested."""
        if self._asked is asked:
            self._asked = None


async def _in_turn(
    turns: asyncio.Semaphore, ask: Callable[[Post, int, Web], Awaitable[T]], post: Post, page: int, web: Web
) -> T:
    async with turns:
        return await ask(post, page, web)


async def _fetch_key(web: Web) -> str:
    return mixin_key(*read_wbi_keys(await _text(api.NAV, web)))


async def _from_page(post: Post, page: int, web: Web) -> PostFragment:
    """Read the page of one part."""
    response = await web.fetch(page_request(f"{post.url}?p={page}"))
    other = parse_post(text_of(response), post.id)
    media = [medium for medium in other.media if medium.part == page and medium.role in _FILES]
    if not media:
        raise PayloadError("__playinfo__", f"expected what part {page} plays, got nothing")
    return PostFragment(media=media, warnings=[word for word in other.warnings if word not in post.warnings])


async def _fragment(url: str, web: Web) -> PostFragment:
    fragment = parse_answer(await _text(url, web)).fragment
    if fragment is None:
        raise PayloadError("data", "expected play data, got another answer")
    return fragment


async def _text(url: str, web: Web) -> str:
    return text_of(await web.fetch(api_request(url)))


def _number(post: Post) -> Post:
    """
    Return *post* with its media numbered independently of the parts that were read.

    The first medium of part *p* of *n* is number *p*, the next one *n* + *p*, and so on: a file has the same name for
    a link to its part and for a link to the whole post.
    """
    step = max((part["page"] for part in post.parts if isinstance(part["page"], int)), default=1)
    counts: Counter[int] = Counter()
    numbers: dict[int, int] = {}
    for medium in post.media:
        page = medium.part or 1
        numbers[medium.index] = counts[page] * step + page
        counts[page] += 1
    media = [replace(m, index=numbers[m.index], joins=m.joins and numbers.get(m.joins)) for m in post.media]
    return replace(post, media=sorted(media, key=lambda medium: medium.index))


def _code_of(error: SeedError | PayloadError) -> ErrorCode:
    return error.code if isinstance(error, SeedError) else ErrorCode.PARSE_ERROR


def _cid(post: Post, page: int) -> str | None:
    cid = next((part["cid"] for part in post.parts if part["page"] == page), None)
    return None if cid is None else str(cid)
