"""Format log lines of the crawl: without scraped items (they have signed URLs), and URLs without queries."""

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from scraper.text.redaction import strip_query

# At INFO these loggers list every component and setting of Scrapy: sixty lines before the first seed.
_VERBOSE = ("scrapy.middleware", "scrapy.addons", "scrapy.crawler", "scrapy-playwright")


def quiet_loggers() -> None:
    """Raise Scrapy's component-listing loggers to WARNING."""
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(logging.WARNING)


class QuietFormatter(LogFormatter):
    """Scrapy's formatter without items, cookies and signed queries."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Log method, host, path and status at DEBUG."""
        return self._line("crawled (%(status)s) %(url)s", status=response.status, url=strip_query(request.url))

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Log no item."""
        return self._line("finished %(seed)s", seed=item["seed"] if isinstance(item, dict) else "?")

    def download_error(self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None) -> Any:
        """Log the cause without a traceback: the seed's envelope has the details."""
        return self._line("%(url)s: %(cause)s", url=strip_query(request.url), cause=type(failure.value).__name__)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Log the id of the seed; the item itself has signed URLs."""
        line = self._line("a pipeline broke on seed %(seed)s", seed=getattr(item, "seed_id", "?"))
        return line | {"level": logging.ERROR}

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Log the id of the seed that is left for the next run."""
        return self._line("seed %(seed)s is not done: %(why)s", seed=getattr(item, "seed_id", "?"), why=exception)

    @staticmethod
    def _line(msg: str, **args: Any) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": msg, "args": args}
