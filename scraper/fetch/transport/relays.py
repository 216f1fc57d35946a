"""Proxies that aiohttp cannot use itself, reached through a proxy of ours on this machine."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.statscollectors import StatsCollector

from scraper.fetch.ask import ask_of
from scraper.fetch.network.fence import AllowlistProxy
from scraper.fetch.network.proxies import Proxies
from scraper.fetch.transport.errors import ProxyUnfitError
from scraper.platform.contract import Platform


class Relays:
    """One relay for each proxy with TLS, SOCKS or credentials; a plain http proxy needs none."""

    def __init__(self, platforms: Iterable[Platform], *, proxies: Proxies, stats: StatsCollector) -> None:
        """Relays reach only the hosts of *platforms* and of seed lists."""
        self._platforms = tuple(platforms)
        self._proxies = proxies
        self._stats = stats
        self._allowlists: dict[str, AllowlistProxy] = {}
        self._lists: set[str] = set()
        """Hosts of seed lists, which may belong to any site."""

    async def lead(self, request: Request) -> str | None:
        """Return the proxy for aiohttp to send *request*; raise ProxyUnfitError rather than send it directly."""
        proxy: str | None = request.meta.get("proxy")
        if proxy is None:
            if self._proxies:
                raise ProxyUnfitError("no proxy is set for this request, and it must not be sent without one")
            return None
        if proxy.startswith("http:") and "@" not in proxy:
            return proxy
        parts = urlsplit(request.url)
        if parts.scheme != "https" or parts.port not in (None, 443):
            raise ProxyUnfitError("through this kind of proxy only https is possible")
        if ask_of(request).is_list:
            self._lists.add(parts.hostname or "")
        if proxy not in self._allowlists:
            self._allowlists[proxy] = AllowlistProxy(self._reaches, proxy, refused=self._count, bury=self._proxies.bury)
        return await self._allowlists[proxy].start()

    async def close(self) -> None:
        """Close all relays."""
        for allowlist in self._allowlists.values():
            await allowlist.close()

    def _reaches(self, host: str) -> bool:
        return host in self._lists or any(platform.owns(host) for platform in self._platforms)

    def _count(self, host: str) -> None:
        self._stats.inc_value("hosts/refused")
