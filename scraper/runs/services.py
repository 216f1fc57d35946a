"""The recorder of one crawl's run and its parts, made once for the crawler."""

from collections.abc import Awaitable, Callable

from scrapy.crawler import Crawler

from scraper.envelopes.envelope import HYBRID
from scraper.envelopes.maker import EnvelopeMaker
from scraper.envelopes.shape import load_shape
from scraper.media.services import MediaServices
from scraper.platform.services import PlatformServices
from scraper.runs.answers import RawFiles
from scraper.runs.drift import Drift
from scraper.runs.options import ENVELOPE, RunOptions
from scraper.runs.pacing import Pacer
from scraper.runs.recorder import Announce, Recorder
from scraper.runs.tally import Tally
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class RunServices(PerCrawler):
    """The recorder of a run, and its parts; available once the spider is made, as they use its name."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings, runtime = crawler.settings, RuntimeServices.of(crawler)
        options = RunOptions.from_settings(settings)
        shape = load_shape(ENVELOPE.read(settings), settings.getdict("ENVELOPE_SHAPES"))
        spider = HYBRID if crawler.spider is None else crawler.spider.name
        self.tally = Tally(runtime.stats, runtime.progress)
        self.pacer = Pacer(options.open_seeds, options.lease_seconds, pauses=runtime.pauses, progress=runtime.progress)
        self.raw_files = RawFiles(options.folder, Drift(runtime.stats), is_on=options.has_raw)
        self.recorder = Recorder(
            options,
            spider=spider,
            maker=EnvelopeMaker(shape, PlatformServices.of(crawler).platforms, spider),
            pacer=self.pacer,
            tally=self.tally,
            announce=_make_announce(crawler),
            close_spider=_make_close(crawler),
            is_over=runtime.is_stopping,
            sidecars=MediaServices.of(crawler).storage if options.has_sidecars else None,
        )


def _make_announce(crawler: Crawler) -> Announce:
    """Return a function that sends a signal of *crawler*; an error of a receiver is logged."""

    def announce(signal: object, **facts: object) -> None:
        crawler.signals.send_catch_log(signal, spider=crawler.spider, **facts)

    return announce


def _make_close(crawler: Crawler) -> Callable[[str], Awaitable[None]]:
    """Return a function that closes the spider of *crawler* with a reason."""

    async def close(reason: str) -> None:
        assert crawler.engine is not None
        await crawler.engine.close_spider_async(reason=reason)

    return close
