"""Loads the seed list of a crawl into its ledger."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scrapy.exceptions import IgnoreRequest

from scraper.errors import SeedError, UsageError
from scraper.fetch.ask import Ask
from scraper.fetch.transport.errors import NETWORK_ERRORS, describe
from scraper.ledger.interface import Ledger
from scraper.links.recogniser import Recogniser
from scraper.model.seed import Seed
from scraper.runs.lifecycle import JOIN
from scraper.runtime.engine import Send
from scraper.seeds.lines import parse_lines, split_text
from scraper.seeds.lists import is_url, pick_seeds, read_answer, read_seeds, source_of
from scraper.system.ahead import read_ahead
from scraper.text.redaction import strip_query

logger = logging.getLogger(__name__)

_LOOK = 1.0
"""Seconds between two checks whether another worker has loaded the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedArguments:
    """The spider arguments that name a seed list; all None = this worker loads no list."""

    urls: str | None = None
    seeds: str | None = None
    column: str | None = None
    shard: str | None = None

    @property
    def source(self) -> str:
        """A fingerprint of the list: different lists have different fingerprints."""
        if self.urls is None and self.seeds is None:
            return JOIN
        return source_of(self.urls, self.seeds, self.column, self.shard)


class SeedLoader:
    """Reads the list that *arguments* name: from text, a file, a folder, standard input or an address."""

    def __init__(
        self,
        arguments: SeedArguments,
        *,
        source: str,
        recogniser: Recogniser,
        send: Send,
        max_bytes: int | None,
    ) -> None:
        """*source* is the fingerprint of the list; *max_bytes* bounds the answer of its address, None = any size."""
        self._arguments = arguments
        self._source = source
        self._recogniser = recogniser
        self._send = send
        self._max_bytes = max_bytes

    async def load(self, ledger: Ledger, wake: Callable[[], None]) -> None:
        """
        Load the list into *ledger*; seeds from an earlier process stay unchanged.

        *wake* is called after each batch of new seeds. Raise UsageError or OSError for a list that cannot be read.
        """
        is_waiting = False
        while not (await ledger.run()).loaded:
            if self._source == JOIN or not await ledger.may_load():
                if not is_waiting:
                    logger.info("another worker loads the list")
                    is_waiting = True
                await asyncio.sleep(_LOOK)
                continue
            seeds = await self._fetch() if is_url(self._arguments.seeds) else self._read()
            async for batch in read_ahead(pick_seeds(seeds, self._arguments.shard)):
                await ledger.load(batch)
                wake()
            await ledger.loaded()

    def _read(self) -> Iterator[Seed]:
        if self._arguments.urls is not None:
            return parse_lines(split_text(self._arguments.urls), self._recogniser)
        return read_seeds(str(self._arguments.seeds), self._recogniser, self._arguments.column)

    async def _fetch(self) -> Iterator[Seed]:
        """Fetch the list from its address; raise UsageError if that fails."""
        address = str(self._arguments.seeds)
        try:
            response = await self._send(Ask(is_list=True).request(address, slot="seed-list"))
        except (SeedError, IgnoreRequest, *NETWORK_ERRORS) as error:
            raise UsageError(f"seeds: {strip_query(address)} cannot be fetched: {describe(error)}") from error
        if response.status != 200:
            problem = f"seeds: {strip_query(address)} answered {response.status}"
            raise UsageError(f"{problem}: give the address of the list itself")
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return read_answer(address, kind, response.body, self._recogniser, self._arguments.column, self._max_bytes)
