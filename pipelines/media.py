"""Downloads the media of a post."""

from scrapy.crawler import Crawler

from scraper.core.errors import SeedError
from scraper.core.items import Post
from scraper.core.outcome import Outcome
from scraper.extract import Extractor
from scraper.media import Job, MediaFetcher
from scraper.outputs import Outputs
from scraper.platform import load


class MediaPipeline:
    """Hands each post to the MediaFetcher; what fails is noted on the medium, and the post goes on."""

    def __init__(self, crawler: Crawler, outputs: Outputs) -> None:
        self._crawler = crawler
        self._outputs = outputs
        self._fetcher = MediaFetcher(crawler, outputs.folder)
        self._platforms = load(tuple(crawler.settings.getlist("SPIDER_MODULES")))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "MediaPipeline":
        """Return the pipeline for *crawler*."""
        return cls(crawler, Outputs.of(crawler))

    async def process_item(self, item: Outcome) -> Outcome:
        """Fetch the media that the policy wants."""
        if item.post is None or item.ref is None:
            return item
        platform = self._platforms[item.post.platform]
        ref, extractor = item.ref, Extractor(self._crawler, platform)

        async def refresh() -> Post:
            return (await extractor.extract(ref))[0]

        job = Job(post=item.post, platform=platform, session=item.session, refresh=refresh)
        try:
            item.wanted = await self._fetcher.fetch(job, self._outputs.policy)
        except SeedError as error:
            item.post, item.error = None, error
        return item
