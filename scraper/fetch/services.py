"""The proxies and sessions of a crawl, made once per crawler."""

from functools import partial

from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler

from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.sessions.accounts import Accounts, open_store
from scraper.fetch.sessions.files import SessionFiles
from scraper.fetch.sessions.keeper import SessionManager
from scraper.fetch.sessions.minting import SessionMinter
from scraper.fetch.sessions.options import SESSION_DIR, SessionOptions
from scraper.platform.services import PlatformServices
from scraper.runtime import signals
from scraper.runtime.per_crawler import PerCrawler
from scraper.runtime.services import RuntimeServices


class FetchServices(PerCrawler):
    """The proxies and the sessions of a crawl; the sessions are saved when its spider ends."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings, runtime = crawler.settings, RuntimeServices.of(crawler)
        release = partial(crawler.signals.send_catch_log, signals.session_released)
        self.platforms = PlatformServices.of(crawler).platforms
        self.proxies = Proxies(
            [proxy.url for proxy in NetworkOptions.from_settings(settings).proxies], stats=runtime.stats
        )
        accounts = Accounts(open_store(settings), proxies=self.proxies, stats=runtime.stats, release=release)
        self.sessions = SessionManager(
            SessionOptions.from_settings(settings),
            files=SessionFiles(SESSION_DIR.read(settings)),
            minter=SessionMinter(runtime.send),
            accounts=accounts,
            proxies=self.proxies,
            stats=runtime.stats,
            release=release,
        )
        crawler.signals.connect(self.sessions.begin, scrapy_signals.request_reached_downloader)
        crawler.signals.connect(self.sessions.end, scrapy_signals.request_left_downloader)
        crawler.signals.connect(self.sessions.keep_changes, signals.session_changed)
        crawler.signals.connect(self.sessions.save_all, scrapy_signals.spider_closed)
