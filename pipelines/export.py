"""Writes each outcome to the output folder."""

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from scraper.envelopes.envelope import Envelope
from scraper.envelopes.outcome import Outcome
from scraper.runs.recorder import Recorder


class ExportPipeline:
    """The last step of a seed: envelope and record."""

    def __init__(self, outputs: Recorder) -> None:
        self._outputs = outputs

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ExportPipeline":
        """Return the pipeline for *crawler*."""
        return cls(Recorder.of(crawler))

    async def process_item(self, item: Outcome) -> Envelope:
        """Write the outcome; return its envelope, which is what ``-o FILE`` of Scrapy exports: no session is in it."""
        envelope = await self._outputs.write(item)
        if envelope is None:
            raise DropItem(f"seed {item.seed_id} has no envelope here")
        return envelope
