"""Downloads the media of a post."""

import time
from functools import partial

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from scraper.crawl.services import CrawlServices
from scraper.envelopes.outcome import Outcome
from scraper.errors import InterruptedRunError, SeedError
from scraper.fetch.session import Session
from scraper.media.refresh import RefreshablePost
from scraper.media.services import MediaServices
from scraper.model.policy import Policy, policy_for, policy_options
from scraper.model.post import Kind, Post
from scraper.model.ref import Ref
from scraper.platform.services import PlatformServices

_WITH_MEDIA = frozenset({Kind.VIDEO, Kind.IMAGE, Kind.AUDIO})
"""Kinds of posts that promise a file: a post without any is a failure, not a success without files."""


class MediaPipeline:
    """Hands each post to the MediaFetcher; a failure is noted on the medium, and the post is still recorded."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._policy = Policy(**policy_options(crawler.settings))
        self._fetcher = MediaServices.of(crawler).fetcher
        self._platforms = PlatformServices.of(crawler).platforms

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "MediaPipeline":
        """Return the pipeline for *crawler*."""
        return cls(crawler)

    async def process_item(self, item: Outcome) -> Outcome:
        """Fetch the media that the policy chooses."""
        if item.post is None or item.ref is None:
            return item
        platform = self._platforms[item.post.platform]
        refresh = partial(self._read_again, item.ref)
        source = RefreshablePost(post=item.post, platform=platform, session=item.session, extract=refresh)
        policy = policy_for(self._policy, item.seed.options)
        began = time.monotonic()
        try:
            item.wanted = await self._fetcher.fetch(source, policy)
        except SeedError as error:
            item.post, item.error = None, error
            return item
        except InterruptedRunError as error:
            raise DropItem("the run was stopped") from error
        if item.wanted:
            item.post.provenance.seconds["media"] = round(time.monotonic() - began, 3)
        if not item.wanted and policy.media != "none" and item.post.kind in _WITH_MEDIA:
            item.wanted = 1
        return item

    async def _read_again(self, ref: Ref) -> tuple[Post, Session | None]:
        """Fetch the post of *ref* again; return it with its session."""
        resolved = await CrawlServices.of(self._crawler).resolver.resolve(ref)
        return resolved.post, resolved.exchange.session
