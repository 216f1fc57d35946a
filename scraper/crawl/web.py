"""The network as a platform's ``parse_post`` sees it, while one post is read."""

from collections.abc import Callable
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.http import Response

from scraper.errors import SeedError
from scraper.platform.contract import Platform
from scraper.runtime.engine import Send


class FollowUp(NamedTuple):
    """What a further request about a post came to."""

    url: str
    end: Response | SeedError


class ResolverWeb:
    """Sends further requests as the session that got the *first* answer about a post."""

    def __init__(self, send: Send, platform: Platform, first: Response, switch: Callable[[str], bool]) -> None:
        self._send = send
        self._platform = platform
        self._switch = switch
        self.heard: list[FollowUp] = []
        """What further requests came to, as they ended."""
        self._meta: dict[str, Any] = {name: first.meta[name] for name in ("session", "refused") if name in first.meta}

    async def fetch(self, request: Request) -> Response:
        """Send *request* in the platform's name; what was refused before counts on."""
        for name, value in {"platform": self._platform.name, **self._meta}.items():
            request.meta.setdefault(name, value)
        try:
            response = await self._send(request)
        except SeedError as error:
            self.heard.append(FollowUp(request.url, error))
            raise
        self.heard.append(FollowUp(request.url, response))
        if "refused" in response.meta:
            self._meta["refused"] = response.meta["refused"]
        return response

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* is on."""
        return self._switch(name)
