"""The parts of the media step, made once for a crawler."""

from scrapy import signals
from scrapy.crawler import Crawler

from scraper.fetch.services import FetchServices
from scraper.media.build import FileBuilder
from scraper.media.fetcher import MediaFetcher
from scraper.media.libav.options import LibavOptions
from scraper.media.libav.pool import LibavPool
from scraper.media.options import MediaOptions
from scraper.media.piece import PieceFetcher
from scraper.media.storage.interface import MediaStorage
from scraper.media.storage.local import LocalStorage
from scraper.media.storage.options import OUTPUT_DIR, StorageOptions
from scraper.media.transfer import Transfers
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class MediaServices(PerCrawler):
    """The objects that fetch and store media; they are closed with the spider."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings, runtime = crawler.settings, RuntimeServices.of(crawler)
        options = MediaOptions.from_settings(settings)
        self.storage: MediaStorage = LocalStorage(OUTPUT_DIR.read(settings), StorageOptions.from_settings(settings))
        self.transfers = Transfers(send=runtime.send, stats=runtime.stats)
        self.libav = LibavPool(LibavOptions.from_settings(settings), runtime.stats)
        pieces = PieceFetcher(
            send=runtime.send,
            options=options,
            transfers=self.transfers,
            libav=self.libav,
            stats=runtime.stats,
            progress=runtime.progress,
            is_dead=FetchServices.of(crawler).proxies.is_dead,
        )
        self.fetcher = MediaFetcher(
            options=options,
            builder=FileBuilder(pieces=pieces, libav=self.libav, stats=runtime.stats),
            storage=self.storage,
            stats=runtime.stats,
            is_running=runtime.is_running,
        )
        crawler.signals.connect(self._close, signals.spider_closed)

    async def _close(self) -> None:
        self.fetcher.close()
        try:
            self.storage.close()
        finally:
            await self.libav.close()
