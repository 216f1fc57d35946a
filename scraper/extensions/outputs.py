"""Opens and closes the output folder with the spider, and ends seeds on which something broke."""

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper.core.outcome import Outcome, to_bug
from scraper.outputs import Outputs
from scraper.pacing import Pacer
from scraper.seedlist import PIPE


class OutputsExtension:
    """The life of a run's Outputs."""

    def __init__(self, crawler: Crawler) -> None:
        outputs = self._outputs = Outputs.of(crawler)
        self._pacer = Pacer.of(crawler)
        crawler.signals.connect(self._open, signals.spider_opened)
        crawler.signals.connect(outputs.close, signals.spider_closed)
        crawler.signals.connect(self._end_broken, signals.item_error)
        crawler.signals.connect(self._end_unread, signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "OutputsExtension":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def _open(self, spider: Spider) -> None:
        self._outputs.open(str(getattr(spider, "source", PIPE)))

    def _end_broken(self, item: Outcome, failure: Failure) -> None:
        """End a seed on which a pipeline broke: a bug of ours must not lose it."""
        if not self._pacer.is_open(item.seed_id):
            return  # its envelope is out: a second one would be a lie
        item.post, item.error = None, to_bug(failure.value)
        self._outputs.finish(item)

    def _end_unread(self, failure: Failure, response: Response | None) -> None:
        """End a seed on which a callback broke."""
        kwargs = response.cb_kwargs if response is not None else {}
        if "seed" not in kwargs or not self._pacer.is_open(kwargs["seed"].id):
            return
        outcome = Outcome(seed=kwargs["seed"], ref=kwargs["ref"], started=kwargs["started"])
        outcome.error = to_bug(failure.value)
        self._outputs.finish(outcome)
