"""Writes each outcome to the output folder."""

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.outcome import Outcome
from scraper.runs.recorder import Recorder
from scraper.runs.services import RunServices


class ExportPipeline:
    """The last step of a seed: envelope and record."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ExportPipeline":
        """Return the pipeline for *crawler*."""
        return cls(RunServices.of(crawler).recorder)

    async def process_item(self, item: Outcome) -> Envelope:
        """Record the outcome; return its envelope, which Scrapy sends to ``-o FILE``: no session is in it."""
        envelope = await self._recorder.record(item, announce=False)
        if envelope is None:
            raise DropItem(f"seed {item.seed_id} has no envelope here")
        return envelope
