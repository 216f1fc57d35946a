"""The spider of ``scrapy doctor``: it reads no seeds, and sends requests as a crawl does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from scraper.doctor import machine, network
from scraper.doctor.diagnosis import Check, judge_skew
from scraper.doctor.stages import Canary
from scraper.fetch.services import FetchServices
from scraper.media.services import MediaServices
from scraper.platform.contract import Platform
from scraper.runtime.services import RuntimeServices

OFF: Mapping[str, Any] = {
    "ITEM_PIPELINES": {},
    "EXTENSIONS": {"scrapy.extensions.corestats.CoreStats": None},
    "SESSION_TRIES": 0,
    "AUTOTHROTTLE_ENABLED": False,
    "LOG_ENABLED": False,
}
"""Settings of a run that writes nothing but sessions."""


class DoctorSpider(Spider):
    """Passes each check to *found* as it ends."""

    name = "doctor"

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        links: Mapping[str, str],
        found: Callable[[Check], None],
        *,
        is_offline: bool,
    ) -> None:
        super().__init__()
        self._chosen, self._links, self._found, self._is_offline = platforms, links, found, is_offline

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Switch off output folders and long waits."""
        super().update_settings(settings)
        for name, value in OFF.items():
            settings.set(name, value, priority="cmdline")

    async def start(self) -> AsyncIterator[Request]:
        """Check the machine, then all platforms at the same time."""
        async for check in machine.examine(self.settings, self._chosen):
            self._found(check)
        if not self._is_offline:
            async for check in network.examine(self.settings, self._hosts()):
                self._found(check)
            canaries = [self._make_canary(each, self._links[name]) for name, each in self._chosen.items()]
            await asyncio.gather(*(self._follow(canary) for canary in canaries))
            skews = [canary.skew for canary in canaries if canary.skew is not None]
            if skews:
                self._found(judge_skew(min(skews, key=abs)))
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def _make_canary(self, platform: Platform, link: str) -> Canary:
        runtime, fetch = RuntimeServices.of(self.crawler), FetchServices.of(self.crawler)
        return Canary(
            platform,
            link,
            send=runtime.send,
            switch=self.settings.getbool,
            sessions=fetch.sessions,
            proxies=fetch.proxies,
            pauses=runtime.pauses,
            transfers=MediaServices.of(self.crawler).transfers,
        )

    async def _follow(self, canary: Canary) -> None:
        async for check in canary.run():
            self._found(check)

    def _hosts(self) -> dict[str, str]:
        """Return the web host of each platform: that of its canary link, else ``www.`` with its first domain."""
        hosts = {name: urlsplit(self._links[name]).hostname or "" for name in self._chosen}
        return {
            name: host if self._chosen[name].owns(host) else f"www.{self._chosen[name].domains[0]}"
            for name, host in hosts.items()
        }
