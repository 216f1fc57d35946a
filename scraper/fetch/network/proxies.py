"""Assign a proxy to each session for life, and remember dead proxies."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scrapy.statscollectors import StatsCollector

from scraper.fetch.network.proxy_urls import name_proxy

logger = logging.getLogger(__name__)

_FIRST_GRAVE, _LONGEST_GRAVE = 60.0, 3600.0
"""Seconds for which a dead proxy is not assigned: doubled each time it is found dead again."""


@dataclass(slots=True)
class _Grave:
    until: float
    """Seconds on the monotonic clock."""
    times: int


class Proxies:
    """The proxies of one run; a run with proxies never sends a request without one."""

    def __init__(self, urls: Sequence[str], *, stats: StatsCollector) -> None:
        self._proxies = list(urls)
        self._stats = stats
        self._graves: dict[str, _Grave] = {}
        self._given: Counter[str] = Counter()
        self._sticky: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._proxies)

    def assign(self, platform: str) -> str | None:
        """Return the proxy of a new session: the living one with the fewest sessions; None in a run without proxies."""
        proxy = self._choose()
        if proxy is not None:
            self._given[proxy] += 1
            self._sticky.setdefault(platform, proxy)
        return proxy

    def of_platform(self, platform: str) -> str | None:
        """Return the proxy of requests without a session: always the same one while it lives."""
        proxy = self._sticky.get(platform)
        if proxy is None or self.is_dead(proxy):
            chosen = self._choose()
            if chosen is None:
                return None
            if proxy is not None and chosen != proxy:
                self._stats.inc_value("proxy/replaced")
            proxy = self._sticky[platform] = chosen
        return proxy

    def knows(self, proxy: str | None) -> bool:
        """Whether a session with *proxy* may be used in this run."""
        return proxy in self._proxies if self._proxies else proxy is None

    def is_dead(self, proxy: str | None) -> bool:
        """Whether *proxy* must not be used now; the last one left is used even if it is dead."""
        return self.is_buried(proxy) and self._choose() != proxy

    def is_buried(self, proxy: str | None) -> bool:
        """Whether *proxy* was found dead recently."""
        grave = self._graves.get(proxy or "")
        return grave is not None and time.monotonic() < grave.until

    def bury(self, proxy: str | None, why: str) -> None:
        """Do not assign *proxy* for a while."""
        if proxy is None:
            return
        grave, now = self._graves.get(proxy), time.monotonic()
        if grave is not None and now < grave.until:
            return
        times = 1 if grave is None else grave.times + 1
        seconds = min(_LONGEST_GRAVE, _FIRST_GRAVE * 2.0 ** (times - 1))
        self._graves[proxy] = _Grave(now + seconds, times)
        self._stats.inc_value("proxy/dead")
        rest = (
            "no other is left, so it is tried again"
            if len(self._proxies) == 1
            else f"others are used for {seconds:.0f} s"
        )
        logger.warning("the proxy %s is dead: %s; %s", name_proxy(proxy), why, rest)

    def _choose(self) -> str | None:
        now = time.monotonic()
        living = [each for each in self._proxies if each not in self._graves or now >= self._graves[each].until]
        if living:
            return min(living, key=lambda each: self._given[each])
        return min(self._proxies, key=lambda each: self._graves[each].until, default=None)
