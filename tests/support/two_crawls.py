"""
Two crawls in one process: ``python -m tests.support.two_crawls`` with ``[spider, [settings, seeds], [settings, seeds]]``.

The second begins when the first has ended a seed and continues with the next; the stats of both are printed as JSON.
"""

import asyncio
import json
import sys
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.utils.log import configure_logging
from scrapy.utils.project import get_project_settings
from scrapy.utils.reactor import install_reactor

from scraper.runtime import signals

_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def _crawler(runner: AsyncCrawlerRunner, spider: str, given: dict[str, Any]) -> Crawler:
    settings = get_project_settings()
    settings.setdict(given, priority="cmdline")
    return Crawler(runner.spider_loader.load(spider), settings)


async def _run(spider: str, *crawls: tuple[dict[str, Any], str]) -> None:
    runner = AsyncCrawlerRunner(get_project_settings())
    (first, urls), (second, more) = ((_crawler(runner, spider, given), seeds) for given, seeds in crawls)
    is_on = asyncio.Event()

    def begin(**_: Any) -> None:
        is_on.set()

    first.signals.connect(begin, signals.seed_finished)
    running = asyncio.ensure_future(runner.crawl(first, urls=urls))
    await is_on.wait()
    assert not running.done()
    await asyncio.gather(running, runner.crawl(second, urls=more))
    print(json.dumps([crawler.stats.get_stats() for crawler in (first, second)], default=str))


def main() -> None:
    """Run both in Scrapy's reactor and print the stats of each."""
    install_reactor(_REACTOR)
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    configure_logging({"LOG_LEVEL": "WARNING"})
    react(lambda _: Deferred.fromFuture(asyncio.ensure_future(_run(*json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
