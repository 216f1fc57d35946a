"""Proxies that aiohttp cannot use by itself, reached through a proxy of ours on this machine."""

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from scraper.fetch.ask import ask_of
from scraper.fetch.network.fence import AllowlistProxy
from scraper.fetch.network.options import NetworkOptions
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.transport.errors import ProxyUnfitError
from scraper.platform.services import PlatformServices


class Relays:
    """One for each proxy that speaks TLS or SOCKS or wants credentials; a plain http proxy needs none."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._platforms = PlatformServices.of(crawler).platforms.values()
        self._has_proxies = bool(NetworkOptions.from_settings(crawler.settings).proxies)
        self._fences: dict[str, AllowlistProxy] = {}
        self._lists: set[str] = set()
        """Hosts of seed lists, which may be anybody's."""

    async def lead(self, request: Request) -> str | None:
        """Return the proxy that aiohttp is to use for *request*; raise ProxyUnfitError before one goes directly."""
        proxy: str | None = request.meta.get("proxy")
        if proxy is None:
            if self._has_proxies:
                raise ProxyUnfitError("no proxy is set for this request, and without one nothing is sent")
            return None
        if proxy.startswith("http:") and "@" not in proxy:
            return proxy
        parts = urlsplit(request.url)
        if parts.scheme != "https" or parts.port not in (None, 443):
            raise ProxyUnfitError("through this kind of proxy only https is possible")
        if ask_of(request).is_list:
            self._lists.add(parts.hostname or "")
        if proxy not in self._fences:
            self._fences[proxy] = AllowlistProxy(
                self._reaches, proxy, refused=self._count, bury=Proxies.of(self._crawler).bury
            )
        return await self._fences[proxy].start()

    async def close(self) -> None:
        """Close what listens."""
        for fence in self._fences.values():
            await fence.close()

    def _reaches(self, host: str) -> bool:
        return host in self._lists or any(platform.owns(host) for platform in self._platforms)

    def _count(self, host: str) -> None:
        self._crawler.stats.inc_value("hosts/refused")
