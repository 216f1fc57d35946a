"""A minimal crawler for tests of pauses."""

import asyncio
from types import SimpleNamespace

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from scraper.fetch.middlewares.retry import RetryMiddleware
from scraper.runtime.services import RuntimeServices


class Run:
    """The parts of a crawler that a pause needs."""

    def __init__(self) -> None:
        self.settings = Settings({"SPIDER_MODULES": ["spiders"]})
        self.counts: dict[str, int] = {}
        self.stats = SimpleNamespace(inc_value=lambda key: self.counts.update({key: self.counts.get(key, 0) + 1}))
        self.engine = SimpleNamespace(running=True, _slot=SimpleNamespace(closing=None))
        self.pauses = RuntimeServices.of(self).pauses  # type: ignore[arg-type]
        self.middleware = RetryMiddleware(self)  # type: ignore[arg-type]

    def answer(self, request: Request, status: int, **headers: str) -> Request | Response:
        """Return the result of an answer to *request*."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = Response(request.url, status, named)
        self.middleware.pause(request, response)
        return asyncio.run(self.middleware.process_response(request, response))
