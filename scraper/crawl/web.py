"""The network interface that a platform's ``parse_post`` gets for one post."""

from collections.abc import Callable
from dataclasses import replace

from scrapy import Request
from scrapy.http import Response

from scraper.errors import SeedError
from scraper.fetch.ask import ask_of
from scraper.fetch.exchange import Exchange, FollowUp
from scraper.runtime.engine import Send


class ResolverWeb:
    """Sends further requests for *platform*, with the session that got the first answer of *exchange*."""

    def __init__(self, send: Send, platform: str, exchange: Exchange, switch: Callable[[str], bool]) -> None:
        self._send = send
        self._platform = platform
        self._exchange = exchange
        self._switch = switch
        first = ask_of(exchange.first)
        self._session, self._refused = first.session, first.refused

    async def fetch(self, request: Request) -> Response:
        """Send *request*, and note its response or error; the count of refused sessions continues."""
        ask = replace(ask_of(request), platform=self._platform, session=self._session, refused=self._refused)
        ask.put_on(request)
        try:
            response = await self._send(request)
        except SeedError as error:
            self._exchange.follow_ups.append(FollowUp(request.url, error))
            raise
        self._exchange.follow_ups.append(FollowUp(request.url, response))
        self._refused = ask_of(response).refused or self._refused
        return response

    def read_from(self, response: Response) -> None:
        """Note that the post was read from *response*."""
        self._exchange.read_from(response)

    def setting(self, name: str) -> bool:
        """Return whether the switch *name* is on."""
        return self._switch(name)
