"""Opens and closes the output folder with the spider."""

from scrapy import signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from scraper.core.errors import PayloadError
from scraper.core.outcome import Outcome
from scraper.outputs import Outputs


class OutputsExtension:
    """The life of a run's Outputs."""

    def __init__(self, crawler: Crawler) -> None:
        outputs = self._outputs = Outputs.of(crawler)
        crawler.signals.connect(outputs.open, signals.spider_opened)
        crawler.signals.connect(outputs.close, signals.spider_closed)
        crawler.signals.connect(self._save, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "OutputsExtension":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _save(self, item: Outcome, failure: Failure) -> None:
        """End a seed on which a pipeline broke: a bug of ours must not lose it."""
        item.post = None
        item.error = PayloadError(type(failure.value).__name__, "a bug after the post was read: please report it")
        self._outputs.finish(item)
